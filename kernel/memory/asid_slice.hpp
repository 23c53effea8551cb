// SPDX-License-Identifier: MIT
// The address-space identifiers a torus may use: a static slice. They are lent in order and never taken back
// one by one; when the slice is used up a new generation begins, and what walkers know of the old one is
// invalidated before any number is lent again.
#pragma once
#include "arch/page_table.hpp"
#include <cstdint>

namespace torc {

class AsidSlice {
public:
    // [first, first + count); 0 belongs to the empty table.
    void open(std::uint16_t first, std::uint32_t count)
    {
        first_ = first;
        count_ = count;
    }
    // One number that is never lent: visitors' (kernel/tori/visitors.hpp). Before the first is lent.
    std::uint16_t set_one_aside()
    {
        --count_;
        return static_cast<std::uint16_t>(first_ + count_);
    }
    // The table has a number of this generation afterwards.
    void lend(arch::PageTable& table)
    {
        if (table.asid_generation != generation_) [[unlikely]]
            lend_new(table);
    }

private:
    [[gnu::noinline, clang::preserve_most]] void lend_new(arch::PageTable& table)
    {
        if (next_ == count_) {
            next_ = 0;
            ++generation_;
            arch::invalidate_everything();
        }
        table.set_asid(static_cast<std::uint16_t>(first_ + next_++));
        table.asid_generation = generation_;
    }
    std::uint16_t first_{1};
    std::uint32_t count_{255}, next_{0};
    std::uint64_t generation_{1};
};

} // namespace torc
