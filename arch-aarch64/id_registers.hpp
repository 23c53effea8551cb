// SPDX-License-Identifier: MIT
// What user programs learn of the processor: the HWCAP bits (arch/cpu.hpp), and reads of ID registers at EL0,
// which trap and are answered as Linux's HWCAP_CPUID promises
// (Documentation/arch/arm64/cpu-feature-registers.rst): only fields that HWCAP shows, everything else as if
// it were not there.
#pragma once
#include "arch/frame.hpp"

namespace torc::arch {

// True if the instruction at pc is an MRS of an ID register: its destination holds the answer, pc stays.
bool emulate_id_register_read(Frame& frame);

// Each core, once: counters, event stream and cache instructions that EL0 may use.
void open_user_registers();

} // namespace torc::arch
