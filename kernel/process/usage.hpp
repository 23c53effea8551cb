// SPDX-License-Identifier: MIT
// Resource use as getrusage and wait4 tell it (struct rusage of the ABI).
#pragma once
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process.hpp"

namespace torc {

void add_usage(ResourceUse& to, ResourceUse const& use); // the peak is a maximum
Result<void> copy_out_usage(Uaddr to, ResourceUse const& use);

} // namespace torc
