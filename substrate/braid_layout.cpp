// SPDX-License-Identifier: MIT
#include "substrate/braid_layout.hpp"

#include "substrate/invariant.hpp"

namespace torc {
namespace {

constexpr std::uint32_t longest_ring = 16;
constexpr std::size_t most_cores = 128;

// The steps to the neighbours along an axis, as residues: two steps that lead to the same torus are one.
class Steps {
public:
    explicit Steps(std::uint32_t side)
        : side_{side}
    {
        for (std::uint32_t const residue : {1 % side, (side - 1) % side, 2 % side, (side - 2 % side) % side})
            if (residue != 0 && find(residue) == no_slot)
                residues_[count_++] = residue;
    }
    std::uint8_t count() const { return count_; }
    std::uint32_t operator[](std::uint8_t step) const { return residues_[step]; }

    // The index of the step to the torus `distance` further on (or back).
    std::uint8_t find(std::int64_t distance) const
    {
        std::int64_t const side = side_;
        auto const residue = static_cast<std::uint32_t>((distance % side + side) % side);
        for (std::uint8_t step = 0; step < count_; ++step)
            if (residues_[step] == residue)
                return step;
        return no_slot;
    }

private:
    std::uint32_t side_;
    std::uint8_t count_{0};
    std::array<std::uint32_t, 4> residues_{};
};

void add_braids(Neighbourhood& hood, Steps const& steps, std::uint32_t side)
{
    std::uint8_t const base = hood.neighbours;
    auto const slot
        = [&](std::int32_t distance) { return static_cast<std::uint8_t>(base + steps.find(distance)); };
    struct Place {
        std::int32_t next, previous;
    };
    constexpr std::array<Place, 3> places{Place{1, 2}, Place{1, -1}, Place{-2, -1}};
    unsigned const different = side < 3 ? 0 : side == 3 ? 1 : 3;
    for (unsigned place = 0; place < different; ++place) {
        auto const [next, previous] = places[place];
        hood.seats[hood.braids++]
            = {slot(next), slot(previous), slot(previous - next), slot(next - previous)};
    }
}

void add_axis(Neighbourhood& hood, std::uint32_t position, std::uint32_t side, std::uint32_t stride)
{
    Steps const steps{side};
    std::uint32_t const place = position / stride % side;
    add_braids(hood, steps, side);
    std::uint8_t const base = hood.neighbours;
    for (std::uint8_t step = 0; step < steps.count(); ++step) {
        auto const there = static_cast<std::uint32_t>((std::uint64_t{place} + steps[step]) % side);
        hood.position[hood.neighbours] = position - place * stride + there * stride;
        std::int64_t const back = -std::int64_t{steps[step]};
        hood.slot_there[hood.neighbours++] = static_cast<std::uint8_t>(base + steps.find(back));
    }
}

} // namespace

Shape shape_for(std::uint32_t tori)
{
    Shape ring{{tori, 1, 1}};
    if (tori <= longest_ring)
        return ring;
    for (std::uint32_t short_side = tori; short_side >= 3; --short_side)
        if (std::uint64_t{short_side} * short_side <= tori && tori % short_side == 0)
            return {{tori / short_side, short_side, 1}};
    return ring;
}

// The k-th of a cluster of s cores is at (2k+1)/2s of the way round. Sorting by that place puts the clusters
// between one another like the teeth of gears; equal places go by core number.
void arrange(std::span<std::uint16_t const> cluster_of_core, std::span<std::uint16_t> positions)
{
    std::size_t const cores = cluster_of_core.size();
    invariant(cores <= most_cores && positions.size() >= cores);
    struct Place {
        std::uint32_t numerator, denominator;
        bool before(Place other) const
        {
            return numerator * other.denominator < other.numerator * denominator;
        }
    };
    std::array<Place, most_cores> places{};
    for (std::size_t core = 0; core < cores; ++core) {
        std::uint32_t size = 0, earlier = 0;
        for (std::size_t other = 0; other < cores; ++other)
            if (cluster_of_core[other] == cluster_of_core[core]) {
                ++size;
                earlier += other < core ? 1 : 0;
            }
        places[core] = {2 * earlier + 1, 2 * size};
    }
    for (std::size_t core = 0; core < cores; ++core) {
        std::uint16_t position = 0;
        for (std::size_t other = 0; other < cores; ++other)
            if (places[other].before(places[core]) || (other < core && !places[core].before(places[other])))
                ++position;
        positions[core] = position;
    }
}

Neighbourhood neighbourhood_of(Shape const& shape, std::uint32_t position)
{
    invariant(position < shape.count());
    Neighbourhood hood;
    std::uint32_t stride = 1;
    for (std::uint32_t const side : shape.sides) {
        add_axis(hood, position, side, stride);
        stride *= side;
    }
    return hood;
}

} // namespace torc
