// SPDX-License-Identifier: MIT
// A torus's window at run time. All its tables are private memory of the torus itself, reached through the
// window's linear half.
#include "arch-aarch64/private_memory.hpp"

#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/descriptor.hpp"
#include "arch-aarch64/image.hpp"
#include "arch-aarch64/kernel_map.hpp"
#include "arch-aarch64/tlb.hpp"
#include "arch/memory.hpp"
#include "kernel/torus.hpp"

namespace torc::arch {
namespace {

TranslationTable& private_table(Paddr table)
{
    return *static_cast<TranslationTable*>(private_pointer(this_torus().number, table));
}

// The Torus lies in the first block, so the block's other pages are at known distances.
TranslationTable& window_level1()
{
    std::uint64_t const block = align_down(address_of(&this_torus()), block_size);
    // SAFETY: torus_block.cpp put it there
    return *reinterpret_cast<TranslationTable*>(block + private_block::level1_page * page_size);
}

std::uint64_t* linear_entry(Paddr block)
{
    std::uint64_t const at = block.raw(); // a window starts at a level 0 entry: the low bits are the offset
    if (at >= window_linear || !block.aligned(block_size))
        return nullptr;
    std::uint64_t const level2 = window_level1().entry[table_index(at, 1)];
    return level2 == 0 ? nullptr : &private_table(descriptor::address(level2)).entry[table_index(at, 2)];
}

Result<TranslationTable*> next_private_table(std::uint64_t& entry)
{
    if (entry == 0) {
        Paddr const table = TRY(this_torus().frames.take_private(FrameKind::Table));
        page_clear(&private_table(table));
        dsb_ishst();
        entry = table.raw() | descriptor::table;
    }
    return &private_table(descriptor::address(entry));
}

std::uint64_t& reserved_entry(Vaddr page)
{
    std::uint64_t const level2 = window_level1().entry[table_index(page.raw(), 1)];
    std::uint64_t const level3 = private_table(descriptor::address(level2)).entry[table_index(page.raw(), 2)];
    return private_table(descriptor::address(level3)).entry[table_index(page.raw(), 3)];
}

} // namespace

Result<void> make_private(Paddr block)
{
    std::uint64_t* const entry = linear_entry(block);
    if (entry == nullptr)
        return unexpected{Status::BadArgument};
    unmap_direct_block(block);
    *entry = block.raw() | descriptor::block | kernel_attributes(KernelAccess::ReadWrite);
    dsb_ishst();
    isb();
    return {};
}

void make_shared(Paddr block)
{
    *linear_entry(block) = 0;
    dsb_ishst();
    tlbi_vaale1is(tlb_operand(address_of(private_pointer(this_torus().number, block))));
    dsb_ish();
    remap_direct_block(block);
}

Result<void> map_reserved(Vaddr page, Paddr frame, ReservedUse use)
{
    TranslationTable& level2 = *TRY(next_private_table(window_level1().entry[table_index(page.raw(), 1)]));
    TranslationTable& level3 = *TRY(next_private_table(level2.entry[table_index(page.raw(), 2)]));
    level3.entry[table_index(page.raw(), 3)] = frame.raw() | descriptor::page
        | kernel_attributes(use == ReservedUse::Read ? KernelAccess::Read : KernelAccess::ReadWrite);
    dsb_ishst();
    isb();
    return {};
}

Paddr unmap_reserved(Vaddr page)
{
    std::uint64_t& entry = reserved_entry(page);
    Paddr const frame = descriptor::address(entry);
    entry = 0;
    dsb_ishst();
    tlbi_vaale1is(tlb_operand(page.raw()));
    dsb_ish();
    isb();
    return frame;
}

} // namespace torc::arch
