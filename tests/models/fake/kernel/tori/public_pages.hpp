// SPDX-License-Identifier: MIT
#pragma once

namespace torc {
struct Torus;
void take_log_lines(Torus& torus);
void wake_rounds(Torus& torus);
} // namespace torc
