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
    void set_slice(std::uint64_t ticks) { scaled_slice_ = ticks << fraction_bits; }

    std::uint64_t slice_ticks() const { return scaled_slice_ >> fraction_bits; }

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
    // charge(), forfeit(), take() and put() in one: who goes on when the running one yields; nullptr: itself.
    SchedEntity* hand_over(SchedEntity& running, std::uint64_t ticks);
    // A yield: asks for a new slice, and gives up what it is owed beyond one (who yields early every time
    // would pile up a claim).
    void forfeit(SchedEntity& running);
    // A new weight for one that competes; the time owed stays the same.
    void reweigh(SchedEntity& entity, std::uint32_t weight);

    bool more_urgent(SchedEntity const& waiting, SchedEntity const& running) const;
    // How long the running one may go on while others wait; 0 once it has used up its slice.
    std::uint64_t ticks_left(SchedEntity const& running) const;

private:
    static constexpr unsigned fraction_bits = 20;
    static constexpr std::uint64_t longest_charge = 1ull
        << 42; // products stay within 63 bits: a day at 50 MHz
    static constexpr unsigned promotions_at_a_time = 8; // a bounded step; the rest follows at the next pick
    static constexpr std::uint64_t urgent_head_start = 1ull << 62;
    static constexpr unsigned urgent_share = 8; // an urgent one's first request is this part of a slice
    static constexpr unsigned shortest_share = 16;

    static std::int64_t difference(std::uint64_t a, std::uint64_t b)
    {
        return static_cast<std::int64_t>(a - b);
    }
    static SchedEntity& entity_of(OrderedNode* node) { return *static_cast<SchedEntity*>(node); }
    // `time` by weight.
    static std::uint64_t share(std::uint64_t time, SchedEntity const& entity)
    {
        __extension__ using Product = unsigned __int128;
        return static_cast<std::uint64_t>(Product{time} * entity.inverse_weight_ >> 64);
    }
    static std::int64_t virtual_time(std::uint64_t ticks, SchedEntity const& entity)
    {
        // More than a day without a charge, which is who was alone all the while, counts as the part of it
        // that products have bits for.
        return static_cast<std::int64_t>(share(ticks % longest_charge << fraction_bits, entity));
    }
    std::uint64_t virtual_slice(SchedEntity const& entity) const { return share(scaled_slice_, entity); }
    bool is_eligible(SchedEntity const& entity) const { return !precedes(base_, entity.virtual_runtime_); }
    static std::uint64_t order(SchedEntity const& entity)
    {
        return entity.urgent_ ? entity.virtual_deadline_ - urgent_head_start : entity.virtual_deadline_;
    }
    void settle();
    void advance(SchedEntity& entity, std::int64_t virtual_time);
    [[clang::preserve_most]] void admit(SchedEntity& entity);
    [[clang::preserve_most]] void promote();

    OrderedQueue eligible_; // by virtual deadline
    OrderedQueue waiting_; // by virtual runtime: the order in which they become eligible
    std::uint64_t base_{0};
    std::int64_t remainder_{0};
    std::uint64_t load_{0};
    std::uint64_t scaled_slice_{1};
};

// ---- what every wake-up and every switch runs

// Carries whole units of the remainder over to base_.
inline void FairQueue::settle()
{
    if (load_ == 0) {
        remainder_ = 0;
        return;
    }
    std::int64_t const whole = remainder_ / static_cast<std::int64_t>(load_);
    base_ += static_cast<std::uint64_t>(whole);
    remainder_ -= whole * static_cast<std::int64_t>(load_);
}

