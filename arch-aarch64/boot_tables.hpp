// SPDX-License-Identifier: MIT
// The tables that the first instructions of the boot core build; see boot_tables.cpp. Constant once the
// kernel's final tables are up, except boot_root, which is torus 0's root for good.
#pragma once
#include "arch-aarch64/descriptor.hpp"

namespace torc::arch {

struct BootTables {
    TranslationTable identity_root; // TTBR0 of a core that is turning its MMU on
    TranslationTable identity[3];
    TranslationTable root; // torus 0's TTBR1
    TranslationTable image_level1; // shared by all tori: slot 511 of each root
    TranslationTable image_level2;
    TranslationTable image_pages[4]; // 2 MiB of image each
};

} // namespace torc::arch

extern "C" torc::arch::BootTables boot_tables;
