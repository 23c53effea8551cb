// SPDX-License-Identifier: MIT
// Resolving one access: zero-fill, copy-on-write, file pages (with their resident neighbours), stack growth.
#include "arch/cpu.hpp"
#include "arch/memory.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/memory/memory_records.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/tori/block_loans.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {

using arch::Pte;
using arch::UserAccess;

namespace {

constexpr std::uint8_t prot_write = 2, prot_exec = 4;

bool allows(std::uint8_t protection, Access access)
{
    switch (access) {
    case Access::Read:
        return protection != 0; // write or execute imply read on this architecture
    case Access::Write:
        return protection & prot_write;
    case Access::Execute:
        return protection & prot_exec;
    }
    return false;
}

} // namespace

// What is in the page cache is written to only through shared mappings.
UserAccess file_access(Mapping const& m)
{
    return user_access(m.is_shared() ? m.protection : without_write(m.protection));
}

UserAccess user_access(std::uint8_t protection)
{
    if (protection == 0)
        return UserAccess::None;
    if (protection & prot_exec)
        return protection & prot_write ? UserAccess::ReadWriteExecute : UserAccess::ReadExecute;
    return protection & prot_write ? UserAccess::ReadWrite : UserAccess::Read;
}

std::uint8_t without_write(std::uint8_t protection)
{
    constexpr std::uint8_t prot_read = 1;
    return protection & prot_write ? (protection & ~prot_write) | prot_read : protection;
}

FaultResult no_frame()
{
    return await_frames() ? FaultResult::Waits : FaultResult::NoMemory;
}

// A frame enters the tables of a mapping that may execute it: instruction fetch must see what was written.
void Space::synchronise(Mapping const& m, Paddr frame)
{
    if (!(m.protection & prot_exec))
        return;
    FramePool& frames = this_torus().frames;
    if (frames.instructions_synchronised(frame))
        return;
    arch::sync_instructions(FramePool::pointer(frame));
    frames.set_instructions_synchronised(frame);
}

bool Space::is_present(Uaddr address, Access access)
{
    Pte const* const entry = table_.find(address.page());
    return entry != nullptr && entry->valid()
        && (access == Access::Write ? entry->writable() : entry->readable());
}

FaultResult Space::fault(Uaddr address, Access access)
{
    Mapping* m = find(address);
    if (!m && !(m = grow_stack(address)))
        return FaultResult::NoMapping;
    if (!allows(m->protection, access))
        return FaultResult::NotAllowed;
    Uaddr const page = address.page();
    Result<Pte*> const entry = table_.make(this_torus().frames, page);
    if (!entry)
        return no_frame();
    if ((*entry)->valid())
        return fault_present(*m, **entry, page, access);
    switch (m->source) {
    case MapSource::Anonymous:
        m->flags |= Mapping::private_pages;
        m->gets_page(page.raw());
        return fault_anonymous(*m, **entry, access);
    case MapSource::File:
        return fault_file(*m, **entry, page, access);
    case MapSource::Special:
        return fault_special(*m, **entry, page);
    }
    return FaultResult::NoMapping;
}

FaultResult Space::fault_anonymous(Mapping const& m, Pte& entry, Access access)
{
    Torus& torus = this_torus();
    if (access != Access::Write) {
        entry = Pte::page(torus.memory->zero_frame, user_access(without_write(m.protection)));
        arch::publish_entries();
        return FaultResult::Resolved;
    }
    Result<Paddr> const frame = torus.frames.take_cleared(FrameKind::Anonymous);
    if (!frame)
        return no_frame();
    synchronise(m, *frame);
    count_resident(1);
    entry = Pte::page(*frame, user_access(m.protection));
    arch::publish_entries();
    return FaultResult::Resolved;
}

