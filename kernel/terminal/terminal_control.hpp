// SPDX-License-Identifier: MIT
// ioctl on a terminal (ioctl_tty(2)).
#pragma once
#include "kernel/linux/outcome.hpp"
#include <cstdint>

namespace torc {
struct OpenFile;
struct Thread;

Outcome terminal_ioctl(Thread& thread, OpenFile& file, std::uint32_t command, std::uint64_t argument);

} // namespace torc
