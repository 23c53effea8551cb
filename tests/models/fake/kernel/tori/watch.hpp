// SPDX-License-Identifier: MIT
#pragma once

namespace torc {
struct Event;
struct OutItem;
struct Torus;
void make_watch_call(Torus& torus, OutItem& item, Event& call, Event& rest);
} // namespace torc
