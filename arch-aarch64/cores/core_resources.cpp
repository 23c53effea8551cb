// SPDX-License-Identifier: MIT
#include "arch-aarch64/cores/core_resources.hpp"

#include "arch-aarch64/boot_steps.hpp"
#include "arch-aarch64/image.hpp"
#include "arch-aarch64/torus_block.hpp"

namespace torc::arch {

Result<CoreResources> make_core_resources(unsigned core)
{
    TorusBlock const block = TRY(make_torus_block(core, boot_memory_map().mappable));
    return CoreResources{block.root, block.stack_top, Vaddr{address_of(block.torus)}};
}

} // namespace torc::arch
