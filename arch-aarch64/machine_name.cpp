// SPDX-License-Identifier: MIT
#include "arch-aarch64/boot_steps.hpp"
#include "arch/machine.hpp"

namespace torc::arch {

std::string_view machine_model()
{
    return boot_tree().root().string("model").value_or("unknown");
}

} // namespace torc::arch
