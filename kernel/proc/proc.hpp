// SPDX-License-Identifier: MIT
// procfs: what the kernel tells about itself and its processes, in the texts of Linux 6.1 (proc(5)). Nodes
// are numbers (proc_node.hpp), texts are made by records when somebody reads them; nothing is kept in
// between.
#pragma once
#include <string_view>

namespace torc {

// Boot, after make_first_filesystems(). `command_line` is what the boot loader gave; it must stay.
void start_proc(std::string_view command_line);

} // namespace torc
