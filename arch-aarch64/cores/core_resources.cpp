// SPDX-License-Identifier: MIT
// A core's private 2 MiB block, as the boot core fills it. It leaves the direct map; only the core's own root
// has it, page by page at its place in the private window:
//
//   page 0      TTBR1 root: the shared half, and the private window's slot
//   page 1..3   the window's tables down to pages
//   page 4      (guard)
//   page 5, 6   emergency stack
//   page 7      (guard)
//   page 8..11  kernel stack
//   page 12     what TPIDR_EL1 points at: a torus's first fields
//   13..511     for the torus that will run there
#include "arch-aarch64/cores/core_resources.hpp"

#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/boot_constants.h"
#include "arch-aarch64/boot_memory.hpp"
#include "arch-aarch64/boot_tables.hpp"
#include "arch-aarch64/early_torus.hpp"
#include "arch-aarch64/kernel_map.hpp"
#include "arch/memory.hpp"

namespace torc::arch {
namespace {

constexpr unsigned page_root = 0, page_level1 = 1, page_level2 = 2, page_level3 = 3, guard_low = 4,
                   guard_high = 7, page_stack_end = 12, page_torus = 12;
static_assert(page_stack_end - guard_high - 1 == KERNEL_STACK_SIZE / page_size);
static_assert(guard_high - guard_low - 1 == EMERGENCY_STACK_SIZE / page_size);
constexpr unsigned pages_prepared = page_torus + 1;

struct Block {
    Paddr base;
    Paddr page(unsigned index) const { return base + index * page_size; }
    TranslationTable& table(unsigned index) const
    {
        return *static_cast<TranslationTable*>(direct(page(index)));
    }
};

void fill_tables(Block block, std::uint64_t window)
{
    auto const table_entry = [&](unsigned page) { return block.page(page).raw() | descriptor::table; };
    for (unsigned slot = first_shared_slot; slot < table_entries; ++slot)
        block.table(page_root).entry[slot] = boot_tables.root.entry[slot];
    block.table(page_root).entry[table_index(window, 0)] = table_entry(page_level1);
    block.table(page_level1).entry[table_index(window, 1)] = table_entry(page_level2);
    block.table(page_level2).entry[table_index(window, 2)] = table_entry(page_level3);
    for (unsigned page = 0; page < table_entries; ++page) {
        bool const guard = page == guard_low || page == guard_high;
        block.table(page_level3).entry[page] = guard
            ? 0
            : block.page(page).raw() | descriptor::page | kernel_attributes(KernelAccess::ReadWrite);
    }
}

} // namespace

Result<CoreResources> make_core_resources(unsigned core)
{
    Block const block{TRY(take_boot_block())};
    if (block.base.raw() + block_size > window_linear)
        return unexpected{Status::NotSupported};
    for (unsigned page = 0; page < pages_prepared; ++page)
        page_clear(direct(block.page(page)));

    std::uint64_t const window = windows_base + core * window_size + block.base.raw();
    fill_tables(block, window);
    // SAFETY: two words at the start of a page of its own; the core sees them at its window.
    auto* const torus = static_cast<EarlyTorus*>(direct(block.page(page_torus)));
    torus->stack_top = window + page_stack_end * page_size;
    dsb_ish(); // the tables are there before a walk can begin
    unmap_direct_block(block.base);
    return CoreResources{block.page(page_root), Vaddr{window + page_stack_end * page_size},
        Vaddr{window + page_torus * page_size}};
}

} // namespace torc::arch
