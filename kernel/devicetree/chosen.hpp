// SPDX-License-Identifier: MIT
// What the boot loader says in /chosen: console, command line, initial file system, seeds.
// Devicetree Specification v0.4, section 3.6; Linux Documentation/devicetree/bindings/chosen.txt.
#pragma once
#include "kernel/devicetree/command_line.hpp"
#include "kernel/devicetree/tree.hpp"

namespace torc::dt {

struct Console {
    Node node;
    std::string_view options; // what follows the ':', "115200n8"; mostly empty
};

// The UART that `stdout-path` names. NotFound: there is no such property, or it leads nowhere.
Result<Console> console(Tree const& tree);

CommandLine command_line(Tree const& tree); // empty when the tree has no `bootargs`

// NotFound: none was given. BadArgument: it ends before it starts.
Result<Region> initial_ramdisk(Tree const& tree);

std::span<std::byte const> rng_seed(Tree const& tree); // empty when there is none
std::uint64_t kaslr_seed(Tree const& tree); // 0 when there is none

} // namespace torc::dt
