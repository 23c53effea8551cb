// SPDX-License-Identifier: MIT
// brk, mmap, munmap, mprotect, mremap: the calls that shape an address space. Long ones work in grains and go
// on from their restart record.
#include "kernel/files/file_api.hpp"
#include "kernel/files/open_file.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/torus.hpp"

namespace torc::linux_abi {
namespace {

constexpr std::uint64_t user_end = arch::PageTable::user_end;

// Linux mman-common.h, mman.h
constexpr unsigned prot_write = 2, prot_all = 7, prot_grows_down = 0x0100'0000, prot_grows_up = 0x0200'0000,
                   prot_bti = 0x10, prot_mte = 0x20;
constexpr unsigned map_shared = 1, map_private = 2, map_shared_validate = 3, map_type = 15, map_fixed = 0x10,
                   map_anonymous = 0x20, map_grows_down = 0x100, map_locked = 0x2000, map_no_reserve = 0x4000,
                   map_populate = 0x8000, map_sync = 0x80000, map_fixed_no_replace = 0x100000;
constexpr unsigned mremap_may_move = 1, mremap_fixed = 2, mremap_dont_unmap = 4;

// Runs a walk until it is done or somebody more urgent waits; `done` tells which.
Outcome unmap_range(Thread& thread, std::uint64_t start, std::uint64_t end, bool& done)
{
    Space::WalkState state{thread.restart.cursor, thread.restart.step};
    done = false;
    for (;;) {
        Result<bool> const step = thread.space->unmap_step(start, end, state);
        if (!step)
            return step.error();
        if (*step)
            break;
        if (must_yield(thread)) {
            thread.restart.cursor = state.at;
            thread.restart.step = static_cast<std::uint8_t>(state.phase);
            thread.restart.kind = CallKind::Unmap;
            return Outcome::again();
        }
    }
    thread.restart.cursor = 0;
    thread.restart.step = 0;
    done = true;
    return 0;
}

// Looks for a free range until one is found or somebody more urgent waits; `done` tells which.
Outcome find_range(Thread& thread, std::uint64_t hint, std::uint64_t length, std::uint64_t& found, bool& done)
{
    RestartRecord& record = thread.restart;
    bool const goes_on = record.kind == CallKind::Place;
    Space::GapSearch search;
    if (goes_on)
        search = {record.cursor, record.step};
    done = false;
    for (;;) {
        Result<std::uint64_t> const step = thread.space->find_step(search, hint, length);
        if (!step)
            return step.error();
        found = *step;
        if (found != 0)
            break;
        if (must_yield(thread)) {
            record.cursor = search.top;
            record.step = static_cast<std::uint8_t>(search.phase);
            record.kind = CallKind::Place;
            return Outcome::again();
        }
    }
    if (goes_on)
        record.clear();
    done = true;
    return 0;
}

bool range_is_free(Space& space, std::uint64_t start, std::uint64_t length)
{
    Mapping const* const m = space.first_at_or_after(start);
    return !m || m->start >= start + length;
}

// More than the machine has, asked for at once and to be written, is refused at once (Linux's heuristic
// overcommit).
bool obviously_too_much(std::uint64_t length, unsigned protection, std::uint16_t flags)
{
    return protection & prot_write && !(flags & (Mapping::shared | Mapping::no_reserve))
        && length / page_size > this_torus().frames.total_pages();
}

struct MmapArguments {
    std::uint64_t address, length, offset;
    unsigned protection, flags;
    int descriptor;
};

Result<MmapArguments> check_mmap(Arguments const& a)
{
    MmapArguments m{a[0], align_up(a[1], page_size), a[5], static_cast<unsigned>(a[2]),
        static_cast<unsigned>(a[3]), a.as_int(4)};
    if (a[1] == 0 || m.offset % page_size != 0)
        return unexpected{Status::BadArgument};
    if (m.length == 0 || m.length > user_end)
        return unexpected{Status::NoMemory};
    unsigned const type = m.flags & map_type;
    bool const validates = type == map_shared_validate && !(m.flags & map_anonymous);
    if (type != map_shared && type != map_private && !validates)
        return unexpected{Status::BadArgument};
    if (type == map_shared_validate && m.flags & map_sync)
        return unexpected{Status::NotSupported};
    if (m.offset + m.length < m.offset)
        return unexpected{Status::Overflow};
    if (m.flags & map_fixed_no_replace)
        m.flags |= map_fixed;
    if (m.flags & map_fixed) {
        if (m.address % page_size != 0)
            return unexpected{Status::BadArgument};
        if (m.address > user_end - m.length)
            return unexpected{Status::NoMemory};
        if (m.address < Space::lowest_address
            && !this_torus().current->process->credentials.capable(Capability::SysAdmin))
            return unexpected{Status::NotPermitted};
    }
    m.protection &= prot_all;
    return m;
}

std::uint16_t mapping_flags(MmapArguments const& m, Space const& space)
{
    std::uint16_t flags = Mapping::may_write;
    if ((m.flags & map_type) != map_private)
        flags |= Mapping::shared;
    if (m.flags & map_grows_down)
        flags |= Mapping::grows_down;
    if (m.flags & map_locked || space.lock_future)
        flags |= Mapping::locked;
    if (m.flags & map_no_reserve)
        flags |= Mapping::no_reserve;
    return flags;
}

// Touches every page of [cursor, end) so that no fault is left; stops quietly where a page cannot be had
// (MAP_POPULATE, mlock).
Outcome populate(Thread& thread, std::uint64_t start, std::uint64_t end, bool& done)
{
    std::uint64_t a = thread.restart.cursor > start ? thread.restart.cursor : start;
    done = false;
    while (a < end) {
        Mapping const* const m = thread.space->find(Uaddr{a});
        if (m && m->protection != 0) {
            arch::Pte const* const entry = thread.space->table().find(Uaddr{a});
            bool const write = m->protection & prot_write && !m->is_shared();
            if (!entry || !entry->valid() || (write && !entry->writable()))
                if (thread.space->fault(Uaddr{a}, write ? Access::Write : Access::Read)
                    == FaultResult::NoMemory)
                    return Status::NoMemory;
        } else if (!m) {
            Mapping const* const next = thread.space->first_at_or_after(a);
            a = next && next->start < end ? next->start : end;
            continue;
        }
        a += page_size;
        if (must_yield(thread)) {
            thread.restart.cursor = a;
            thread.restart.kind = CallKind::Other;
            return Outcome::again();
        }
    }
    done = true;
    return 0;
}

constexpr std::uint8_t step_populate = 100; // restart.step beyond those of unmap_step

} // namespace

Outcome call_mmap(Thread& thread, Arguments const& arguments)
{
    Space& space = *thread.space;
    bool done = false;
    if (thread.restart.step == step_populate) {
        std::uint64_t const start = thread.restart.object;
        Outcome const result = populate(thread, start, start + align_up(arguments[1], page_size), done);
        return result.is_again() ? result : Outcome{start};
    }
    Result<MmapArguments> const checked = check_mmap(arguments);
    if (!checked)
        return checked.error();
    MmapArguments const m = *checked;
    MapRequest request{.address = m.address,
        .length = m.length,
        .protection = static_cast<std::uint8_t>(m.protection),
        .flags = mapping_flags(m, space)};
    bool anonymous_memory = m.flags & map_anonymous;
    if (!anonymous_memory) {
        OpenFile* const file = thread.process->files->get(m.descriptor);
        if (!file || file->kind == FileKind::PathOnly)
            return Status::BadDescriptor;
        Result<void> const allowed
            = check_mappable(*file, request.protection, request.flags & Mapping::shared);
        if (!allowed)
            return allowed.error();
        constexpr std::uint64_t last = ~0ull >> 1;
        if (file->kind == FileKind::Regular && m.offset > last - m.length)
            return Status::Overflow;
        anonymous_memory = file->kind == FileKind::Zero;
        if (!anonymous_memory) {
            request.source = MapSource::File;
            request.file = file;
            request.inode = file->inode;
            request.offset = m.offset;
            if (request.flags & Mapping::shared && !file->can_write)
                request.flags &= static_cast<std::uint16_t>(~Mapping::may_write);
        }
    }
    if (anonymous_memory && obviously_too_much(m.length, m.protection, request.flags))
        return Status::NoMemory;
    if (m.flags & map_fixed) {
        request.place = MapRequest::Place::Fixed;
        if (m.flags & map_fixed_no_replace && !range_is_free(space, m.address, m.length))
            return Status::Exists;
        if (!range_is_free(space, m.address, m.length)) {
            Outcome const result = unmap_range(thread, m.address, m.address + m.length, done);
            if (!done)
                return result;
        }
    } else {
        Outcome const result = find_range(thread, m.address, m.length, request.address, done);
        if (!done)
            return result;
    }
    Inode* anonymous = nullptr;
    if (anonymous_memory && request.flags & Mapping::shared) {
        Result<Inode*> const made = create_anonymous_inode(m.length);
        if (!made)
            return made.error();
        anonymous = request.inode = *made;
        request.source = MapSource::File;
    }
    Result<std::uint64_t> const address = space.map(request);
    if (anonymous)
        release(*anonymous);
    if (!address)
        return address.error();
    if (request.flags & Mapping::locked)
        space.locked_pages += m.length / page_size;
    if ((m.flags & (map_populate | map_locked) || space.lock_future == 1) && m.protection != 0) {
        thread.restart.object = *address;
        thread.restart.cursor = 0;
        thread.restart.step = step_populate;
        Outcome const result = populate(thread, *address, *address + m.length, done);
        if (result.is_again())
            return result;
        thread.restart.clear();
    }
    return *address;
}

Outcome call_munmap(Thread& thread, Arguments const& arguments)
{
    std::uint64_t const start = arguments[0], length = align_up(arguments[1], page_size);
    if (start % page_size != 0 || length == 0 || start > user_end || length > user_end - start)
        return Status::BadArgument;
    bool done = false;
    return unmap_range(thread, start, start + length, done);
}

Outcome call_brk(Thread& thread, Arguments const& arguments)
{
    Space& space = *thread.space;
    Space::Layout& layout = space.layout;
    std::uint64_t const wanted = arguments[0];
    std::uint64_t const old_end = align_up(layout.brk, page_size), new_end = align_up(wanted, page_size);
    if (wanted < layout.brk_start || wanted >= user_end)
        return layout.brk;
    if (new_end < old_end) {
        bool done = false;
        Outcome const result = unmap_range(thread, new_end, old_end, done);
        if (!done)
            return result.is_again() ? result : Outcome{layout.brk};
    } else if (new_end > old_end) {
        std::uint64_t const data = thread.process->limits[Resource::Data].soft;
        if (data != unlimited && new_end - layout.brk_start > data)
            return layout.brk;
        // The page behind stays free, as a guard.
        if (!range_is_free(space, old_end, new_end - old_end + page_size)
            || obviously_too_much(new_end - old_end, prot_write, 0))
            return layout.brk;
        MapRequest const request{.address = old_end,
            .length = new_end - old_end,
            .protection = 3,
            .flags = static_cast<std::uint16_t>(
                Mapping::heap | Mapping::may_write | (space.lock_future ? Mapping::locked : 0)),
            .place = MapRequest::Place::Fixed};
        if (!space.map(request))
            return layout.brk;
    }
    layout.brk = wanted;
    return layout.brk;
}

Outcome call_mprotect(Thread& thread, Arguments const& arguments)
{
    std::uint64_t start = arguments[0], length = align_up(arguments[1], page_size);
    std::uint64_t const end = start + length;
    unsigned const protection = static_cast<unsigned>(arguments[2]);
    if (start % page_size != 0
        || protection & ~(prot_all | prot_grows_down | prot_grows_up | prot_bti | prot_mte)
        || (protection & (prot_grows_down | prot_grows_up)) == (prot_grows_down | prot_grows_up))
        return Status::BadArgument;
    if (protection & (prot_bti | prot_mte))
        return Status::BadArgument; // the features are not enabled
    if (arguments[1] == 0)
        return 0;
    if (length == 0 || start > user_end || length > user_end - start)
        return Status::NoMemory;
    if (protection & prot_grows_up)
        return Status::BadArgument; // no mapping does
    if (protection & prot_grows_down) {
        Mapping const* const m = thread.space->first_at_or_after(start);
        if (!m || m->start >= start + length)
            return Status::NoMemory;
        if (!(m->flags & Mapping::grows_down))
            return Status::BadArgument;
        start = m->start; // all of the stack below too
        length = end - start;
    }
    std::uint64_t a = thread.restart.kind == CallKind::Protect ? thread.restart.cursor : start;
    while (a < start + length) {
        Result<std::uint64_t> const next
            = thread.space->protect_step(a, start + length, static_cast<std::uint8_t>(protection & prot_all));
        if (!next)
            return next.error();
        a = *next;
        if (a < start + length && must_yield(thread)) {
            thread.restart.kind = CallKind::Protect;
            thread.restart.cursor = a;
            return Outcome::again();
        }
    }
    return 0;
}

namespace {

// mremap to another place: a new mapping alike, pages moved, the old range unmapped. restart.object: the new
// address.
Outcome move_mapping(Thread& thread, std::uint64_t old_start, std::uint64_t old_length,
    std::uint64_t new_length, unsigned flags, std::uint64_t new_address)
{
    Space& space = *thread.space;
    RestartRecord& record = thread.restart;
    constexpr std::uint8_t moving = 1, unmapping = 2;
    if (record.extra[0] == 0) {
        Result<void> split{};
        if (old_length != 0)
            split = space.split_at(old_start);
        if (old_length != 0 && split)
            split = space.split_at(old_start + old_length);
        if (!split)
            return split.error();
        if (!(flags & mremap_fixed)) {
            bool found = false;
            Outcome const result = find_range(thread, 0, new_length, new_address, found);
            if (!found)
                return result;
        }
        Mapping const& m = *space.find(Uaddr{old_start});
        MapRequest const request{.address = new_address,
            .length = new_length,
            .protection = m.protection,
            .flags = m.flags,
            .place = flags & mremap_fixed ? MapRequest::Place::Fixed : MapRequest::Place::Found,
            .source = m.source,
            .file = m.file,
            .inode = m.inode,
            .offset = m.source == MapSource::File ? m.offset + (old_start - m.start) : m.offset};
        Result<std::uint64_t> const made = space.map(request);
        if (!made)
            return made.error();
        record.object = *made;
        record.extra[0] = moving;
        record.done = 0;
        record.kind = CallKind::Other;
    }
    std::uint64_t const moved = old_length < new_length ? old_length : new_length;
    while (record.extra[0] == moving && record.done < moved) {
        Result<std::uint64_t> const next = space.move_step(old_start, record.object, moved, record.done);
        if (!next)
            return next.error();
        record.done = *next;
        if (must_yield(thread))
            return Outcome::again();
    }
    std::uint64_t const result = record.object;
    if (flags & mremap_dont_unmap || old_length == 0) {
        record.clear();
        return result;
    }
    record.extra[0] = unmapping;
    bool done = false;
    Outcome const unmapped = unmap_range(thread, old_start, old_start + old_length, done);
    if (!done)
        return unmapped;
    record.clear();
    return result;
}

Outcome grow_in_place(
    Space& space, Mapping& m, std::uint64_t start, std::uint64_t old_length, std::uint64_t new_length)
{
    MapRequest const request{.address = start + old_length,
        .length = new_length - old_length,
        .protection = m.protection,
        .flags = m.flags,
        .place = MapRequest::Place::Fixed,
        .source = m.source,
        .file = m.file,
        .inode = m.inode,
        .offset = m.offset + (start + old_length - m.start)};
    Result<std::uint64_t> const made = space.map(request);
    return made ? Outcome{start} : Outcome{made.error()};
}

} // namespace

Outcome call_mremap(Thread& thread, Arguments const& arguments)
{
    Space& space = *thread.space;
    std::uint64_t const start = arguments[0], new_length = align_up(arguments[2], page_size);
    unsigned const flags = static_cast<unsigned>(arguments[3]);
    std::uint64_t const new_address = arguments[4];
    std::uint64_t old_length = align_up(arguments[1], page_size);
    if (flags & mremap_fixed && thread.restart.extra[0] != 0 && new_length < old_length)
        old_length = new_length; // the rest is unmapped already
    if (thread.restart.extra[0] != 0)
        return move_mapping(thread, start, old_length, new_length, flags, new_address);
    if (flags & ~(mremap_may_move | mremap_fixed | mremap_dont_unmap)
        || (flags & (mremap_fixed | mremap_dont_unmap) && !(flags & mremap_may_move))
        || start % page_size != 0 || new_length == 0
        || (flags & mremap_dont_unmap && old_length != new_length))
        return Status::BadArgument;
    Mapping* m = start < user_end ? space.find(Uaddr{start}) : nullptr;
    if (!m)
        return Status::BadAddress;
    if (old_length > user_end - start)
        return Status::BadArgument;
    bool done = false;
    if (flags & mremap_fixed) {
        if (new_address % page_size != 0 || new_length > user_end || new_address > user_end - new_length
            || (new_address < start + old_length && start < new_address + new_length))
            return Status::BadArgument;
    }
    if (!(flags & (mremap_fixed | mremap_dont_unmap)) && new_length <= old_length) { // whatever lies there
        if (new_length == old_length)
            return start;
        Outcome const shrunk = unmap_range(thread, start + new_length, start + old_length, done);
        return done ? Outcome{start} : shrunk;
    }
    if (flags & mremap_fixed) { // as on Linux, even if the rest then turns out to be impossible
        RestartRecord& record = thread.restart;
        if (record.small == 0) {
            Outcome const cleared = unmap_range(thread, new_address, new_address + new_length, done);
            if (!done)
                return cleared;
            record.kind = CallKind::Unmap; // so that the record is cleared at the call's end, whatever it is
            record.small = 1; // the place is free
        }
        if (new_length < old_length) {
            Outcome const cut = unmap_range(thread, start + new_length, start + old_length, done);
            if (!done)
                return cut;
            old_length = new_length;
        }
        m = space.find(Uaddr{start});
        if (!m)
            return Status::BadAddress;
    }
    bool const duplicates = old_length == 0; // a second place for the same shared pages
    if (duplicates && !m->is_shared())
        return Status::BadArgument;
    if (start + old_length > m->end)
        return Status::BadAddress;
    if (new_length > old_length && obviously_too_much(new_length - old_length, m->protection, m->flags))
        return Status::NoMemory;
    if (flags & mremap_dont_unmap && m->source != MapSource::Anonymous)
        return Status::BadArgument;
    if (flags & mremap_fixed)
        return move_mapping(thread, start, old_length, new_length, flags, new_address);
    if (flags & mremap_dont_unmap || (duplicates && flags & mremap_may_move))
        return move_mapping(thread, start, old_length, new_length, flags, 0);
    if (duplicates)
        return Status::NoMemory;
    if (start + old_length == m->end && start + new_length <= user_end
        && range_is_free(space, m->end, new_length - old_length))
        return grow_in_place(space, *m, start, old_length, new_length);
    if (!(flags & mremap_may_move))
        return Status::NoMemory;
    return move_mapping(thread, start, old_length, new_length, flags, 0);
}

} // namespace torc::linux_abi
