// SPDX-License-Identifier: MIT
// What the run queue knows of a thread: its scheduling parameters and its place. A thread derives from it.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "substrate/ordered_queue.hpp"

namespace torc {

// Linux's numbers, because that is what users set.
enum class SchedPolicy : std::uint8_t {
    normal = 0,
    fifo = 1,
    round_robin = 2,
    batch = 3,
    idle = 5,
    deadline = 6
};

// In order of urgency.
enum class SchedClass : std::uint8_t { deadline, real_time, fair };

constexpr SchedClass class_of(SchedPolicy policy)
{
    if (policy == SchedPolicy::deadline)
        return SchedClass::deadline;
    bool const real_time = policy == SchedPolicy::fifo || policy == SchedPolicy::round_robin;
    return real_time ? SchedClass::real_time : SchedClass::fair;
}

inline constexpr int lowest_nice = -20, highest_nice = 19;
inline constexpr std::uint8_t lowest_priority = 1, highest_priority = 99;

struct SchedParameters {
    SchedPolicy policy{SchedPolicy::normal};
    std::uint8_t priority{0}; // real time: 1..99, higher is more urgent
    std::int8_t nice{0}; // fair: -20..19
    // Deadline class: the absolute deadline that it inherits from somebody who waits for it. 0: it has a
    // reservation of its own.
    std::uint64_t deadline_ticks{0};
    friend constexpr bool operator==(SchedParameters const&, SchedParameters const&) = default;
};

// Deadline class: `runtime` ticks in each `period`, given before `deadline` has passed since its beginning.
struct Reservation {
    std::uint64_t runtime{0}, deadline{0}, period{0};
};

inline constexpr std::uint32_t idle_weight = 3;

// A step of nice is a factor of 1.25 of CPU time: weight = 1024 / 1.25^nice, rounded.
constexpr std::array<std::uint32_t, 40> make_nice_weights()
{
    std::array<std::uint32_t, 40> weights{};
    std::uint64_t numerator = 1024, denominator = 1;
    for (int nice = 0; nice >= lowest_nice; --nice) { // times 5/4; 5^20 * 1024 fits
        weights[static_cast<std::size_t>(nice - lowest_nice)]
            = static_cast<std::uint32_t>((numerator + denominator / 2) / denominator);
        numerator *= 5;
        denominator *= 4;
    }
    numerator = 1024, denominator = 1;
    for (int nice = 0; nice <= highest_nice; ++nice) { // times 4/5; 4^19 * 1024 fits
        weights[static_cast<std::size_t>(nice - lowest_nice)]
            = static_cast<std::uint32_t>((numerator + denominator / 2) / denominator);
        numerator *= 4;
        denominator *= 5;
    }
    return weights;
}
inline constexpr auto nice_weights = make_nice_weights();
static_assert(nice_weights[20] == 1024 && nice_weights[39] == 15 && nice_weights[21] == 819
    && nice_weights[19] == 1280);

constexpr std::uint32_t weight_of(SchedParameters const& parameters)
{
    if (parameters.policy == SchedPolicy::idle)
        return idle_weight;
    return nice_weights[static_cast<std::size_t>(parameters.nice - lowest_nice)];
}

// 2^64 / weight: a multiplication takes the place of the division that every charge would make.
constexpr std::uint64_t inverse_of(std::uint32_t weight)
{
    return ~0ull / weight + 1;
}

// The node serves the tree of the entity's class (deadline and fair), the fifo pointers its real-time list.
class SchedEntity : public OrderedNode {
public:
    SchedParameters const& parameters() const { return parameters_; }
    SchedClass sched_class() const { return class_; }
    std::uint32_t weight() const { return weight_; }
    Reservation const& reservation() const { return reservation_; }
    // Of its reservation: the absolute deadline of its job, what it may still use of it, how often a job was
    // unfinished at its deadline, and how often one had used up its budget.
    std::uint64_t job_deadline() const { return deadline_; }
    std::int64_t job_budget() const { return budget_; }
    std::uint64_t misses() const { return misses_; }
    std::uint64_t overruns() const { return overruns_; }
    // Whether it has overrun since that was last asked.
    bool take_overrun()
    {
        bool const was = overran_;
        overran_ = false;
        return was;
    }
    bool is_runnable() const { return state_ != State::off; } // or rests
    bool rests() const { return state_ == State::resting; }
    bool is_running() const { return state_ == State::running; }

private:
    friend class RunQueue;
    friend class FairQueue;
    friend class RealTimeQueue;
    friend class DeadlineQueue;
    enum class State : std::uint8_t { off, queued, running, resting };

    SchedEntity* fifo_next_{nullptr}; // real time: neighbours in the list of its priority
    SchedEntity* fifo_previous_{nullptr};
    SchedParameters parameters_;
    State state_{State::off};
    SchedClass class_{SchedClass::fair};
    bool eligible_{false}; // fair and queued: in the tree of eligible ones
    bool urgent_{false}; // fair: answers an interrupt, goes before other eligible ones
    bool slice_over_{false}; // fair and running: it has used up what it asked for since it was picked
    std::uint32_t weight_{1024};
    std::uint64_t inverse_weight_{inverse_of(1024)};
    std::uint64_t virtual_runtime_{0};
    std::uint64_t virtual_deadline_{0};
    std::int64_t lag_{0}; // fair and off: virtual time it was owed when it left, if any
    std::uint64_t quantum_left_{0}; // round robin

    Reservation reservation_; // it is admitted with this; also while it inherits another urgency
    std::uint64_t deadline_{0}; // of its job
    std::int64_t budget_{0}; // negative: used beforehand
    bool resting_{false}; // has no budget until its next period
    bool unfinished_{false}; // ... and would have gone on
    bool late_{false}; // its job was counted among the misses
    bool overran_{false};
    std::uint64_t misses_{0}, overruns_{0};
};

} // namespace torc
