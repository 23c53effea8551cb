// SPDX-License-Identifier: MIT
// The few user instructions that turn process 1 into its first program.
#pragma once
#include "arch/frame.hpp"
#include <cstddef>
#include <cstdint>
#include <span>

namespace torc::arch {

extern "C" std::byte const first_program_begin[];
extern "C" std::byte const first_program_end[];

inline std::span<std::byte const> first_program_code()
{
    return {first_program_begin, first_program_end};
}

// `paths`: user address of a list of path addresses, ended by 0. argv[0] is set to the path that is tried.
inline void set_first_program(
    Frame& frame, std::uint64_t code, std::uint64_t paths, std::uint64_t argv, std::uint64_t envp)
{
    frame.pc = code;
    frame.x[19] = paths;
    frame.x[20] = argv;
    frame.x[21] = envp;
    frame.pstate = pstate_user;
}

} // namespace torc::arch
