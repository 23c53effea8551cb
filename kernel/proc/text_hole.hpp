// SPDX-License-Identifier: MIT
// What a torus leaves out of a text about a process of its own, because another one knows it: names of files,
// terminals. Whoever asked for the text fills it in.
#pragma once
#include "substrate/handle.hpp"
#include <cstdint>

namespace torc {

enum class HoleKind : std::uint8_t {
    Path, // of an open file, as maps shows it
    Device, // of its filesystem
    Terminal, // of the session `number`: device and foreground group
    Description, // of an open file: fdinfo; `number`: descriptor flags
};

struct TextHole {
    std::uint16_t at; // where in the text
    HoleKind kind;
    std::uint8_t spare;
    std::uint32_t number;
    Handle object;
};
static_assert(sizeof(TextHole) == 16);

struct TextHoles {
    static constexpr unsigned limit = 24, each_record = 4; // at most
    std::uint32_t count;
    TextHole list[limit];
};

} // namespace torc
