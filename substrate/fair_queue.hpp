// SPDX-License-Identifier: MIT
// Fair sharing by earliest eligible virtual deadline first (Stoica and Abdel-Wahab's EEVDF).
//
// Each entity has a virtual runtime v that advances by ticks / weight while it runs. V is the weighted mean
// of all competing v: where everybody would be under perfectly even sharing. An entity with v <= V is owed
// time, it is eligible. Each asks for one slice at a time, and its virtual deadline is where v will be when
// the slice is used up. The eligible one with the earliest deadline runs, so nobody falls behind by more than
// a slice.
//
// An entity that stops competing while owed takes at most one slice of that claim along; a debt is remembered
// as its absolute v, which V overtakes while it sleeps. One woken by an interrupt and eligible goes before
// the others for a short first request: latency for those who use less than their share, paid for by
// themselves.
//
// V is kept as base_ + remainder_ / load_, with 0 <= |remainder_| < load_ after each step; virtual time is in
// 2^-20 ticks of weight 1, wraps, and is compared by difference.
#pragma once
#include <cstdint>

#include "substrate/sched_entity.hpp"

namespace torc {

enum class Arrival : std::uint8_t {
    start, // new
    wake, // another thread's call woke it
    interrupt, // an interrupt or a timer woke it
    moved // it was runnable all the time, under another priority or on another torus
};

class FairQueue final {
public:
    // The slice is the least time that an entity may keep the core while others wait.
    void set_slice(std::uint64_t ticks) { slice_ticks_ = ticks; }

    bool empty() const { return eligible_.empty() && waiting_.empty(); }
    // Of all who compete, the running one included.
    std::uint64_t load() const { return load_; }

    // Begins and ends to compete, whether running or queued.
    void join(SchedEntity& entity, Arrival how);
    void leave(SchedEntity& entity);

    // Into and out of the trees.
    void put(SchedEntity& entity);
    void remove(SchedEntity& entity);

    // The next one to run, taken out; nullptr when empty. With `yielder` given, that one is not in the trees
    // and is the answer only when nobody is worth handing over to.
    SchedEntity* take(SchedEntity* yielder);

    void charge(SchedEntity& running, std::uint64_t ticks);
    // Gives up what it is owed.
    void forfeit(SchedEntity& running);
    // A new weight for one that competes; the time owed stays the same.
    void reweigh(SchedEntity& entity, std::uint32_t weight);

    bool more_urgent(SchedEntity const& waiting, SchedEntity const& running) const;
    // How long the running one may go on while others wait.
    std::uint64_t ticks_left(SchedEntity const& running) const;

private:
    std::uint64_t virtual_ticks(std::uint64_t ticks, std::uint32_t weight) const;
    std::uint64_t virtual_slice(SchedEntity const& entity) const;
    bool is_eligible(SchedEntity const& entity) const { return !precedes(base_, entity.virtual_runtime_); }
    static std::uint64_t order(SchedEntity const& entity);
    void settle();
    void advance(SchedEntity& entity, std::int64_t virtual_time);
    void promote();

    OrderedQueue eligible_; // by virtual deadline
    OrderedQueue waiting_; // by virtual runtime: the order in which they become eligible
    std::uint64_t base_{0};
    std::int64_t remainder_{0};
    std::uint64_t load_{0};
    std::uint64_t slice_ticks_{1};
};

} // namespace torc
