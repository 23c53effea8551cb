// SPDX-License-Identifier: MIT
// Weak stand-ins until their owners are there.
#include "arch/machine.hpp"
#include "kernel/linux/calls.hpp"

namespace torc {

namespace linux_abi {
[[gnu::weak]] Outcome call_reboot(Thread&, Arguments const&) { arch::power_off(); }
}

} // namespace torc
