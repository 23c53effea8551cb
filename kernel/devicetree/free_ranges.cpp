// SPDX-License-Identifier: MIT
#include "kernel/devicetree/free_ranges.hpp"
#include <algorithm>

namespace torc::dt {

namespace {

// The last page of the address space is never used, so that an end always fits in 64 bits.
constexpr std::uint64_t last_end = ~std::uint64_t{page_size - 1};

std::uint64_t end_of(Region region)
{
    std::uint64_t start = region.base.raw();
    return region.size > last_end - std::min(start, last_end) ? last_end : start + region.size;
}

Region between(std::uint64_t start, std::uint64_t end)
{
    return {Paddr{start}, end - start};
}

std::uint64_t page_at_or_after(std::uint64_t address)
{
    return address >= last_end ? last_end : align_up(address, page_size);
}

} // namespace

Result<void> FreeRanges::add(Region region)
{
    std::uint64_t start = page_at_or_after(region.base.raw());
    std::uint64_t end = align_down(end_of(region), page_size);
    if (start >= end)
        return {};

    std::size_t first = 0; // the first range that touches [start, end) or lies behind it
    while (first < count_ && end_of(ranges_[first]) < start)
        first++;
    std::size_t behind = first;
    while (behind < count_ && ranges_[behind].base.raw() <= end) {
        start = std::min(start, ranges_[behind].base.raw());
        end = std::max(end, end_of(ranges_[behind]));
        behind++;
    }
    if (behind == first) {
        if (count_ == capacity)
            return unexpected{Status::NoSpace};
        insert(first, between(start, end));
        return {};
    }
    ranges_[first] = between(start, end);
    while (--behind > first)
        erase(behind);
    return {};
}

void FreeRanges::remove(Region region)
{
    if (region.size == 0)
        return;
    std::uint64_t start = align_down(region.base.raw(), page_size);
    std::uint64_t end = page_at_or_after(end_of(region));
    for (std::size_t i = 0; i < count_;) {
        std::uint64_t from = ranges_[i].base.raw();
        std::uint64_t to = end_of(ranges_[i]);
        if (to <= start || from >= end) {
            i++;
            continue;
        }
        Region below = between(from, std::max(from, start));
        Region above = between(std::min(to, end), to);
        if (below.size != 0 && above.size != 0 && count_ == capacity) {
            Region& smaller = below.size < above.size ? below : above;
            lost_ += smaller.size;
            smaller.size = 0;
        }
        erase(i);
        if (below.size != 0)
            insert(i++, below);
        if (above.size != 0)
            insert(i++, above);
    }
}

std::uint64_t FreeRanges::total() const
{
    std::uint64_t sum = 0;
    for (Region const& range : ranges())
        sum += range.size;
    return sum;
}

bool FreeRanges::contains(Region region) const
{
    return std::ranges::any_of(ranges(),
        [&](Region const& range) { return range.base <= region.base && end_of(region) <= end_of(range); });
}

bool FreeRanges::overlaps(Region region) const
{
    return std::ranges::any_of(ranges(), [&](Region const& range) {
        return range.base.raw() < end_of(region) && region.base.raw() < end_of(range);
    });
}

void FreeRanges::insert(std::size_t index, Region region)
{
    std::copy_backward(ranges_.begin() + index, ranges_.begin() + count_, ranges_.begin() + count_ + 1);
    ranges_[index] = region;
    count_++;
}

void FreeRanges::erase(std::size_t index)
{
    std::copy(ranges_.begin() + index + 1, ranges_.begin() + count_, ranges_.begin() + index);
    count_--;
}

} // namespace torc::dt
