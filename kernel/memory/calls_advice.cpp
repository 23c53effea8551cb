// SPDX-License-Identifier: MIT
// madvise, msync, mlock and its kin. There is no swap: locking means that every page is there.
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/page_cache.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/proc/proc_asks.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc::linux_abi {
namespace {

constexpr std::uint64_t user_end = arch::PageTable::user_end;
enum Advice : int { // Linux mman-common.h
    normal = 0,
    random = 1,
    sequential = 2,
    will_need = 3,
    dont_need = 4,
    free_ = 8,
    remove = 9,
    dont_fork = 10,
    do_fork = 11,
    huge = 14,
    no_huge = 15,
    dont_dump = 16,
    do_dump = 17,
    wipe_on_fork = 18,
    keep_on_fork = 19,
    cold = 20,
    page_out = 21,
    populate_read = 22,
    populate_write = 23,
};

// Applies `change` to the flags of every mapping in the range, split at its ends; false: a hole.
Outcome change_flags(
    Space& space, std::uint64_t start, std::uint64_t end, std::uint16_t set, std::uint16_t clear)
{
    Result<void> split = space.split_at(start);
    if (split)
        split = space.split_at(end);
    if (!split)
        return split.error();
    bool hole = false;
    std::uint64_t covered = start;
    for (Mapping* m = space.first_at_or_after(start); m && m->start < end; m = space.after(*m)) {
        hole |= m->start > covered;
        covered = m->end;
        m->flags = static_cast<std::uint16_t>((m->flags | set) & ~clear);
    }
    return hole || covered < end ? Outcome{Status::NoMemory} : Outcome{0};
}

Outcome drop_pages(Thread& thread, std::uint64_t start, std::uint64_t end)
{
    std::uint64_t a = thread.restart.kind == CallKind::Other ? thread.restart.cursor : start;
    bool hole = thread.restart.kind == CallKind::Other && thread.restart.small;
    while (a < end) {
        Mapping* const m = thread.space->first_at_or_after(a);
        if (!m || m->start >= end) {
            hole = true;
            break;
        }
        if (m->flags & Mapping::locked)
            return Status::BadArgument;
        if (m->start > a) {
            hole = true;
            a = m->start;
        }
        std::uint64_t const stop = m->end < end ? m->end : end;
        a = thread.space->zap_step(*m, a, stop);
        if (a < end && must_yield(thread)) {
            thread.restart.kind = CallKind::Other;
            thread.restart.cursor = a;
            thread.restart.small = hole;
            return Outcome::again();
        }
    }
    return hole ? Outcome{Status::NoMemory} : Outcome{0};
}

// Only its owner makes holes.
Outcome punch_far(Thread& thread, Mapping const& m, std::uint64_t first, std::uint64_t size)
{
    Handle const file = far_handle(*m.file);
    TRY(ask(thread, file.torus().number,
        {.kind = AskKind::Punch,
            .node = first,
            .number = static_cast<std::uint32_t>(size / page_size),
            .object = file}));
    return 0;
}

// MADV_REMOVE: makes holes in the files behind shared mappings. Run again it finds the first ones made.
Outcome remove_pages(Thread& thread, std::uint64_t start, std::uint64_t end)
{
    if (cutting(thread)) {
        Outcome const cut = go_on_cutting(thread);
        if (!cut.finished())
            return cut;
    }
    bool hole = false;
    std::uint64_t covered = start;
    for (Mapping* m = thread.space->first_at_or_after(start); m && m->start < end;
        m = thread.space->after(*m)) {
        hole |= m->start > covered;
        covered = m->end;
        if (m->flags & Mapping::locked || m->source != MapSource::File)
            return Status::BadArgument;
        if (!m->is_shared() || !(m->flags & Mapping::may_write))
            return Status::AccessDenied;
        std::uint64_t const from = m->start < start ? start : m->start, to = m->end < end ? m->end : end;
        std::uint64_t const first = m->offset + (from - m->start);
        Outcome const punched = m->flags & Mapping::borrowed
            ? punch_far(thread, *m, first, to - from)
            : punch_hole(thread, *m->inode, first, m->offset + (to - m->start));
        if (!punched.finished() || punched.failed())
            return punched;
    }
    return hole || covered < end ? Outcome{Status::NoMemory} : Outcome{0};
}

// Goes on with that page when it is here.
Outcome page_awaited(Thread& thread, std::uint64_t address)
{
    thread.restart.kind = CallKind::Other;
    thread.restart.cursor = address;
    return Status::NotYet;
}

// Faults every page of the range in; a hole is NoMemory, as is a page that cannot be had.
Outcome make_resident(Thread& thread, std::uint64_t start, std::uint64_t end)
{
    std::uint64_t a = thread.restart.kind == CallKind::Other && thread.restart.cursor > start
        ? thread.restart.cursor
        : start;
    for (; a < end; a += page_size) {
        Mapping const* const m = thread.space->find(Uaddr{a});
        if (!m)
            return Status::NoMemory;
        if (m->protection != 0) {
            bool const write = m->protection & 2 && !m->is_shared();
            arch::Pte const* const entry = thread.space->table().find(Uaddr{a});
            if (!entry || !entry->valid() || (write && !entry->writable())) {
                FaultResult const result
                    = thread.space->fault(Uaddr{a}, write ? Access::Write : Access::Read);
                if (result == FaultResult::NoMemory)
                    return Status::NoMemory;
                if (result == FaultResult::Waits)
                    return page_awaited(thread, a);
            }
        }
        if (must_yield(thread)) {
            thread.restart.kind = CallKind::Other;
            thread.restart.cursor = a + page_size;
            return Outcome::again();
        }
    }
    return 0;
}

// Like make_resident, for all mappings, passing over holes and what may not be touched.
Outcome make_all_resident(Thread& thread)
{
    std::uint64_t a = thread.restart.kind == CallKind::Other ? thread.restart.cursor : 0;
    for (;;) {
        Mapping const* const m = thread.space->first_at_or_after(a);
        if (!m)
            return 0;
        if (a < m->start)
            a = m->start;
        if (m->protection == 0 || m->source == MapSource::Special) {
            a = m->end;
            continue;
        }
        bool const write = m->protection & 2 && !m->is_shared();
        arch::Pte const* const entry = thread.space->table().find(Uaddr{a});
        if (!entry || !entry->valid() || (write && !entry->writable()))
            switch (thread.space->fault(Uaddr{a}, write ? Access::Write : Access::Read)) {
            case FaultResult::NoMemory:
                return Status::NoMemory;
            case FaultResult::Waits:
                return page_awaited(thread, a);
            default:
                break;
            }
        a += page_size;
        if (must_yield(thread)) {
            thread.restart.kind = CallKind::Other;
            thread.restart.cursor = a;
            return Outcome::again();
        }
    }
}

bool may_lock(Thread const& thread, std::uint64_t pages)
{
    if (thread.process->credentials.capable(Capability::SysResource))
        return true;
    return (thread.space->locked_pages + pages) * page_size <= thread.process->limits[Resource::Memlock].soft;
}

struct Range {
    std::uint64_t start, end;
};
// Linux's rounding for the mlock family: the whole pages that the bytes touch.
Result<Range> touched_pages(Arguments const& arguments)
{
    std::uint64_t const start = align_down(arguments[0], page_size);
    std::uint64_t const length = align_up(arguments[1] + (arguments[0] - start), page_size);
    if (start + length < start)
        return unexpected{Status::BadArgument};
    if (start > user_end || length > user_end - start)
        return unexpected{Status::NoMemory};
    return Range{start, start + length};
}

} // namespace

Outcome call_madvise(Thread& thread, Arguments const& arguments)
{
    std::uint64_t const start = arguments[0], length = align_up(arguments[1], page_size);
    Space& space = *thread.space;
    if (start % page_size != 0 || (arguments[1] != 0 && length == 0) || start + length < start)
        return Status::BadArgument;
    std::uint64_t const end = start + length;
    if (end > user_end)
        return length == 0 ? Outcome{0} : Outcome{Status::NoMemory};
    switch (arguments.as_int(2)) {
    case normal:
    case random:
    case sequential:
    case will_need:
    case huge:
    case no_huge:
    case dont_dump:
    case do_dump:
    case cold:
    case page_out:
        return length == 0 ? Outcome{0} : change_flags(space, start, end, 0, 0);
    case free_: {
        Mapping const* const m = space.first_at_or_after(start);
        if (m && m->start < end && (m->source != MapSource::Anonymous || m->is_shared()))
            return Status::BadArgument;
        [[fallthrough]];
    }
    case dont_need:
        return length == 0 ? Outcome{0} : drop_pages(thread, start, end);
    case remove:
        return length == 0 ? Outcome{0} : remove_pages(thread, start, end);
    case dont_fork:
        return length == 0 ? Outcome{0} : change_flags(space, start, end, Mapping::dont_fork, 0);
    case do_fork:
        return length == 0 ? Outcome{0} : change_flags(space, start, end, 0, Mapping::dont_fork);
    case wipe_on_fork: { // up to the first mapping that is not private memory
        Mapping* m = space.first_at_or_after(start);
        while (m && m->start < end && m->source == MapSource::Anonymous)
            m = space.after(*m);
        bool const other = m && m->start < end;
        Outcome const done
            = change_flags(space, start, other ? std::max(m->start, start) : end, Mapping::wipe_on_fork, 0);
        return other ? Outcome{Status::BadArgument} : done;
    }
    case keep_on_fork:
        return change_flags(space, start, end, 0, Mapping::wipe_on_fork);
    case populate_read:
    case populate_write:
        return make_resident(thread, start, end);
    default:
        return Status::BadArgument;
    }
}

Outcome call_msync(Thread& thread, Arguments const& arguments)
{
    constexpr int async = 1, invalidate = 2, sync = 4;
    std::uint64_t const start = arguments[0], length = align_up(arguments[1], page_size);
    int const flags = arguments.as_int(2);
    if (flags & ~(async | invalidate | sync) || start % page_size != 0 || (flags & async && flags & sync))
        return Status::BadArgument;
    if (start + length < start)
        return Status::NoMemory;
    std::uint64_t covered = start;
    for (Mapping* m = thread.space->first_at_or_after(start); m && m->start < start + length;
        m = thread.space->after(*m)) {
        if (m->start > covered)
            return Status::NoMemory;
        if (flags & invalidate && m->flags & Mapping::locked)
            return Status::Busy;
        covered = m->end;
    }
    return covered < start + length ? Outcome{Status::NoMemory}
                                    : Outcome{0}; // every file is in memory: nothing to write
}

Outcome call_mlock(Thread& thread, Arguments const& arguments)
{
    Result<Range> const range = touched_pages(arguments);
    if (!range)
        return range.error();
    bool const again = thread.restart.kind == CallKind::Other; // counted already: it is only made resident
    if (!again && !may_lock(thread, (range->end - range->start) / page_size))
        return thread.process->limits[Resource::Memlock].soft == 0 ? Status::NotPermitted : Status::NoMemory;
    if (range->start == range->end)
        return 0;
    if (!again) {
        Outcome const marked = change_flags(*thread.space, range->start, range->end, Mapping::locked, 0);
        if (marked.failed())
            return marked;
        thread.space->locked_pages += (range->end - range->start) / page_size;
    }
    return make_resident(thread, range->start, range->end);
}

Outcome call_munlock(Thread& thread, Arguments const& arguments)
{
    Result<Range> const range = touched_pages(arguments);
    if (!range)
        return range.error();
    if (range->start == range->end)
        return 0;
    Outcome const result = change_flags(*thread.space, range->start, range->end, 0, Mapping::locked);
    std::uint64_t const pages = (range->end - range->start) / page_size;
    thread.space->locked_pages -= pages < thread.space->locked_pages ? pages : thread.space->locked_pages;
    return result;
}

Outcome call_mlockall(Thread& thread, Arguments const& arguments)
{
    constexpr int current = 1, future = 2, on_fault = 4;
    int const flags = arguments.as_int(0);
    if (flags == 0 || flags == on_fault || flags & ~(current | future | on_fault))
        return Status::BadArgument;
    bool const again = thread.restart.kind == CallKind::Other;
    if (!again && !may_lock(thread, flags & current ? thread.space->mapped_pages() : 0))
        return thread.process->limits[Resource::Memlock].soft == 0 ? Status::NotPermitted : Status::NoMemory;
    thread.space->lock_future = flags & future ? (flags & on_fault ? 2 : 1) : 0;
    if (!(flags & current))
        return 0;
    if (!again) {
        for (Mapping& m : thread.space->mappings())
            m.flags |= Mapping::locked;
        thread.space->locked_pages = thread.space->mapped_pages();
    }
    return flags & on_fault ? Outcome{0} : make_all_resident(thread);
}

Outcome call_munlockall(Thread& thread, Arguments const&)
{
    thread.space->lock_future = 0;
    for (Mapping& m : thread.space->mappings())
        m.flags &= static_cast<std::uint16_t>(~Mapping::locked);
    thread.space->locked_pages = 0;
    return 0;
}

} // namespace torc::linux_abi
