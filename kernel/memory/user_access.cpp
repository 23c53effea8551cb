// SPDX-License-Identifier: MIT
#include "kernel/memory/user_access.hpp"
#include "arch/page_table.hpp"
#include "arch/user_copy.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/tori/visitors.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

bool resolve(std::uint64_t address, Access access)
{
    Thread& thread = *this_torus().current;
    if (thread.visiting) [[unlikely]]
        return note_missing(thread, Uaddr{address}, access), false;
    Result<void> const resolved = thread.space->resolve(Uaddr{address}, access);
    if (!resolved && resolved.error() == Status::NotYet) [[unlikely]]
        thread.attention |= attend_page;
    return resolved.has_value();
}

// The first try runs at full speed over everything. After a fault the copy goes on page by page, so that the
// page to resolve is always the one the copy stopped in.
template <typename Copy>
std::size_t copy_with_faults(std::uint64_t user, std::size_t size, Access access, Copy&& copy)
{
    std::size_t done = size - copy(0, size);
    while (done < size) [[unlikely]] {
        std::uint64_t const at = user + done;
        if (!resolve(at, access))
            break;
        std::size_t const rest_of_page = page_size - (at & (page_size - 1));
        std::size_t const chunk = size - done < rest_of_page ? size - done : rest_of_page;
        std::size_t const moved = chunk - copy(done, chunk);
        if (moved == 0)
            break; // resolved, yet refused: never loop
        done += moved;
    }
    return done;
}

} // namespace

bool page_is_coming(Thread& thread)
{
    bool const coming = thread.attention & attend_page;
    thread.attention &= static_cast<std::uint8_t>(~attend_page);
    return coming;
}

std::size_t copy_in_some(void* to, Uaddr from, std::size_t size)
{
    if (!user_range(from, size))
        return 0;
    auto* const bytes = static_cast<std::byte*>(to);
    return copy_with_faults(from.raw(), size, Access::Read, [&](std::size_t done, std::size_t n) {
        return arch::user_copy_in(bytes + done, from.raw() + done, n);
    });
}

std::size_t copy_out_some(Uaddr to, void const* from, std::size_t size)
{
    if (!user_range(to, size))
        return 0;
    auto const* const bytes = static_cast<std::byte const*>(from);
    return copy_with_faults(to.raw(), size, Access::Write, [&](std::size_t done, std::size_t n) {
        return arch::user_copy_out(to.raw() + done, bytes + done, n);
    });
}

Result<void> copy_in(void* to, Uaddr from, std::size_t size)
{
    if (copy_in_some(to, from, size) != size)
        return unexpected{Status::BadAddress};
    return {};
}

Result<void> copy_out(Uaddr to, void const* from, std::size_t size)
{
    if (copy_out_some(to, from, size) != size)
        return unexpected{Status::BadAddress};
    return {};
}

Result<void> clear_user(Uaddr to, std::size_t size)
{
    if (!user_range(to, size))
        return unexpected{Status::BadAddress};
    std::size_t const done = copy_with_faults(to.raw(), size, Access::Write,
        [&](std::size_t offset, std::size_t n) { return arch::user_clear(to.raw() + offset, n); });
    if (done != size)
        return unexpected{Status::BadAddress};
    return {};
}

Result<std::size_t> copy_in_string(std::span<char> to, Uaddr from)
{
    std::size_t done = 0;
    while (done < to.size()) {
        std::uint64_t const at = from.raw() + done;
        if (at >= arch::PageTable::user_end)
            return unexpected{Status::BadAddress};
        std::size_t const rest_of_page = page_size - (at & (page_size - 1));
        std::size_t const room = to.size() - done < rest_of_page ? to.size() - done : rest_of_page;
        bool faulted = false;
        std::size_t const copied = arch::user_copy_string(to.data() + done, at, room, &faulted);
        done += copied;
        if (copied > 0 && to[done - 1] == '\0')
            return done - 1;
        if (faulted && (!resolve(from.raw() + done, Access::Read)))
            return unexpected{Status::BadAddress};
    }
    return unexpected{Status::NameTooLong};
}

} // namespace torc
