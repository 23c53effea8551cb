// SPDX-License-Identifier: MIT
// What a torus keeps of limbs: of threads that it lends, and of others' that it runs. Torus-local.
#pragma once
#include "kernel/memory/space.hpp"
#include "kernel/process/process.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/tori/limb_rule.hpp"
#include "substrate/intrusive_list.hpp"
#include "substrate/pool.hpp"

namespace torc {

// The space of another torus, as its limbs here see it: its root under a number of ours.
struct Shadow {
    Process process; // what the run loop asks of a thread's
    Space* space{nullptr};
    Handle home; // the space itself
    std::uint32_t limbs{0};
    ListHook in_bucket;
};

struct Limb { // pool record
    Thread thread;
    Shadow* shadow{nullptr};
    LimbRoom* room{nullptr};
    Handle home; // the thread itself
    unsigned torus{0}; // its home
    std::uint32_t sequence{0}; // of the last Run
    bool out{false}; // we have the thread
    bool crowded{false}; // others wait for it to leave the core
    struct {
        std::uint64_t deadline, first_argument;
    } sleeps{}; // while it is Blocked
    ListHook in_bucket;
};

struct LimbRecords {
    static constexpr unsigned buckets = 64;
    Pool<Lending> lendings;
    Pool<Limb> limbs;
    Pool<Shadow> shadows;
    List<Limb, &Limb::in_bucket> limbs_by_home[buckets];
    List<Shadow, &Shadow::in_bucket> shadows_by_home[buckets];
    std::uint32_t last_sequence{0};
    WaitQueue backs; // of who waits until threads have been home
    LimbRule rule;
    Computing computing;
    std::uint32_t sent{0}; // threads, by the rules of the braid
    std::uint64_t let_in_round{0};
    std::uint8_t let_in{0}; // so many lent ones have passed before more urgent ones since that round
};

// NoMemory.
Result<void> start_limbs(Torus& torus, LimbRule const& rule);

} // namespace torc
