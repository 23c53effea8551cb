// SPDX-License-Identifier: MIT
#include "arch-aarch64/kernel_map.hpp"

#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/boot_memory.hpp"
#include "arch-aarch64/boot_tables.hpp"
#include "arch-aarch64/image.hpp"
#include "arch-aarch64/tlb.hpp"
#include "arch/memory.hpp"
#include "kernel/devicetree/free_ranges.hpp"

namespace torc::arch {
namespace {

// The entry for a kernel address at `level` of the shared map, its tables made as needed.
Result<std::uint64_t*> shared_entry(std::uint64_t address, unsigned level)
{
    TranslationTable* table = &boot_tables.root;
    for (unsigned at = 0; at < level; at++)
        table = TRY(next_table(table->entry[table_index(address, at)]));
    return &table->entry[table_index(address, level)];
}

void publish(std::uint64_t& entry, std::uint64_t value)
{
    entry = value;
    dsb_ishst();
    isb();
}

Result<void> map_shared_page(std::uint64_t address, Paddr page, KernelAccess access)
{
    std::uint64_t& entry = *TRY(shared_entry(address, 3));
    if (!(entry & descriptor::valid))
        publish(entry, page.raw() | descriptor::page | kernel_attributes(access));
    return {};
}

Result<void> map_shared_pages(std::uint64_t base, Paddr from, std::uint64_t size, KernelAccess access)
{
    std::uint64_t const end = from.raw() + size;
    if (end < from.raw() || end > shared_map_limit)
        return unexpected{Status::BadArgument};
    for (std::uint64_t at = align_down(from.raw(), page_size); at < end; at += page_size)
        TRY(map_shared_page(base + at, Paddr{at}, access));
    return {};
}

Result<void> map_direct_block(Paddr block)
{
    std::uint64_t& entry = *TRY(shared_entry(direct_base + block.raw(), 2));
    if (!(entry & descriptor::valid))
        publish(entry, block.raw() | descriptor::block | kernel_attributes(KernelAccess::ReadWrite));
    return {};
}

std::uint64_t& direct_block_entry(Paddr block)
{
    // The tables were made when memory was mapped; a block of RAM always has them.
    return **shared_entry(direct_base + block.raw(), 2);
}

// SAFETY for both: the address lies in the map just made, for as long as `map_device_tree` says.
std::byte const* tree_bytes(Paddr blob)
{
    return reinterpret_cast<std::byte const*>(tree_base + blob.raw());
}

} // namespace

TranslationTable& table_at(Paddr table)
{
    std::uint64_t const offset = table.raw() - image_physical.raw();
    if (offset < image_bytes())
        // SAFETY: the image is mapped as a whole, at its link address
        return *reinterpret_cast<TranslationTable*>(image_link_address + offset);
    return *static_cast<TranslationTable*>(direct(table));
}

Result<TranslationTable*> next_table(std::uint64_t& entry)
{
    if (!(entry & descriptor::valid)) {
        Paddr const table = TRY(take_boot_page());
        dsb_ishst(); // cleared before it is linked
        publish(entry, table.raw() | descriptor::table);
    }
    if (!descriptor::is_table(entry))
        return unexpected{Status::Exists}; // a block is there
    return &table_at(descriptor::address(entry));
}

Result<std::span<std::byte const>> map_device_tree(Paddr blob)
{
    constexpr std::size_t head = 8;
    if (blob.raw() == 0 || !blob.aligned(8))
        return unexpected{Status::BadArgument};
    TRY(map_shared_pages(tree_base, blob, head, KernelAccess::Read));
    std::byte const* const bytes = tree_bytes(blob);
    std::size_t const size = dt::Tree::claimed_size(std::span<std::byte const, head>{bytes, head});
    if (size < head || size > dt::max_blob_size)
        return unexpected{Status::BadArgument};
    TRY(map_shared_pages(tree_base, blob, size, KernelAccess::Read));
    return std::span{bytes, size};
}

Result<Vaddr> map_device(Paddr base, std::size_t size)
{
    TRY(map_shared_pages(device_base, base, size, KernelAccess::Device));
    return Vaddr{device_base + base.raw()};
}

Result<void> map_direct(Paddr from, std::uint64_t size)
{
    std::uint64_t const end = from.raw() + size;
    if (end > shared_map_limit)
        return unexpected{Status::BadArgument};
    for (std::uint64_t at = from.raw(); at < end;) {
        bool const whole_block = (at & (block_size - 1)) == 0 && end - at >= block_size;
        if (whole_block)
            TRY(map_direct_block(Paddr{at}));
        else
            TRY(map_shared_page(direct_base + at, Paddr{at}, KernelAccess::ReadWrite));
        at += whole_block ? block_size : page_size;
    }
    return {};
}

Result<void> map_all_memory(dt::FreeRanges const& mappable)
{
    for (dt::Region const& range : mappable.ranges())
        TRY(map_direct(range.base, range.size));
    return {};
}

void unmap_direct_block(Paddr block)
{
    publish(direct_block_entry(block), 0);
    tlbi_vaale1is(tlb_operand(direct_base + block.raw()));
    dsb_ish();
    isb();
}

void remap_direct_block(Paddr block)
{
    publish(direct_block_entry(block),
        block.raw() | descriptor::block | kernel_attributes(KernelAccess::ReadWrite));
}

} // namespace torc::arch
