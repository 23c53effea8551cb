// SPDX-License-Identifier: MIT
// The two kernel-provided mappings of every process: vvar, one read-only page that projects the clock to user
// space, and behind it the vDSO, a small ELF shared object that reads it. exec maps both as Backing::Special
// (vvar at `base`, the image at base + page_size) and puts vdso_base in AT_SYSINFO_EHDR.
#pragma once
#include "kernel/address.hpp"
#include <cstddef>
#include <cstdint>

namespace torc {
struct Vvar; // kernel/time/vvar.hpp

// The image's pages, in order; owned by the kernel image, never freed. Map readable and executable.
std::size_t vdso_pages();
Paddr vdso_frame(std::size_t index);
// The vvar page; map read-only.
Paddr vvar_frame();
Vvar& vvar(); // for kernel/time, which writes it

// Offset of __kernel_rt_sigreturn in the image: handlers without SA_RESTORER return there.
std::uint64_t vdso_sigreturn_offset();

} // namespace torc