std::uint64_t Space::bring_ahead(Uaddr page, std::uint64_t count)
{
    constexpr unsigned plenty = 4; // of all memory: one part in so many is free
    FramePool& frames = this_torus().frames;
    Mapping* const m = find(page);
    Pte* entry = table_.find(page);
    bool const zeroes = m != nullptr && m->source == MapSource::Anonymous && (m->protection & prot_write);
    std::uint64_t const kept = frames.total_pages() / plenty, available = frames.free_pages();
    if (!zeroes || entry == nullptr || available < kept)
        return 0;
    std::uint64_t const leaf_end
        = align_down(page.raw(), arch::PageTable::leaf_span) + arch::PageTable::leaf_span;
    std::uint64_t const room = (std::min(m->end, leaf_end) - page.raw()) / page_size;
    std::uint64_t const most = std::min({count, room, available - kept + 1});
    UserAccess const access = user_access(m->protection);
    std::uint64_t done = 0;
    for (; done < most && !entry->valid() && !arch::interrupt_pending(); ++done, ++entry) {
        Result<Paddr> const frame = frames.take_cleared(FrameKind::Anonymous);
        if (!frame)
            break;
        synchronise(*m, *frame);
        *entry = Pte::page(*frame, access);
    }
    if (done == 0)
        return 0;
    m->flags |= Mapping::private_pages;
    m->gets_page(page.raw());
    count_resident(done);
    arch::publish_entries();
    return done;
}

FaultResult Space::fault_file(Mapping& m, Pte& entry, Uaddr page, Access access)
{
    if (m.flags & Mapping::borrowed) [[unlikely]]
        return fault_borrowed(m, entry, page, access);
    FramePool& frames = this_torus().frames;
    std::uint64_t const index = (m.offset + (page.raw() - m.start)) / page_size;
    Result<Paddr> const cached = inode_page(*m.inode, index, Create::Yes);
    if (!cached)
        return cached.error() == Status::NoMemory ? no_frame() : FaultResult::PastEnd;
    if (access == Access::Write && !m.is_shared()) {
        Result<Paddr> const copy = frames.take(FrameKind::Anonymous);
        if (!copy)
            return no_frame();
        arch::page_copy(FramePool::pointer(*copy), FramePool::pointer(*cached));
        synchronise(m, *copy);
        entry = Pte::page(*copy, user_access(m.protection));
        m.flags |= Mapping::private_pages;
        count_resident(1);
    } else {
        map_file_page(m, entry, *cached);
        std::uint64_t const mapped = 1 + map_around(m, page);
        count_resident(mapped);
        resident_file_ += mapped;
    }
    arch::publish_entries();
    return FaultResult::Resolved;
}

void Space::map_file_page(Mapping const& m, Pte& entry, Paddr frame)
{
    synchronise(m, frame);
    this_torus().frames.retain(frame);
    entry = Pte::page(frame, file_access(m));
}

// What is resident in the page cache around a faulting file page is mapped along: it costs little and saves
// faults. Says how many pages that were.
std::uint64_t Space::map_around(Mapping const& m, Uaddr page)
{
    std::uint64_t const window = align_down(page.raw(), around_pages * page_size);
    std::uint64_t const first = std::max(window, m.start);
    std::uint64_t const last = std::min(window + around_pages * page_size, m.end);
    Pte* const entries = table_.find(Uaddr{first}); // one leaf table covers the whole window
    std::uint64_t const count = (last - first) / page_size;
    std::uint64_t const index = (m.offset + (first - m.start)) / page_size;
    FramePool& frames = this_torus().frames;
    Pte const pattern = Pte::page(Paddr{0}, file_access(m));
    bool const executes = m.protection & prot_exec;
    std::uint64_t mapped = 0;
    for (std::uint64_t i = 0; i < count;) {
        auto const run = resident_run(*m.inode, index + i);
        if (run.empty())
            break;
        Pte* entry = entries + i;
        for (std::uint64_t const slot : run.first(std::min(run.size(), count - i))) {
            if (slot != 0 && !entry->valid()) {
                if (executes)
                    synchronise(m, Paddr{slot});
                frames.retain(Paddr{slot});
                *entry = pattern.at(Paddr{slot});
                ++mapped;
            }
            ++entry;
        }
        i += run.size();
    }
    return mapped;
}

