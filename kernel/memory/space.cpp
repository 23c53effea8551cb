// SPDX-License-Identifier: MIT
// Finding, placing, splitting and joining mappings. Pages are in space_fault.cpp and space_walk.cpp.
#include "kernel/memory/space.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/memory/memory_records.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

constexpr std::uint64_t stack_guard = 256 * page_size;

bool joins(Mapping const& a, Mapping const& b)
{
    if (a.end != b.start || a.protection != b.protection || ((a.flags ^ b.flags) & ~Mapping::private_pages)
        || a.source != b.source || a.inode != b.inode)
        return false;
    return a.source == MapSource::Anonymous
        || (a.source == MapSource::File && a.offset + (a.end - a.start) == b.offset && a.file == b.file);
}

void release_backing(Mapping& m)
{
    if (m.inode) {
        map_detach(*m.inode, m);
        release(*m.inode);
    }
    if (m.file)
        release(*m.file);
}

void retain_backing(Mapping& m)
{
    if (m.inode) {
        retain(*m.inode);
        map_attach(*m.inode, m);
    }
    if (m.file)
        retain(*m.file);
}

} // namespace

Result<Space*> Space::create()
{
    Torus& torus = this_torus();
    Space* const space = torus.memory->spaces.create();
    if (!space)
        return unexpected{Status::NoMemory};
    Result<void> const made = space->table_.create(torus.frames);
    if (!made) {
        torus.memory->spaces.destroy(space);
        return unexpected{made.error()};
    }
    return space;
}

void Space::release()
{
    if (--references_ > 0)
        return;
    Torus& torus = this_torus();
    table_.destroy(torus.frames);
    torus.memory->spaces.destroy(this);
}

Mapping* Space::first_at_or_after(std::uint64_t address)
{
    auto it = mappings_.upper_bound(address, [](std::uint64_t a, Mapping const& m) { return a < m.end; });
    return it == mappings_.end() ? nullptr : &*it;
}

Mapping* Space::find(Uaddr address)
{
    if (recent_ && recent_->contains(address.raw()))
        return recent_;
    Mapping* const m = first_at_or_after(address.raw());
    if (!m || address.raw() < m->start)
        return nullptr;
    recent_ = m;
    return m;
}

Mapping* Space::after(Mapping& m)
{
    auto it = ++mappings_.iterator_to(m);
    return it == mappings_.end() ? nullptr : &*it;
}

Mapping* Space::before(Mapping& m)
{
    auto it = mappings_.iterator_to(m);
    return it == mappings_.begin() ? nullptr : &*--it;
}

bool Space::is_usable(std::uint64_t hint, std::uint64_t length)
{
    if (hint < lowest_address || hint + length > arch::PageTable::user_end || hint + length <= hint)
        return false;
    Mapping* const m = first_at_or_after(hint);
    return !m || floor_of(*m) >= hint + length;
}

// The gap is searched from the top down: first from where the last one was found, as programs map downwards,
// then from the usual top, then from the very top. What lies below a stack that may grow stays free for it.
void Space::search_from(GapSearch& search, std::uint32_t phase) const
{
    std::uint64_t const usual = layout.mmap_base ? layout.mmap_base : arch::PageTable::user_end - block_size;
    search.phase = phase;
    search.top = phase == 1 && recent_gap_ ? recent_gap_
        : phase <= 2                       ? usual
                                           : arch::PageTable::user_end - page_size;
}

Result<std::uint64_t> Space::find_step(GapSearch& search, std::uint64_t hint, std::uint64_t length)
{
    constexpr unsigned grain = 32;
    constexpr std::uint32_t last_phase = 3;
    hint = align_up(hint, page_size);
    if (search.phase == 0) {
        if (is_usable(hint, length))
            return hint;
        search_from(search, 1);
    }
    std::uint64_t& ceiling = search.top;
    auto it = mappings_.lower_bound(ceiling, [](Mapping const& m, std::uint64_t a) { return m.start < a; });
    if (it != mappings_.end() && floor_of(*it) < ceiling)
        ceiling = floor_of(*it);
    for (unsigned looked_at = 0; it != mappings_.begin(); ++looked_at) {
        if (looked_at == grain)
            return 0;
        --it;
        if (it->end + length <= ceiling)
            return ceiling - length;
        if (floor_of(*it) < ceiling)
            ceiling = floor_of(*it);
    }
    if (ceiling >= lowest_address + length)
        return ceiling - length;
    if (search.phase == last_phase)
        return unexpected{Status::NoMemory};
    search_from(search, search.phase + 1);
    return 0;
}

std::uint64_t Space::find_free(std::uint64_t hint, std::uint64_t length)
{
    GapSearch search;
    Result<std::uint64_t> found = 0;
    while (found && *found == 0)
        found = find_step(search, hint, length);
    return found.value_or(0);
}

