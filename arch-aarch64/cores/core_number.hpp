// SPDX-License-Identifier: MIT
// Cores are numbered in the order of the device tree's cpu nodes, the boot core being 0. MPIDR affinity names
// a core to hardware only: Pi 5 and RK3588 count in its second byte.
#pragma once
#include <cstdint>

namespace torc::arch {

inline constexpr unsigned max_cores = 128;
inline constexpr unsigned boot_core = 0;

// The four affinity bytes of MPIDR_EL1, which is also how a cpu node's `reg` reads.
inline constexpr std::uint64_t mpidr_affinity_mask = 0xff'00ff'ffff;

} // namespace torc::arch
