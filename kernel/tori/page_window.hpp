// SPDX-License-Identifier: MIT
// How borrowed pages are named in an answer: runs of frames that lie one after the other, as they mostly do
// in a file that was written at once, within an aligned window of the file.
#pragma once
#include "kernel/address.hpp"
#include <cstdint>

namespace torc {

struct PageWindow {
    static constexpr unsigned pages = 32;
    static constexpr std::uint64_t start_of(std::uint64_t index) { return index & ~std::uint64_t{pages - 1}; }
};

struct PageRun { // in the low bits of the first frame's address
    Paddr first{};
    unsigned offset{0}; // in the window
    unsigned count{0}; // 0: no run

    constexpr std::uint64_t encode() const { return first.raw() | offset << 6 | count; }
    static constexpr PageRun decode(std::uint64_t word)
    {
        return {Paddr{word & ~(page_size - 1)}, static_cast<unsigned>(word >> 6 & 63),
            static_cast<unsigned>(word & 63)};
    }
};
static_assert(PageWindow::pages <= 63, "offset and count have six bits each");

} // namespace torc
