// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

namespace torc::arch {
bool interrupt_pending();
inline void wait_for_store(std::uint64_t const*, std::uint64_t) { }
}
