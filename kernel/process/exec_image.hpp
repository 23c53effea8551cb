// SPDX-License-Identifier: MIT
// A program file's segments on their way into a new space: scanned for extent, placed, mapped one a grain.
#pragma once
#include "kernel/process/exec.hpp"

namespace torc {

Result<void> read_header(LoadedImage& image, std::span<std::uint8_t const> head);
// One program header a call; true after the last. Extent and, for the program itself, interpreter name and
// stack permission.
Result<bool> scan_step(ExecState& state, LoadedImage& image);
// One segment a call; true after the last.
Result<bool> load_step(ExecState& state, LoadedImage& image);
Result<void> place(ExecState& state, LoadedImage& image, bool is_interpreter);

} // namespace torc
