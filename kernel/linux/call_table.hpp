// SPDX-License-Identifier: MIT
// The system-call table of the Linux arm64 ABI (Linux unistd.h): number -> handler and name. A
// subsystem's handlers are declared in kernel/linux/calls.hpp, defined next to the subsystem, and entered in
// call_table.cpp.
#pragma once
#include "kernel/linux/outcome.hpp"

namespace torc::linux_abi {

inline constexpr unsigned call_limit = 464; // numbers below it have a slot
struct CallEntry {
    CallHandler handler; // nullptr where there is none
};
struct CallTable {
    CallEntry rows[call_limit];
};
extern CallTable const call_table;
char const* call_name(unsigned number); // "getppid", or nullptr

} // namespace torc::linux_abi
