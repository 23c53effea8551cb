// SPDX-License-Identifier: MIT
// What is to be said to one other torus about blocks of memory; a part of the Link to it. Merges with itself
// until there is room: one question and one answer at a time, and blocks that go home.
#pragma once
#include "kernel/tori/outbox.hpp"
#include <cstdint>

namespace torc {

struct BlockTraffic {
    static constexpr unsigned lent_limit = 2, returned_limit = 6;
    OutItem out{.hook = {}, .kind = OutKind::Blocks};
    std::uint8_t wanted{0}; // blocks; 0: this is no question
    bool answers{false};
    std::uint8_t lent_count{0}, returned_count{0};
    std::uint32_t lent[lent_limit]{}; // numbers of blocks
    std::uint32_t returned[returned_limit]{};
};

} // namespace torc
