// SPDX-License-Identifier: MIT
// What clone(2) and clone3(2) ask for, and which wishes contradict each other: pure, the same for both calls.
#pragma once
#include "kernel/address.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {

namespace clone_flag { // linux/sched.h
inline constexpr std::uint64_t signal_mask = 0xff, vm = 0x100, fs = 0x200, files = 0x400, sighand = 0x800,
                               pidfd = 0x1000, ptrace = 0x2000, vfork = 0x4000, parent = 0x8000,
                               thread = 0x10000, new_namespace = 0x20000, sysvsem = 0x40000, settls = 0x80000,
                               parent_settid = 0x100000, child_cleartid = 0x200000, detached = 0x400000,
                               untraced = 0x800000, child_settid = 0x1000000, new_namespaces = 0x7e00'0000,
                               io = 0x8000'0000, legacy = 0xffff'ffff, new_time = 0x80,
                               clear_sighand = 1ull << 32, into_cgroup = 1ull << 33;
}

struct CloneRequest {
    std::uint64_t flags{0}; // without the exit signal
    std::uint64_t stack{0}; // the stack pointer itself; 0: as the caller's
    std::uint64_t tls{0}, parent_tid{0}, child_tid{0};
    std::uint64_t pidfd{0}; // where the maker is told the child's descriptor
    std::int32_t wanted_tid{0}; // clone3's set_tid; 0: any
    std::uint8_t exit_signal{0};

    bool has(std::uint64_t flag) const { return (flags & flag) != 0; }
};

struct CloneArguments { // struct clone_args (linux/sched.h), as of its third version
    std::uint64_t flags{0}, pidfd{0}, child_tid{0}, parent_tid{0}, exit_signal{0}, stack{0}, stack_size{0},
        tls{0}, set_tid{0}, set_tid_size{0}, cgroup{0};
};
inline constexpr std::uint64_t clone_arguments_v0 = 64, clone_arguments_v1 = 80, clone_arguments_v2 = 88;
static_assert(sizeof(CloneArguments) == clone_arguments_v2);

// Linux's copy_process: what cannot go together. BadArgument is all it ever says.
constexpr bool is_consistent(std::uint64_t flags, bool by_first_process)
{
    using namespace clone_flag;
    auto const all = [flags](std::uint64_t wanted) { return (flags & wanted) == wanted; };
    if ((flags & thread && !(flags & sighand)) || (flags & sighand && !(flags & vm)))
        return false;
    if (all(sighand | clear_sighand) || (flags & parent && by_first_process))
        return false;
    if (flags & pidfd && flags & (detached | thread))
        return false;
    return !all(fs | new_namespace);
}
static_assert(is_consistent(clone_flag::vm | clone_flag::vfork, true));
static_assert(!is_consistent(clone_flag::thread | clone_flag::vm, false));

// What does not exist here: namespaces, control groups, and a thread that shares memory and signals but not
// the descriptor table or the current directory (they belong to the process).
constexpr bool is_supported(std::uint64_t flags)
{
    using namespace clone_flag;
    if (flags & (new_namespace | new_namespaces | new_time | into_cgroup))
        return false;
    return !(flags & thread) || (flags & (fs | files)) == (fs | files);
}

// The checks that clone3 makes of its structure alone (clone3_args_valid). `size` is what the caller gave.
constexpr bool is_valid(CloneArguments const& a, std::uint64_t size, std::uint64_t user_end)
{
    using namespace clone_flag;
    constexpr std::uint64_t signals = 64, most_levels = 32, int_max = 0x7fff'ffff;
    if (a.set_tid_size > most_levels || (a.set_tid != 0) != (a.set_tid_size != 0))
        return false;
    if (a.exit_signal > signals)
        return false;
    if (a.flags & into_cgroup && (a.cgroup > int_max || size < clone_arguments_v2))
        return false;
    if (a.flags & ~(legacy | clear_sighand | into_cgroup) || a.flags & (detached | (signal_mask & ~new_time)))
        return false;
    if (a.flags & (thread | parent) && a.exit_signal != 0)
        return false;
    if (a.stack == 0)
        return a.stack_size == 0;
    return a.stack_size != 0 && a.stack < user_end && a.stack_size <= user_end - a.stack;
}

// clone3's structure at `from`, of `size` bytes; how it may be wrong is Linux's clone(2), "ERRORS".
Result<CloneRequest> read_clone_arguments(Uaddr from, std::uint64_t size);

} // namespace torc
