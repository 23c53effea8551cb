// SPDX-License-Identifier: MIT
// Typed device registers. A register is a type that knows its offset and who may write it; a field is a
// constant of that type. So a value cannot reach the wrong register, two registers' fields cannot be mixed,
// and writing a read-only register does not compile. A driver is a template over Bus: the machine's is
// MmioBus, the host tests' is a fake that records what was written.
#pragma once
#include <concepts>
#include <cstdint>

#include "kernel/address.hpp"

namespace torc::arch {

enum class Access : std::uint8_t { ReadWrite, ReadOnly, WriteOnly };

template <typename B>
concept Bus = requires(
    B const& bus, std::uint32_t offset, std::uint32_t value, std::uint8_t byte, std::uint64_t wide) {
    { bus.read8(offset) } -> std::same_as<std::uint8_t>;
    { bus.read32(offset) } -> std::same_as<std::uint32_t>;
    { bus.read64(offset) } -> std::same_as<std::uint64_t>;
    bus.write8(offset, byte);
    bus.write32(offset, value);
    bus.write64(offset, wide);
};

template <typename Self, std::uint32_t Offset, Access Mode = Access::ReadWrite> struct Reg {
    static constexpr std::uint32_t offset = Offset;
    static constexpr Access access = Mode;

    std::uint32_t bits{0};

    constexpr Reg() = default;
    constexpr explicit Reg(std::uint32_t raw)
        : bits{raw}
    {
    }
    friend constexpr Self operator|(Self a, Self b) { return Self{a.bits | b.bits}; }
    friend constexpr bool operator==(Self a, Self b) { return a.bits == b.bits; }
};

// Bits Low..High of register R. `field(value)` makes a register value, `field.of(r)` reads it out.
template <typename R, unsigned Low, unsigned High = Low, typename T = bool> struct Field {
    static_assert(Low <= High && High < 32);
    static constexpr std::uint32_t mask
        = static_cast<std::uint32_t>(((std::uint64_t{1} << (High - Low + 1)) - 1) << Low);

    constexpr R operator()(T value) const { return R{(static_cast<std::uint32_t>(value) << Low) & mask}; }
    constexpr T of(R r) const { return static_cast<T>((r.bits & mask) >> Low); }
    constexpr R replace(R r, T value) const { return R{(r.bits & ~mask) | (*this)(value).bits}; }
};

template <typename R, Bus B>
    requires(R::access != Access::WriteOnly)
R read(B const& bus)
{
    return R{bus.read32(R::offset)};
}

template <typename R, Bus B>
    requires(R::access != Access::ReadOnly)
void write(B const& bus, R value)
{
    bus.write32(R::offset, value.bits);
}

// Registers that come as an array: R is the element's type, at R::offset + 4 * index.
template <typename R, Bus B>
    requires(R::access != Access::WriteOnly)
R read_at(B const& bus, std::uint32_t index)
{
    return R{bus.read32(R::offset + 4 * index)};
}

template <typename R, Bus B>
    requires(R::access != Access::ReadOnly)
void write_at(B const& bus, std::uint32_t index, R value)
{
    bus.write32(R::offset + 4 * index, value.bits);
}

// The machine's bus: a mapped device window. Accesses are single loads and stores of the register's width, in
// program order for one device (Device-nGnRE); ordering against memory is the driver's to ask for.
class MmioBus {
public:
    MmioBus() = default;
    explicit MmioBus(Vaddr window)
        : base_{window.raw()}
    {
    }

    std::uint8_t read8(std::uint32_t offset) const { return *at<std::uint8_t>(offset); }
    std::uint32_t read32(std::uint32_t offset) const { return *at<std::uint32_t>(offset); }
    std::uint64_t read64(std::uint32_t offset) const { return *at<std::uint64_t>(offset); }
    void write8(std::uint32_t offset, std::uint8_t value) const { *at<std::uint8_t>(offset) = value; }
    void write32(std::uint32_t offset, std::uint32_t value) const { *at<std::uint32_t>(offset) = value; }
    void write64(std::uint32_t offset, std::uint64_t value) const { *at<std::uint64_t>(offset) = value; }

private:
    template <typename T> T volatile* at(std::uint32_t offset) const
    {
        // SAFETY: base_ is a device window that map_device() granted; the driver's register types bound the
        // offset.
        return reinterpret_cast<T volatile*>(base_ + offset);
    }

    std::uint64_t base_{0};
};
static_assert(Bus<MmioBus>);

} // namespace torc::arch
