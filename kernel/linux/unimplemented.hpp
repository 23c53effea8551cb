// SPDX-License-Identifier: MIT
// Calls that programs make and that are not there: ENOSYS, counted by number and program for
// /proc/torc/unimplemented.
#pragma once
#include <cstdint>

namespace torc {
class Outcome;
struct Thread;
}

namespace torc::linux_abi {

struct UnimplementedCall {
    std::uint32_t number;
    std::uint64_t count;
    char program[16]; // the last one that made it
};

struct UnimplementedCalls { // of one torus
    static constexpr unsigned limit = 64;
    UnimplementedCall rows[limit]{};
    unsigned count{0};
};

Outcome count_unimplemented(Thread& thread, std::uint32_t number);

// The i-th row of this torus; false past the end.
bool unimplemented_call(unsigned i, UnimplementedCall& row);

} // namespace torc::linux_abi
