// SPDX-License-Identifier: MIT
// What several of a process's texts show, gathered once.
#pragma once
#include "kernel/proc/proc_text.hpp"
#include "kernel/signals/signal_types.hpp"
#include "substrate/sched_entity.hpp"
#include <cstdint>

namespace torc {

std::int32_t parent_of(Process const& process); // its pid, wherever it is; 0: none
char state_letter(ProcText const& text); // R S D T Z X
ResourceUse use_of(ProcSubject const& subject);
SchedParameters scheduling_of(ProcSubject const& subject);
int shown_priority(ProcSubject const& subject); // 20 + nice; real time: -1 - priority

// " device foreground", as stat has them.
void put_terminal(FormatSink& out, Terminal const* terminal);

struct SignalSets {
    SignalSet pending{0}, shared_pending{0}, blocked{0}, ignored{0}, caught{0};
};
SignalSets signal_sets(ProcSubject const& subject);

struct MemorySizes { // pages
    std::uint64_t code{0}, libraries{0}, data{0}, stack{0}, resident_file{0};
};
MemorySizes memory_sizes(Space& space);

} // namespace torc
