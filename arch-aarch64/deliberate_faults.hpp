// SPDX-License-Identifier: MIT
// Faults on request, to see that they are caught and told: `torc.panic` on the command line, or
// `torc.panic=KIND` with one of the names in deliberate_faults.cpp.
#pragma once
#include <string_view>

namespace torc::arch {

// Does not return if `kind` is known.
void commit_fault(std::string_view kind);

} // namespace torc::arch
