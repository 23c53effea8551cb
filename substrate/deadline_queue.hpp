// SPDX-License-Identifier: MIT
// SCHED_DEADLINE: earliest deadline first, each one held to its reservation by a constant-bandwidth server
// (Abeni and Buttazzo). A job may use `runtime` before its deadline; who has used that up rests until its
// next period begins, so that nobody else's deadline pays for it. All times are ticks of the counter and may
// wrap.
//
//     arrives (wakes)    goes on with its job if what is left of it fits before its deadline, else begins one
//     uses up its budget   an overrun: rests until the next period, and has one more deadline then
//     yields               gives the rest of its budget away: rests until the next period
//     is past its deadline with its job unfinished    missed: counted once a job
//
// One that inherits the urgency of a waiter (SchedParameters::deadline_ticks is set) has that deadline, and
// no budget.
#pragma once
#include <cstdint>

#include "substrate/sched_entity.hpp"

namespace torc {

class DeadlineQueue final {
public:
    // Of the core's time, what may be reserved (Linux's sched_rt_runtime_us of sched_rt_period_us).
    static constexpr unsigned share_bits = 20;
    static constexpr std::uint64_t most_reserved = (950'000ull << share_bits) / 1'000'000;

    // Reserves for an entity that is not in a queue, or changes or gives back (an empty reservation) what it
    // has. False: there is not so much left, and nothing has changed. Its first job begins now.
    bool reserve(SchedEntity& entity, Reservation const& reservation, std::uint64_t now);
    std::uint64_t reserved() const { return reserved_; }
    std::uint32_t reservations() const { return reservations_; }

    // Smaller reservations run for so long at a time, or they might never get out of the kernel; what they
    // use beforehand they pay for with rest.
    void set_shortest_run(std::uint64_t ticks) { shortest_run_ = static_cast<std::int64_t>(ticks); }

    // It becomes runnable, and waits for something else.
    void arrive(SchedEntity& entity, std::uint64_t now);
    // The running one has run; afterwards it may have to rest.
    void charge(SchedEntity& entity, std::uint64_t ticks, std::uint64_t now);
    void leave(SchedEntity& entity);
    void yield(SchedEntity& entity);
    // How long the running one may go on.
    std::uint64_t ticks_left(SchedEntity const& entity) const
    {
        std::int64_t const left = entity.budget_ + credit(entity);
        return left > 0 ? static_cast<std::uint64_t>(left) : 0;
    }
    static bool must_rest(SchedEntity const& entity) { return entity.resting_ && is_budgeted(entity); }
    static bool is_budgeted(SchedEntity const& entity)
    {
        return entity.class_ == SchedClass::deadline && entity.parameters_.deadline_ticks == 0
            && entity.reservation_.runtime != 0;
    }
    static std::uint64_t deadline(SchedEntity const& entity)
    {
        return is_budgeted(entity) ? entity.deadline_ : entity.parameters_.deadline_ticks;
    }

    bool empty() const { return ready_.empty(); }
    void put(SchedEntity& entity) { ready_.insert(entity, deadline(entity)); }
    void remove(SchedEntity& entity) { ready_.remove(entity); }
    SchedEntity* take() { return static_cast<SchedEntity*>(ready_.pop_first()); }

    void put_to_rest(SchedEntity& entity) { resting_.insert(entity, next_period(entity)); }
    void end_rest(SchedEntity& entity) { resting_.remove(entity); }
    // One whose next period has begun, with a new budget, out of all queues; nullptr: nobody.
    SchedEntity* take_rested(std::uint64_t now);
    // When the next of them will be due; `never`.
    std::uint64_t next_period_begins() const;

    std::uint64_t misses() const { return misses_; }
    std::uint64_t overruns() const { return overruns_; }

private:
    static std::uint64_t next_period(SchedEntity const& entity)
    {
        return entity.deadline_ - entity.reservation_.deadline + entity.reservation_.period;
    }
    std::int64_t credit(SchedEntity const& entity) const
    {
        return static_cast<std::int64_t>(entity.reservation_.runtime) < shortest_run_ ? shortest_run_ : 0;
    }
    void begin_job(SchedEntity& entity, std::uint64_t now);
    void renew(SchedEntity& entity, std::uint64_t now);
    void count_miss(SchedEntity& entity);

    OrderedQueue ready_; // by deadline
    OrderedQueue resting_; // by the beginning of their next period
    std::uint64_t reserved_{0}; // sum of runtime / period, in 2^-20
    std::uint32_t reservations_{0};
    std::uint64_t misses_{0}, overruns_{0};
    std::int64_t shortest_run_{0};
};

} // namespace torc
