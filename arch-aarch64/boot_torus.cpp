// SPDX-License-Identifier: MIT
// The boot core becomes torus 0: from the boot stack to its own, from the early torus to the real one.
#include "arch-aarch64/boot_memory.hpp"
#include "arch-aarch64/boot_steps.hpp"
#include "arch-aarch64/cores/core_number.hpp"
#include "arch-aarch64/id_registers.hpp"
#include "arch-aarch64/image.hpp"
#include "arch-aarch64/sysreg.hpp"
#include "arch-aarch64/torus_block.hpp"
#include "arch/cpu.hpp"
#include "arch/memory.hpp"
#include "kernel/devicetree/chosen.hpp"
#include "kernel/log.hpp"
#include "kernel/torus.hpp"

#include <array>
#include <new>

namespace torc::arch {
namespace {

constinit TorusBlock boot_block{}; // written before the stack is left, read on the new one

Result<void> give_memory(FramePool& pool)
{
    std::array<FrameRange, dt::FreeRanges::capacity> ranges{};
    std::size_t count = 0;
    for (dt::Region const& region : boot_memory_map().free.ranges())
        ranges[count++] = {region.base, region.size / page_size};
    FrameRange const rest_of_block{
        boot_block.base + boot_block.pages_used * page_size, block_size / page_size - boot_block.pages_used};
    return pool.create(std::span{ranges}.first(count), rest_of_block, machine_memory());
}

} // namespace

void become_torus()
{
    auto const memory = take_boot_block();
    auto const block = memory ? make_torus_block(boot_core, *memory, boot_memory_map().mappable)
                              : unexpected{memory.error()};
    if (!block)
        give_up("there is no memory for the first torus");
    boot_block = *block;
    continue_on_stack(block->stack_top.raw(), start_torus);
}

void construct_torus()
{
    auto* const torus = new (boot_block.torus) Torus{};
    torus->stack_top = boot_block.stack_top.raw();
    torus->number = boot_core;
    torus->log = &this_log();
    sysreg::TPIDR_EL1::write(address_of(torus));
    leave_user_space(); // the identity map goes
    open_user_registers();
    finish_boot_memory();
    if (!give_memory(torus->frames))
        give_up("there is too little memory");
    log("Torus 0 has {} of {} KiB free.", torus->frames.free_pages() * 4, torus->frames.total_pages() * 4);
}

BootInfo boot_info()
{
    BootInfo info{{}, dt::command_line(boot_tree())};
    if (Result<dt::Region> const archive = dt::initial_ramdisk(boot_tree()))
        info.archive = {static_cast<std::byte const*>(direct(archive->base)), archive->size};
    return info;
}

} // namespace torc::arch
