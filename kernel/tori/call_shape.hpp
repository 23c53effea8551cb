// SPDX-License-Identifier: MIT
// Which arguments of a system call name objects that may be another torus's, and which name the caller's
// memory.
#pragma once
#include <cstdint>

namespace torc {

enum ShapeFlag : std::uint8_t {
    uses_names = 1, // walks a path, or is about the machine: goes to the torus that has the names
    makes_descriptor = 2, // its value is a new descriptor
    moves_directory = 4, // the caller's current directory changes
    moves_root = 8,
    names_process = 16, // by a number: goes to the torus that the handler found to know it
};

struct CallShape {
    std::uint8_t descriptors{0}; // bit n: argument n is one (or AT_FDCWD)
    std::uint8_t flags{0};
    // Memory that is made present before the call leaves: argument + 1, 0 for none. The size is an argument,
    // too.
    std::uint8_t buffer{0}, size{0};
    bool writes{false}; // into that memory
};

// Calls about one file that have only x1 and x2 besides, and go as a FileCall: lseek, read, write, fstat.
constexpr bool fits_one_event(unsigned number)
{
    return (number >= 62 && number <= 64) || number == 80;
}

CallShape const& call_shape(unsigned number); // an empty one for calls that never leave

} // namespace torc
