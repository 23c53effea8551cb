// SPDX-License-Identifier: MIT
// What several of a process's texts show, gathered once.
#pragma once
#include "kernel/proc/proc_subject.hpp"
#include "kernel/signals/signal_types.hpp"
#include "substrate/sched_entity.hpp"
#include <cstdint>

namespace torc {

char state_letter(ProcSubject const& subject); // R S D T Z X
ResourceUse use_of(ProcSubject const& subject);
SchedParameters scheduling_of(ProcSubject const& subject);
int shown_priority(ProcSubject const& subject); // 20 + nice; real time: -1 - priority

struct SignalSets {
    SignalSet pending{0}, shared_pending{0}, blocked{0}, ignored{0}, caught{0};
};
SignalSets signal_sets(ProcSubject const& subject);

struct MemorySizes { // pages
    std::uint64_t code{0}, libraries{0}, data{0}, stack{0}, resident_file{0};
};
MemorySizes memory_sizes(Space& space);

} // namespace torc
