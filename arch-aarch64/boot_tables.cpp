// SPDX-License-Identifier: MIT
// The first page tables: the image at its link address, W^X, 4 KiB pages, guard pages left out; and the
// identity map of the one page that turns the MMU on. Runs with the MMU and caches off at the image's
// physical address, so every address taken here is physical, and no memory is touched but .noinit. The
// image's leaf tables and the boot core's root are final: kernel_tables.cpp adds to them.
#include "arch-aarch64/boot_tables.hpp"

#include "arch-aarch64/image.hpp"
#include "arch-aarch64/sysreg.hpp"

[[gnu::section(".noinit")]] torc::arch::BootTables boot_tables;

namespace torc::arch {
namespace {

static_assert(offsetof(BootTables, identity_root) == 0);
static_assert(offsetof(BootTables, root) == BOOT_ROOT_OFFSET);

void clear(BootTables& tables)
{
    // SAFETY: plain words; there is no memset that may be used with the MMU off.
    auto* word = reinterpret_cast<std::uint64_t volatile*>(&tables);
    for (std::size_t i = 0; i < sizeof(BootTables) / sizeof(*word); i++)
        word[i] = 0;
}

std::uint64_t entry_for(TranslationTable const& table)
{
    return address_of(&table) | descriptor::table;
}

void map_identity(std::uint64_t page)
{
    BootTables& t = boot_tables;
    t.identity_root.entry[table_index(page, 0)] = entry_for(t.identity[0]);
    t.identity[0].entry[table_index(page, 1)] = entry_for(t.identity[1]);
    t.identity[1].entry[table_index(page, 2)] = entry_for(t.identity[2]);
    t.identity[2].entry[table_index(page, 3)]
        = page | descriptor::page | kernel_attributes(KernelAccess::ReadExecute);
}

std::uint64_t& entry_of(std::uint64_t at)
{
    std::uint64_t const index = (at - address_of(image_begin)) / page_size;
    return boot_tables.image_pages[index / table_entries].entry[index % table_entries];
}

void map_image(char const* from, char const* to, std::uint64_t attributes)
{
    for (std::uint64_t at = address_of(from); at < address_of(to); at += page_size)
        entry_of(at) = at | descriptor::page | attributes;
}

std::uint64_t text_attributes()
{
    bool const has_bti = (sysreg::ID_AA64PFR1_EL1::read() & 0xf) != 0;
    return kernel_attributes(KernelAccess::ReadExecute) | (has_bti ? descriptor::guarded : 0);
}

void link_image_tables()
{
    BootTables& t = boot_tables;
    t.root.entry[table_index(image_link_address, 0)] = entry_for(t.image_level1);
    t.image_level1.entry[table_index(image_link_address, 1)] = entry_for(t.image_level2);
    unsigned slot = table_index(image_link_address, 2);
    for (TranslationTable& pages : t.image_pages)
        t.image_level2.entry[slot++] = entry_for(pages);
}

} // namespace

extern "C" void build_boot_tables()
{
    clear(boot_tables);
    map_identity(address_of(image_begin));
    link_image_tables();
    map_image(text_begin, text_end, text_attributes());
    map_image(rodata_begin, rodata_end, kernel_attributes(KernelAccess::Read));
    map_image(data_begin, image_end, kernel_attributes(KernelAccess::ReadWrite));
    entry_of(address_of(boot_stack_guard)) = 0;
    entry_of(address_of(emergency_stack_guard)) = 0;
}

} // namespace torc::arch
