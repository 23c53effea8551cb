// SPDX-License-Identifier: MIT
// A set of physical pages as a short list of ranges: sorted, whole pages, apart from one another. Boot adds
// what the tree calls memory and takes away what is in use.
#pragma once
#include "kernel/devicetree/tree.hpp"

namespace torc::dt {

class FreeRanges final {
public:
    static constexpr std::size_t capacity = 128;

    // The whole pages inside `region`; merges with what it touches. NoSpace: the list is full, nothing
    // changed.
    Result<void> add(Region region);
    // Every page that `region` touches. When a split would overflow the list, the smaller part is given up as
    // well: better to lose memory than to hand out what is in use. lost() counts it.
    void remove(Region region);
    void remove_from(Paddr limit) { remove({limit, ~std::uint64_t{0} - limit.raw()}); }

    std::span<Region const> ranges() const { return std::span{ranges_}.first(count_); }
    std::uint64_t total() const;
    std::uint64_t lost() const { return lost_; }
    bool contains(Region region) const;
    bool overlaps(Region region) const;

private:
    void insert(std::size_t index, Region region);
    void erase(std::size_t index);

    std::array<Region, capacity> ranges_{};
    std::size_t count_{0};
    std::uint64_t lost_{0};
};

} // namespace torc::dt
