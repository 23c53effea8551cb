// SPDX-License-Identifier: MIT
// The lattice: a torus's table of kernel objects, one plane of 32 x 32 x 32 cells per type of object. A plane
// wraps around in every direction; its x = 0 face is the boundary, where that lives which others ask about.
// Everything here is torus-local and single-threaded; others hold handles and send events.
#pragma once
#include <array>
#include <memory>
#include <utility>

#include "substrate/cell_plane.hpp"

namespace torc {

inline constexpr std::uint32_t plane_edge = 32;

enum class Axis : std::uint8_t { x, y, z };

struct Coordinates {
    std::uint8_t x, y, z; // each below plane_edge
    friend constexpr bool operator==(Coordinates, Coordinates) = default;
};

constexpr Coordinates coordinates_of(CellIndex cell)
{
    return {static_cast<std::uint8_t>(cell.number % plane_edge),
        static_cast<std::uint8_t>(cell.number / plane_edge % plane_edge),
        static_cast<std::uint8_t>(cell.number / plane_edge / plane_edge % plane_edge)};
}

constexpr CellIndex cell_at(Coordinates at)
{
    return {static_cast<std::uint16_t>((at.z * plane_edge + at.y) * plane_edge + at.x)};
}

// `distance` cells along an axis, around the edge if need be.
constexpr CellIndex neighbour(CellIndex cell, Axis axis, int distance)
{
    auto const step = static_cast<std::uint32_t>(distance);
    auto const shift = static_cast<unsigned>(axis) * 5;
    std::uint32_t const mask = (plane_edge - 1) << shift;
    return {static_cast<std::uint16_t>((cell.number & ~mask) | ((cell.number + (step << shift)) & mask))};
}

constexpr bool on_boundary(CellIndex cell)
{
    return cell.number % plane_edge == 0;
}

static_assert(cell_at(coordinates_of({32767})) == CellIndex{32767});
static_assert(neighbour({0}, Axis::x, -1) == CellIndex{31} && neighbour({31}, Axis::x, 1) == CellIndex{0});
static_assert(neighbour({0}, Axis::z, -1) == cell_at({0, 0, 31})
    && neighbour(cell_at({3, 31, 7}), Axis::y, 2) == cell_at({3, 1, 7}));

// A plane of one type. Objects keep their address and handle for life.
template <typename T> class Plane final : public CellPlane {
public:
    static_assert(alignof(T) <= 64, "cells are as aligned as their size");
    static constexpr std::uint32_t bytes = static_cast<std::uint32_t>((sizeof(T) + 7) / 8 * 8);
    static_assert(bytes >= 16 && bytes <= 16384);

    constexpr Plane()
        : CellPlane{bytes}
    {
    }

    // What to reserve: all cells; memory is taken only as they fill.
    static constexpr std::size_t bytes_reserved() { return bytes_for(bytes); }

    // Once, before the first use. `prefix` tells machine, torus and plane; at most `limit` objects live at a
    // time.
    void open(Handle prefix, ReservedRange range, std::uint32_t limit)
    {
        CellPlane::open(prefix, range, limit);
    }

    // nullptr at the limit or when the backing fails; then nothing has changed.
    template <typename... Arguments> [[nodiscard]] T* create(Arguments&&... arguments)
    {
        void* const cell = allocate(bytes);
        if (cell == nullptr) [[unlikely]]
            return nullptr;
        return std::construct_at(static_cast<T*>(cell), std::forward<Arguments>(arguments)...);
    }

    void destroy(T* object)
    {
        std::destroy_at(object);
        CellPlane::free(object, bytes);
    }

    // The object, or nullptr when it is gone or lives elsewhere.
    T* find(Handle handle) const
    {
        std::uint32_t const cell = locate(handle);
        return cell < cells_per_plane ? object(cell) : nullptr;
    }

    // The live object in a cell, or nullptr.
    T* find(CellIndex cell) const
    {
        PlaneCursor cursor{cell.number};
        return next_live(cursor, 1) == cell.number ? object(cell.number) : nullptr;
    }

    Handle handle_of(T const* object) const { return CellPlane::handle_of(cell_of(object, bytes)); }
    CellIndex index_of(T const* object) const { return {static_cast<std::uint16_t>(cell_of(object, bytes))}; }

    // Walks the live objects; objects may come and go meanwhile. With a bound on the steps nullptr may only
    // mean "not yet": look at cursor.at_end().
    //     for (PlaneCursor cursor; T* object = plane.next(cursor);) ...
    T* next(PlaneCursor& cursor, std::uint32_t steps = cells_per_plane) const
    {
        std::uint32_t const cell = next_live(cursor, steps);
        return cell < cells_per_plane ? object(cell) : nullptr;
    }

private:
    T* object(std::uint32_t cell) const
    {
        return static_cast<T*>(static_cast<void*>(cells_ + std::size_t{cell} * bytes));
    }
};

// The planes of a torus by number, for whoever holds a handle and not the plane (accounting, checks,
// adoption).
class Lattice final {
public:
    static constexpr std::uint32_t planes = 1u << Handle::plane_bits;

    void add(CellPlane& plane) { planes_[plane.prefix().plane().number] = &plane; }
    CellPlane* plane(PlaneId id) const { return planes_[id.number % planes]; }
    bool is_live(Handle handle) const
    {
        CellPlane const* const found = plane(handle.plane());
        return found != nullptr && found->is_live(handle);
    }

private:
    std::array<CellPlane*, planes> planes_{};
};

} // namespace torc
