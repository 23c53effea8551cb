// SPDX-License-Identifier: MIT
#pragma once

namespace torc {
struct Thread;
}

namespace torc::arch {

// The running thread touched NEON while another's state, or none, was in the registers.
void give_float_registers(Thread& thread);

} // namespace torc::arch
