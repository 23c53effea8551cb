// SPDX-License-Identifier: MIT
// The end of the kernel, or of an emulated machine's: everything a reader of the console needs, then stop.
#pragma once
#include <string_view>

namespace torc::arch {

// Prints the message, where it came from (a backtrace with names) and the last lines of the log; ends an
// emulator with status 1, leaves a board with the text on its console.
[[noreturn]] void panic(std::string_view message);

} // namespace torc::arch
