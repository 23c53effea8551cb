// SPDX-License-Identifier: MIT
// A handle names a lattice object from anywhere, in 64 bits. It is a plain value: it may be stored, sent
// and kept after the object is gone, because the cell's generation tells a stale one.
//
//   63        51 50    44 43   38 37      23 22          0
//  +------------+--------+-------+----------+-------------+
//  |  machine   | torus  | plane |   cell   | generation  |
//  |  13 bits   | 7 bits | 6 bits| 15 bits  |   23 bits   |
//  +------------+--------+-------+----------+-------------+
//
// Generation 0 is never given out, so a zeroed handle names nothing.
#pragma once
#include <compare>
#include <cstdint>

namespace torc {

struct MachineId {
    std::uint16_t number{0};
    friend constexpr auto operator<=>(MachineId, MachineId) = default;
};

// The torus's number within its machine.
struct TorusId {
    std::uint16_t number{0};
    friend constexpr auto operator<=>(TorusId, TorusId) = default;
};

struct PlaneId {
    std::uint16_t number{0};
    friend constexpr auto operator<=>(PlaneId, PlaneId) = default;
};

struct CellIndex {
    std::uint16_t number{0};
    friend constexpr auto operator<=>(CellIndex, CellIndex) = default;
};

class Handle {
public:
    static constexpr unsigned generation_bits = 23, cell_bits = 15, plane_bits = 6, torus_bits = 7,
                              machine_bits = 13;
    static constexpr unsigned cell_shift = generation_bits;
    static constexpr unsigned plane_shift = cell_shift + cell_bits;
    static constexpr unsigned torus_shift = plane_shift + plane_bits;
    static constexpr unsigned machine_shift = torus_shift + torus_bits;
    static constexpr std::uint32_t max_generation = (1u << generation_bits) - 1;
    static_assert(machine_shift + machine_bits == 64);

    constexpr Handle() = default;
    constexpr Handle(
        MachineId machine, TorusId torus, PlaneId plane, CellIndex cell, std::uint32_t generation)
        : raw_{field(machine.number, machine_bits, machine_shift)
              | field(torus.number, torus_bits, torus_shift) | field(plane.number, plane_bits, plane_shift)
              | field(cell.number, cell_bits, cell_shift) | field(generation, generation_bits, 0)}
    {
    }

    static constexpr Handle from_raw(std::uint64_t raw) { return Handle{raw}; }
    constexpr std::uint64_t raw() const { return raw_; }

    constexpr MachineId machine() const { return {extract(machine_bits, machine_shift)}; }
    constexpr TorusId torus() const { return {extract(torus_bits, torus_shift)}; }
    constexpr PlaneId plane() const { return {extract(plane_bits, plane_shift)}; }
    constexpr CellIndex cell() const { return {extract(cell_bits, cell_shift)}; }
    constexpr std::uint32_t generation() const { return static_cast<std::uint32_t>(raw_) & max_generation; }

    constexpr bool is_null() const { return generation() == 0; }
    constexpr bool same_plane(Handle other) const { return ((raw_ ^ other.raw_) >> plane_shift) == 0; }
    friend constexpr auto operator<=>(Handle, Handle) = default;

private:
    constexpr explicit Handle(std::uint64_t raw)
        : raw_{raw}
    {
    }
    static constexpr std::uint64_t field(std::uint64_t value, unsigned bits, unsigned shift)
    {
        return (value & ((1ull << bits) - 1)) << shift;
    }
    constexpr std::uint16_t extract(unsigned bits, unsigned shift) const
    {
        return static_cast<std::uint16_t>((raw_ >> shift) & ((1ull << bits) - 1));
    }

    std::uint64_t raw_{0};
};

static_assert(sizeof(Handle) == 8);
static_assert(Handle{}.is_null());
static_assert(Handle{{8191}, {127}, {63}, {32767}, Handle::max_generation}.raw() == ~0ull);
static_assert(Handle{{5}, {3}, {2}, {1000}, 77}.machine() == MachineId{5});
static_assert(Handle{{5}, {3}, {2}, {1000}, 77}.torus() == TorusId{3});
static_assert(Handle{{5}, {3}, {2}, {1000}, 77}.plane() == PlaneId{2});
static_assert(Handle{{5}, {3}, {2}, {1000}, 77}.cell() == CellIndex{1000});
static_assert(Handle{{5}, {3}, {2}, {1000}, 77}.generation() == 77);

} // namespace torc
