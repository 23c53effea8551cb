// SPDX-License-Identifier: MIT
#include "arch-aarch64/torus_block.hpp"

#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/boot_constants.h"
#include "arch-aarch64/boot_tables.hpp"
#include "arch-aarch64/cores/core_number.hpp"
#include "arch-aarch64/frame_offsets.h"
#include "arch-aarch64/image.hpp"
#include "arch-aarch64/kernel_map.hpp"
#include "arch-aarch64/private_memory.hpp"
#include "arch/memory.hpp"
#include "kernel/torus.hpp"

namespace torc::arch {
namespace {

using namespace private_block;

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winvalid-offsetof" // not standard layout, but no bases and nothing virtual
static_assert(offsetof(Torus, stack_top) == TORUS_STACK_TOP);
#pragma clang diagnostic pop

constexpr unsigned torus_pages = (sizeof(Torus) + page_size - 1) / page_size;
constexpr unsigned first_linear_table = torus_page + torus_pages;
static_assert(stack_page + KERNEL_STACK_SIZE / page_size == torus_page);
static_assert(emergency_page + EMERGENCY_STACK_SIZE / page_size == stack_page);

// Builds a block while it is still in the direct map, where it is cleared and written.
class Builder final {
public:
    Builder(unsigned torus, Paddr block)
        : torus_{torus}
        , block_{block}
        , window_{windows_base + torus * window_size}
        , used_{first_linear_table}
    {
    }

    void build(dt::FreeRanges const& ram)
    {
        for (unsigned page = 0; page < first_linear_table; page++)
            page_clear(&table(page));
        link_window();
        map_stacks();
        for (dt::Region const& range : ram.ranges())
            map_linear_tables(range);
        link_block();
        *static_cast<std::uint64_t*>(direct(address(torus_page))) = stack_top();
        dsb_ishst();
    }
    std::uint64_t stack_top() const { return window_ + window_size - page_size; }
    unsigned pages_used() const { return used_; }
    Paddr address(unsigned page) const { return block_ + page * page_size; }
    Paddr root() const
    {
        return torus_ == boot_core ? physical_of_image(&boot_tables.root) : address(root_page);
    }

private:
    TranslationTable& table(unsigned page) const
    {
        return *static_cast<TranslationTable*>(direct(address(page)));
    }
    std::uint64_t entry_for(unsigned page) const { return address(page).raw() | descriptor::table; }

    // Torus 0's root is in use already: its one new entry comes last. Another's gets the shared half.
    void link_window()
    {
        TranslationTable& own = torus_ == boot_core ? boot_tables.root : table(root_page);
        if (torus_ != boot_core)
            for (unsigned slot = first_shared_slot; slot < table_entries; slot++)
                own.entry[slot] = boot_tables.root.entry[slot];
        own.entry[table_index(window_, 0)] = entry_for(level1_page);
    }

    void map_stacks()
    {
        std::uint64_t const top = stack_top();
        table(level1_page).entry[table_index(top, 1)] = entry_for(stack_level2_page);
        table(stack_level2_page).entry[table_index(top, 2)] = entry_for(stack_level3_page);
        std::uint64_t const stack = top - KERNEL_STACK_SIZE;
        map_stack(stack, stack_page, KERNEL_STACK_SIZE);
        map_stack(stack - page_size - EMERGENCY_STACK_SIZE, emergency_page, EMERGENCY_STACK_SIZE);
    }

    void map_stack(std::uint64_t bottom, unsigned page, std::uint64_t size)
    {
        for (std::uint64_t offset = 0; offset < size; offset += page_size)
            table(stack_level3_page).entry[table_index(bottom + offset, 3)] = address(page).raw() + offset
                | descriptor::page | kernel_attributes(KernelAccess::ReadWrite);
    }

    // Tables for any block that may ever become private: later there is nowhere to take them from.
    void map_linear_tables(dt::Region range)
    {
        std::uint64_t const last = range.base.raw() + range.size - 1;
        for (std::uint64_t at = range.base.raw(); at <= last && at < window_linear;
            at = align_down(at, level_size(1)) + level_size(1)) {
            std::uint64_t& entry = table(level1_page).entry[table_index(window_ + at, 1)];
            if (entry != 0)
                continue;
            page_clear(&table(used_));
            entry = entry_for(used_++);
        }
    }

    void link_block()
    {
        std::uint64_t const at = window_ + block_.raw();
        std::uint64_t const level2 = table(level1_page).entry[table_index(at, 1)];
        auto& table = *static_cast<TranslationTable*>(direct(descriptor::address(level2)));
        table.entry[table_index(at, 2)]
            = block_.raw() | descriptor::block | kernel_attributes(KernelAccess::ReadWrite);
    }

    unsigned torus_;
    Paddr block_;
    std::uint64_t window_;
    unsigned used_;
};

} // namespace

Result<TorusBlock> make_torus_block(unsigned torus, Paddr block, dt::FreeRanges const& ram)
{
    if (block.raw() >= window_linear)
        return unexpected{Status::NoMemory};
    Builder builder{torus, block};
    builder.build(ram);
    unmap_direct_block(block);
    // SAFETY: cleared memory of the right size; the core constructs the Torus in it
    auto* const record = static_cast<Torus*>(private_pointer(torus, builder.address(torus_page)));
    return TorusBlock{block, builder.root(), Vaddr{builder.stack_top()}, record, builder.pages_used()};
}

} // namespace torc::arch
