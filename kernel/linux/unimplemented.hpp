// SPDX-License-Identifier: MIT
// Calls that programs make and that are not there: ENOSYS, counted by number and program for
// /proc/torc/unimplemented.
#pragma once
#include "kernel/linux/outcome.hpp"
#include <cstdint>

namespace torc::linux_abi {

Outcome count_unimplemented(Thread& thread, std::uint32_t number);

struct UnimplementedCall {
    std::uint32_t number;
    std::uint64_t count;
    char program[16]; // the last one that made it
};
// The i-th row; false past the end.
bool unimplemented_call(unsigned i, UnimplementedCall& row);

} // namespace torc::linux_abi
