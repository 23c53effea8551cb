// SPDX-License-Identifier: MIT
// What the terminal layer provides to the console, for as long as it is not there: weak, so that the real
// ones take their place. Input is dropped.
#include <span>

namespace torc {
[[gnu::weak]] void console_input(std::span<char const>) { }
[[gnu::weak]] void console_output_ready() { }
}
