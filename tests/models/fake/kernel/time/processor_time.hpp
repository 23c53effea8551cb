// SPDX-License-Identifier: MIT
#pragma once

namespace torc {
struct Torus;
inline void charge_idle(Torus&) { }
} // namespace torc
