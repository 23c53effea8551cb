// SPDX-License-Identifier: MIT
// The kernel half of the address space as portable code sees it.
#pragma once
#include "kernel/address.hpp"
#include "kernel/result.hpp"
#include <cstddef>
#include <cstdint>

namespace torc::arch {

inline constexpr std::uint64_t direct_base = 0xffff'8000'0000'0000;
inline constexpr std::uint64_t window_size = 512ull << 30; // a torus's private window
inline constexpr std::uint64_t window_linear = 256ull << 30; // its first half: linear alias of private blocks
inline constexpr std::uint64_t windows_base = 0xffff'0000'0000'0000;

// A user frame through the direct map.
inline void* direct(Paddr p)
{
    return reinterpret_cast<void*>(direct_base + p.raw());
} // SAFETY: RAM is always mapped there
inline Paddr direct_to_physical(void const* p)
{
    return Paddr{reinterpret_cast<std::uint64_t>(p) - direct_base};
}

// A frame of torus `n`'s private 2 MiB blocks through its own window.
inline void* private_pointer(unsigned torus, Paddr p)
{
    return reinterpret_cast<void*>(
        windows_base + torus * window_size + p.raw()); // SAFETY: valid once made private
}
inline Paddr private_physical(unsigned torus, void const* p)
{
    return Paddr{reinterpret_cast<std::uint64_t>(p) - windows_base - torus * window_size};
}
// The byte at `offset` of the reserved half of the torus's window.
inline void* reserved_pointer(unsigned torus, std::uint64_t offset)
{
    return reinterpret_cast<void*>(
        windows_base + torus * window_size + window_linear + offset); // SAFETY: mapped page by page
}
// Takes the 2 MiB block out of the shared direct map into this torus's window, and back.
Result<void> make_private(Paddr block);
void make_shared(Paddr block);

// Backs one page of this torus's reserved half of the window with a private frame, and undoes it (TLB
// invalidated).
enum class ReservedUse : bool { Read, ReadWrite };
Result<void> map_reserved(Vaddr page, Paddr frame, ReservedUse use = ReservedUse::ReadWrite);
Paddr unmap_reserved(Vaddr page);

extern "C" void page_clear(void* page); // 4 KiB, page-aligned
extern "C" void page_copy(void* to, void const* from); // 4 KiB, both page-aligned
void sync_instructions(void const* page); // 4 KiB: D side cleaned to unification, I side invalidated

} // namespace torc::arch
