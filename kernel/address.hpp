// SPDX-License-Identifier: MIT
// Addresses as distinct types: a physical address, a kernel virtual one and a user's untrusted one
// cannot be mixed up; converting needs the object that knows the mapping.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>

namespace torc {

inline constexpr std::size_t page_size = 4096;
inline constexpr unsigned page_shift = 12;
inline constexpr std::size_t block_size = 2u << 20; // what a level-2 entry maps

constexpr std::uint64_t align_down(std::uint64_t v, std::uint64_t a)
{
    return v & ~(a - 1);
}
constexpr std::uint64_t align_up(std::uint64_t v, std::uint64_t a)
{
    return (v + a - 1) & ~(a - 1);
}

template <typename Tag> class Address {
public:
    constexpr Address() = default;
    constexpr explicit Address(std::uint64_t raw)
        : raw_{raw}
    {
    }
    constexpr std::uint64_t raw() const { return raw_; }
    constexpr bool aligned(std::size_t a) const { return (raw_ & (a - 1)) == 0; }
    constexpr Address page() const { return Address{raw_ & ~(page_size - 1)}; }
    constexpr std::size_t page_offset() const { return raw_ & (page_size - 1); }
    friend constexpr Address operator+(Address a, std::uint64_t n) { return Address{a.raw_ + n}; }
    friend constexpr Address operator-(Address a, std::uint64_t n) { return Address{a.raw_ - n}; }
    friend constexpr std::uint64_t operator-(Address a, Address b) { return a.raw_ - b.raw_; }
    friend constexpr auto operator<=>(Address, Address) = default;

private:
    std::uint64_t raw_{0};
};

using Paddr = Address<struct PhysicalTag>; // what the CPU puts on the bus
using Vaddr = Address<struct KernelTag>; // this torus's kernel map
using Uaddr = Address<struct UserTag>; // untrusted: copy_in and copy_out only
using Baddr = Address<struct BusTag>; // what a device's DMA engine sees

} // namespace torc
