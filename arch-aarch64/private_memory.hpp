// SPDX-License-Identifier: MIT
// Where things lie in a torus's first private block (torus_block.hpp builds it), in pages. The functions that
// change the window at run time are declared in arch/memory.hpp.
#pragma once

namespace torc::arch::private_block {

inline constexpr unsigned root_page = 0;
inline constexpr unsigned level1_page = 1;
inline constexpr unsigned stack_level2_page = 2;
inline constexpr unsigned stack_level3_page = 3;
inline constexpr unsigned emergency_page = 4;
inline constexpr unsigned stack_page = 6;
inline constexpr unsigned torus_page = 10;

} // namespace torc::arch::private_block