FaultResult Space::fault_special(Mapping const& m, Pte& entry, Uaddr page)
{
    Paddr const frame = special_frame(m.offset + (page.raw() - m.start) / page_size);
    entry = Pte::page(frame, user_access(without_write(m.protection)));
    arch::publish_entries();
    return FaultResult::Resolved;
}

// The entry is there but refuses: a first write to a shared frame, or a permission the entry does not know
// yet.
FaultResult Space::fault_present(Mapping& m, Pte& entry, Uaddr page, Access access)
{
    FramePool& frames = this_torus().frames;
    bool const copied_on_write = access == Access::Write && !m.is_shared() && m.source != MapSource::Special;
    if (!copied_on_write) {
        if (m.source == MapSource::Special || entry.writable() || m.is_shared())
            entry = entry.with(
                user_access(m.source == MapSource::Special ? without_write(m.protection) : m.protection));
        else
            entry = entry.with(user_access(without_write(m.protection)));
        if (frames.owns(entry.frame()))
            synchronise(m, entry.frame());
        table_.invalidate(page);
        return FaultResult::Resolved;
    }
    Paddr const old = entry.frame();
    bool const zeroes = old == this_torus().memory->zero_frame;
    FrameKind kind{};
    bool const counted = frames.is_counted(old, kind);
    if (kind == FrameKind::Anonymous && frames.references(old) == 1) {
        entry = entry.with(user_access(m.protection));
        table_.invalidate(page);
        return FaultResult::Resolved;
    }
    Result<Paddr> const fresh
        = zeroes ? frames.take_cleared(FrameKind::Anonymous) : frames.take(FrameKind::Anonymous);
    if (!fresh)
        return no_frame();
    if (!zeroes)
        arch::page_copy(FramePool::pointer(*fresh), FramePool::pointer(old));
    synchronise(m, *fresh);
    m.flags |= Mapping::private_pages;
    entry = Pte{}; // break before make: the frame changes
    table_.invalidate(page);
    entry = Pte::page(*fresh, user_access(m.protection));
    arch::publish_entries();
    if (zeroes) {
        count_resident(1);
    } else {
        resident_file_ -= kind != FrameKind::Anonymous; // a borrowed one, too
        if (counted) [[likely]]
            frames.release(old);
    }
    return FaultResult::Resolved;
}

Result<void> Space::adopt_page(Uaddr page, void const* from)
{
    FramePool& frames = this_torus().frames;
    Mapping* const m = find(page);
    if (m == nullptr)
        return unexpected{Status::NoMemory};
    Pte& entry = *TRY(table_.make(frames, page));
    Paddr const copy = TRY(frames.take(FrameKind::Anonymous));
    arch::page_copy(FramePool::pointer(copy), from);
    synchronise(*m, copy);
    entry = Pte::page(copy, user_access(m->protection));
    m->flags |= Mapping::private_pages;
    m->gets_page(page.raw());
    count_resident(1);
    arch::publish_entries();
    return {};
}

// The stack grows when touched below it, to its limit, and stays clear of the mapping underneath.
Mapping* Space::grow_stack(Uaddr address)
{
    constexpr std::uint64_t gap = 256 * page_size;
    Mapping* const m = first_at_or_after(address.raw());
    if (!m || !(m->flags & Mapping::grows_down))
        return nullptr;
    std::uint64_t const start = address.page().raw();
    if (m->end - start > stack_limit || start < lowest_address)
        return nullptr;
    Mapping* const below = before(*m);
    if (below && !(below->flags & Mapping::grows_down) && below->protection != 0 && below->end + gap > start)
        return nullptr;
    std::uint64_t const pages = (m->start - start) / page_size;
    if ((mapped_ + pages) * page_size > address_limit)
        return nullptr;
    count_mapped(*m, static_cast<std::int64_t>(pages));
    m->start = start;
    return m;
}

Result<void> Space::resolve(Uaddr address, Access access)
{
    if (address.raw() >= arch::PageTable::user_end)
        return unexpected{Status::BadAddress};
    FaultResult const result = fault(address, access);
    if (result == FaultResult::Resolved) [[likely]]
        return {};
    return unexpected{result == FaultResult::Waits ? Status::NotYet : Status::BadAddress};
}

} // namespace torc
