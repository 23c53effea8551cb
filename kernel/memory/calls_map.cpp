// SPDX-License-Identifier: MIT
// brk, mmap, munmap, mprotect: the calls that shape an address space. Long ones work in grains and go on from
// their restart record.
#include "kernel/files/file_api.hpp"
#include "kernel/files/open_file.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/range_steps.hpp"
#include "kernel/memory/space_turn.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/torus.hpp"

namespace torc::linux_abi {
namespace {

// Linux mman-common.h, mman.h
constexpr unsigned prot_write = 2, prot_all = 7, prot_grows_down = 0x0100'0000, prot_grows_up = 0x0200'0000,
                   prot_bti = 0x10, prot_mte = 0x20;
constexpr unsigned map_shared = 1, map_private = 2, map_shared_validate = 3, map_type = 15, map_fixed = 0x10,
                   map_anonymous = 0x20, map_grows_down = 0x100, map_locked = 0x2000, map_no_reserve = 0x4000,
                   map_populate = 0x8000, map_sync = 0x80000, map_fixed_no_replace = 0x100000;

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
                switch (thread.space->fault(Uaddr{a}, write ? Access::Write : Access::Read)) {
                case FaultResult::NoMemory:
                    return Status::NoMemory;
                case FaultResult::Waits:
                    thread.restart.cursor = a;
                    thread.restart.kind = CallKind::Other;
                    return Status::NotYet;
                default:
                    break;
                }
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

static Outcome do_mmap(Thread& thread, Arguments const& arguments)
{
    Space& space = *thread.space;
    bool done = false;
    if (thread.restart.step == step_populate) {
        std::uint64_t const start = thread.restart.object;
        Outcome const result = populate(thread, start, start + align_up(arguments[1], page_size), done);
        return result.is_again() || result.is_not_yet() ? result : Outcome{start};
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
        FileKind const kind = mappable_kind(*file);
        if (kind == FileKind::Regular && m.offset > last - m.length)
            return Status::Overflow;
        anonymous_memory = kind == FileKind::Zero;
        if (!anonymous_memory) {
            request.source = MapSource::File;
            request.file = file;
            request.inode = file->inode;
            request.offset = m.offset;
            bool const can_write = file->kind == FileKind::Far ? far_facts(*file).can_write : file->can_write;
            if (request.flags & Mapping::shared && !can_write)
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
        if (result.is_again() || result.is_not_yet())
            return result;
        thread.restart.clear();
    }
    return *address;
}

static Outcome do_munmap(Thread& thread, Arguments const& arguments)
{
    std::uint64_t const start = arguments[0], length = align_up(arguments[1], page_size);
    if (start % page_size != 0 || length == 0 || start > user_end || length > user_end - start)
        return Status::BadArgument;
    bool done = false;
    return unmap_range(thread, start, start + length, done);
}

static Outcome do_brk(Thread& thread, Arguments const& arguments)
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

static Outcome do_mprotect(Thread& thread, Arguments const& arguments)
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

Outcome call_mmap(Thread& thread, Arguments const& arguments)
{
    return in_turn(thread, arguments, do_mmap);
}

Outcome call_munmap(Thread& thread, Arguments const& arguments)
{
    return in_turn(thread, arguments, do_munmap);
}

Outcome call_brk(Thread& thread, Arguments const& arguments)
{
    return in_turn(thread, arguments, do_brk);
}

Outcome call_mprotect(Thread& thread, Arguments const& arguments)
{
    return in_turn(thread, arguments, do_mprotect);
}

} // namespace torc::linux_abi
