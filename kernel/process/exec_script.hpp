// SPDX-License-Identifier: MIT
// The first line of a script, which names the program that runs it.
#pragma once
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {

struct ScriptLine {
    char const* interpreter;
    char const* argument; // nullptr: none
};

// "#! /path argument\n": the rest of the line after the path is one argument. The line must end, or its path
// be followed by a blank, within the header.
Result<ScriptLine> parse_script(std::uint8_t* head);

} // namespace torc
