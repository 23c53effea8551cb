// SPDX-License-Identifier: MIT
#pragma once

namespace torc {
struct Torus;
struct PublicPages { };
inline bool log_lines_wait(PublicPages const&)
{
    return false;
}
void take_log_lines(Torus& torus);
void wake_rounds(Torus& torus);
} // namespace torc
