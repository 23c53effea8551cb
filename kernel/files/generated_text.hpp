// SPDX-License-Identifier: MIT
// What a reader of a generated file has in front of it: whole records that were made last. A pool record of
// one page, held by the open file from its first read on.
#pragma once
#include <cstddef>
#include <cstdint>

namespace torc {

struct GeneratedText {
    static constexpr std::size_t size = 4096 - 40;
    std::uint64_t start{0}; // file offset of text[0]
    std::uint64_t cursor{0}; // of the record that comes after the text
    std::uint64_t length{0};
    bool ended{false}; // no record follows
    char text[size];
    GeneratedText() { } // NOLINT: the text is written before it is read
};
static_assert(sizeof(GeneratedText) <= 4096);

} // namespace torc
