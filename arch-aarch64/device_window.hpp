// SPDX-License-Identifier: MIT
// Device registers reach the kernel only through windows that are mapped on request.
#pragma once
#include <cstddef>

#include "kernel/address.hpp"
#include "kernel/result.hpp"

namespace torc::arch {

// Maps [base, base + size) as Device-nGnRE into the shared device area and returns the address of `base`
// itself. The bounds need not be page-aligned; what is mapped already is returned again. Boot core only.
Result<Vaddr> map_device(Paddr base, std::size_t size);

} // namespace torc::arch
