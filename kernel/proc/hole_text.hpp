// SPDX-License-Identifier: MIT
// Texts that another torus has made but for what it does not know (text_hole.hpp).
#pragma once
#include "kernel/format.hpp"

namespace torc {
struct AskPage;

// The answered text with its holes filled: what they ask for is of this torus.
void put_filled(FormatSink& out, AskPage const& page);

} // namespace torc