inline void FairQueue::join(SchedEntity& entity, Arrival how)
{
    std::uint64_t const slice = virtual_slice(entity);
    std::int64_t const ahead = difference(entity.virtual_runtime_, base_);
    std::int64_t offset = 0;
    if (how != Arrival::start && entity.lag_ > 0)
        offset = -(
            entity.lag_ < static_cast<std::int64_t>(slice) ? entity.lag_ : static_cast<std::int64_t>(slice));
    else if (how != Arrival::start && ahead > 0)
        offset = ahead < static_cast<std::int64_t>(slice) ? ahead : static_cast<std::int64_t>(slice);
    entity.urgent_ = how == Arrival::interrupt && offset <= 0;
    entity.virtual_runtime_ = base_ + static_cast<std::uint64_t>(offset);
    entity.virtual_deadline_ = entity.virtual_runtime_ + (entity.urgent_ ? slice / urgent_share : slice);
    load_ += entity.weight_;
    remainder_ += offset * static_cast<std::int64_t>(entity.weight_);
    settle();
}

inline void FairQueue::leave(SchedEntity& entity)
{
    load_ -= entity.weight_;
    remainder_ -= difference(entity.virtual_runtime_, base_) * static_cast<std::int64_t>(entity.weight_);
    settle();
    std::int64_t const owed = difference(base_, entity.virtual_runtime_);
    auto const most = static_cast<std::int64_t>(virtual_slice(entity));
    entity.lag_ = owed < most ? owed : most;
}

[[gnu::always_inline]] inline void FairQueue::put(SchedEntity& entity)
{
    entity.eligible_ = is_eligible(entity);
    if (entity.eligible_)
        eligible_.insert(entity, order(entity));
    else
        waiting_.insert(entity, entity.virtual_runtime_);
}

inline void FairQueue::remove(SchedEntity& entity)
{
    (entity.eligible_ ? eligible_ : waiting_).remove(entity);
}

[[gnu::always_inline]] inline SchedEntity* FairQueue::take(SchedEntity* yielder)
{
    if (!waiting_.empty() && is_eligible(entity_of(waiting_.first()))) {
        // The usual case with few threads: whoever has become eligible is the only one.
        if (eligible_.empty()) {
            OrderedNode* const alone = waiting_.pop_first();
            if (waiting_.empty() || !is_eligible(entity_of(waiting_.first())))
                return &entity_of(alone);
            admit(entity_of(alone));
        }
        promote();
    }
    if (!eligible_.empty())
        return &entity_of(eligible_.pop_first());
    if (waiting_.empty())
        return yielder;
    // Nobody queued is owed anything: the running one was. A yield still hands over among equals.
    if (yielder != nullptr && entity_of(waiting_.first()).weight_ < yielder->weight_)
        return yielder;
    return &entity_of(waiting_.pop_first());
}

// Moves a competing entity in virtual time, and the mean with it.
[[gnu::always_inline]] inline void FairQueue::advance(SchedEntity& entity, std::int64_t virtual_time)
{
    entity.virtual_runtime_ += static_cast<std::uint64_t>(virtual_time);
    remainder_ += virtual_time * static_cast<std::int64_t>(entity.weight_);
    settle();
}

[[gnu::always_inline]] inline SchedEntity* FairQueue::hand_over(SchedEntity& running, std::uint64_t ticks)
{
    __builtin_assume(load_ != 0); // it competes
    auto const slice = static_cast<std::int64_t>(virtual_slice(running));
    std::int64_t const used = virtual_time(ticks, running);
    std::int64_t const claim = difference(base_, running.virtual_runtime_) - slice; // beyond one slice
    advance(running, used > claim ? used : claim);
    running.urgent_ = false;
    std::uint64_t const deadline = running.virtual_runtime_ + static_cast<std::uint64_t>(slice);
    running.virtual_deadline_ = deadline;
    bool const eligible = is_eligible(running);
    SchedEntity* const next = take(&running);
    if (next == &running) [[unlikely]]
        return nullptr;
    if (eligible) {
        running.eligible_ = true;
        eligible_.insert(running, deadline);
    } else {
        running.eligible_ = false;
        waiting_.insert(running, running.virtual_runtime_);
    }
    return next;
}

} // namespace torc
