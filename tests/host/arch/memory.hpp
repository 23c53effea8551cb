// SPDX-License-Identifier: MIT
// The fake machine's arch/memory.hpp: the same functions, over the fake machine's RAM.
#pragma once
#include "kernel/address.hpp"
#include "kernel/result.hpp"
#include <cstddef>
#include <cstdint>

namespace torc::arch {

void* direct(Paddr p);
Paddr direct_to_physical(void const* p);
void* private_pointer(unsigned torus, Paddr p);
Paddr private_physical(unsigned torus, void const* p);
void* reserved_pointer(unsigned torus, std::uint64_t offset);
Result<void> make_private(Paddr block);
void make_shared(Paddr block);
enum class ReservedUse : bool { Read, ReadWrite };
Result<void> map_reserved(Vaddr page, Paddr frame, ReservedUse use = ReservedUse::ReadWrite);
Paddr unmap_reserved(Vaddr page);
extern "C" void page_clear(void* page);
extern "C" void page_copy(void* to, void const* from);
void sync_instructions(void const* page);

} // namespace torc::arch