std::uint64_t Space::floor_of(Mapping const& m)
{
    return m.flags & Mapping::grows_down && m.start > stack_guard ? m.start - stack_guard : m.start;
}

bool Space::may_grow(std::uint64_t pages, std::uint8_t protection, std::uint16_t flags) const
{
    constexpr std::uint8_t write = 2;
    bool const data = protection & write && !(flags & (Mapping::shared | Mapping::grows_down));
    return (mapped_ + pages) * page_size <= address_limit
        && (!data || (data_ + pages) * page_size <= data_limit);
}

void Space::count_mapped(Mapping const& m, std::int64_t pages)
{
    auto const change = static_cast<std::uint64_t>(pages);
    constexpr std::uint8_t write = 2, execute = 4;
    mapped_ += change;
    if (mapped_ > peak_mapped)
        peak_mapped = mapped_;
    if (m.flags & Mapping::grows_down)
        stack_ += change;
    else if ((m.protection & (execute | write)) == execute)
        code_ += change;
    else if (m.protection & write && !m.is_shared())
        data_ += change;
}

Result<std::uint64_t> Space::map(MapRequest const& request)
{
    std::uint64_t const pages = request.length / page_size;
    if (!may_grow(pages, request.protection, request.flags))
        return unexpected{Status::NoMemory};
    std::uint64_t const address = request.address;
    if (mappings_.size() >= mapping_limit)
        return unexpected{Status::NoMemory};
    Mapping* const m = this_torus().memory->mappings.create();
    if (!m)
        return unexpected{Status::NoMemory};
    m->start = address;
    m->end = address + request.length;
    m->empty_below = request.source == MapSource::Anonymous ? m->end : 0;
    m->space = this;
    m->inode = request.inode;
    m->file = request.file;
    m->offset = request.offset;
    m->protection = request.protection;
    m->source = request.source;
    m->flags = request.flags;
    if (request.inode != nullptr && request.inode->is_far)
        m->flags |= Mapping::borrowed;
    retain_backing(*m);
    mappings_.insert(*m);
    count_mapped(*m, static_cast<std::int64_t>(pages));
    if (request.place == MapRequest::Place::Found)
        recent_gap_ = address;
    join_neighbours(*m);
    return address;
}

void Space::join_neighbours(Mapping& m)
{
    if (Mapping* const below = before(m); below && joins(*below, m)) {
        m.start = below->start;
        m.gets_page(below->empty_below);
        m.offset = below->offset;
        m.flags |= below->flags;
        forget(*below);
    }
    if (Mapping* const above = after(m); above && joins(m, *above)) {
        std::uint64_t const end = above->end;
        m.gets_page(above->empty_below);
        m.flags |= above->flags;
        forget(*above);
        m.end = end;
    }
}

std::uint64_t Space::offset_at(Mapping const& m, std::uint64_t address)
{
    switch (m.source) {
    case MapSource::File:
        return m.offset + (address - m.start);
    case MapSource::Special:
        return m.offset + (address - m.start) / page_size;
    default:
        return 0;
    }
}

// Takes the record out; pages are the caller's business.
void Space::forget(Mapping& m)
{
    mappings_.erase(mappings_.iterator_to(m));
    if (recent_ == &m)
        recent_ = nullptr;
    release_backing(m);
    this_torus().memory->mappings.destroy(&m);
}

// Not in the tree yet, its backing not counted.
Result<Mapping*> Space::record_like(Mapping const& of)
{
    Mapping* const m = this_torus().memory->mappings.create();
    if (!m)
        return unexpected{Status::NoMemory};
    m->start = of.start;
    m->end = of.end;
    m->empty_below = of.empty_below;
    m->space = this;
    m->inode = of.inode;
    m->file = of.file;
    m->offset = of.offset;
    m->protection = of.protection;
    m->source = of.source;
    m->flags = of.flags;
    return m;
}

Result<void> Space::split_at(std::uint64_t address)
{
    Mapping* const low = find(Uaddr{address});
    if (!low || low->start == address)
        return {};
    if (mappings_.size() >= mapping_limit)
        return unexpected{Status::NoMemory};
    Mapping* const high = TRY(record_like(*low));
    high->start = address;
    high->offset = offset_at(*low, address);
    low->end = address;
    retain_backing(*high);
    mappings_.insert(*high);
    return {};
}

Result<Mapping*> Space::clone(Mapping const& of)
{
    Mapping* const m = TRY(record_like(of));
    m->flags &= static_cast<std::uint16_t>(~Mapping::locked);
    retain_backing(*m);
    mappings_.insert(mappings_.end(), *m);
    count_mapped(*m, static_cast<std::int64_t>(m->pages()));
    return m;
}

} // namespace torc
