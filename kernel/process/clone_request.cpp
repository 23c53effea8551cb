// SPDX-License-Identifier: MIT
#include "kernel/process/clone_request.hpp"
#include "arch/page_table.hpp"
#include "kernel/memory/user_access.hpp"
#include <algorithm>

namespace torc {
namespace {

// A longer structure than ours is of a later version: as long as the rest is zeroes it asks for nothing more.
Result<CloneArguments> copy_arguments(Uaddr from, std::uint64_t size)
{
    if (size > page_size)
        return unexpected{Status::ArgumentsTooLong};
    if (size < clone_arguments_v0)
        return unexpected{Status::BadArgument};
    CloneArguments arguments{};
    for (std::uint64_t at = sizeof arguments; at < size;) {
        std::uint64_t word = 0;
        std::size_t const n = std::min<std::uint64_t>(sizeof word, size - at);
        TRY(copy_in(&word, from + at, n));
        if (word != 0)
            return unexpected{Status::ArgumentsTooLong};
        at += n;
    }
    TRY(copy_in(&arguments, from, std::min<std::uint64_t>(size, sizeof arguments)));
    return arguments;
}

} // namespace

Result<CloneRequest> read_clone_arguments(Uaddr from, std::uint64_t size)
{
    CloneArguments const a = TRY(copy_arguments(from, size));
    if (!is_valid(a, size, arch::PageTable::user_end))
        return unexpected{Status::BadArgument};
    CloneRequest request{.flags = a.flags,
        .stack = a.stack + a.stack_size,
        .tls = a.tls,
        .parent_tid = a.parent_tid,
        .child_tid = a.child_tid,
        .pidfd = a.pidfd,
        .exit_signal = static_cast<std::uint8_t>(a.exit_signal)};
    if (a.set_tid_size > 1) // one for each level of pid namespaces, of which there is one
        return unexpected{Status::BadArgument};
    if (a.set_tid_size == 1) {
        request.wanted_tid = TRY(copy_in<std::int32_t>(Uaddr{a.set_tid}));
        if (request.wanted_tid < 1)
            return unexpected{Status::BadArgument};
    }
    return request;
}

} // namespace torc
