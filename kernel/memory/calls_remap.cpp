// SPDX-License-Identifier: MIT
// mremap: growing and shrinking in place, moving, and a second place for shared pages.
#include "kernel/linux/calls.hpp"
#include "kernel/memory/range_steps.hpp"
#include "kernel/memory/space_turn.hpp"
#include "kernel/process/blocking.hpp"

namespace torc::linux_abi {
namespace {

constexpr unsigned mremap_may_move = 1, mremap_fixed = 2, mremap_dont_unmap = 4;

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

static Outcome do_mremap(Thread& thread, Arguments const& arguments)
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

Outcome call_mremap(Thread& thread, Arguments const& arguments)
{
    return in_turn(thread, arguments, do_mremap);
}

} // namespace torc::linux_abi
