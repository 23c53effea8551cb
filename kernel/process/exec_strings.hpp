// SPDX-License-Identifier: MIT
// Arguments and environment of an exec: pushed onto the new stack, then listed below it.
#pragma once
#include "kernel/memory/space.hpp"
#include "kernel/process/exec.hpp"

namespace torc {

inline constexpr std::uint32_t most_strings = 0x7fff'ffff / 8;

// The byte at `address` of a space that is not in the core, its page made and writable.
Result<std::byte*> new_page(Space& space, std::uint64_t address);
Result<void> write_new(Space& space, std::uint64_t address, void const* from, std::size_t size);

Result<std::uint32_t> count_strings(std::uint64_t array);
Result<void> push_kernel_string(ExecState& state, char const* text);
Result<bool> push_strings(ExecState& state);
Result<void> drop_first_argument(ExecState& state);
Result<bool> write_tables(ExecState& state);

} // namespace torc
