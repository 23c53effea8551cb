// SPDX-License-Identifier: MIT
// How a thread has behaved lately, as the rounds of its torus find it once a millisecond
// (docs/scheduling.md): nothing is counted on the way of calls and switches for it.
#pragma once
#include "substrate/roles.hpp"
#include <cstdint>

namespace torc {

class Conduct final {
public:
    static constexpr std::uint8_t computes_after = 2; // rounds
    static constexpr std::uint32_t most_faults = 16; // between two of them

    static constexpr std::uint8_t samples_to_know = 32; // whether it is one of vectors
    static constexpr std::uint16_t many_vectors = 384, few_vectors = 128; // of 1024

    // A round has found it on the core. `computing`: in its program, and not on its way out of a call.
    // `waits` and `faults`: how often it has blocked and faulted so far; `vector`: at such an instruction.
    void found(bool computing, std::uint64_t waits, std::uint64_t faults, bool vector)
    {
        auto const waits_now = static_cast<std::uint32_t>(waits);
        auto const faults_now = static_cast<std::uint32_t>(faults);
        if (waits_now != waits_)
            rounds_ = 0;
        if (!computing || faults_now - faults_ > most_faults)
            rounds_ = 0;
        else if (rounds_ < 255)
            ++rounds_;
        waits_ = waits_now;
        faults_ = faults_now;
        sample(vector);
    }

    // Rounds, one after the other, that found it computing since it last waited for something.
    std::uint8_t rounds() const { return rounds_; }
    // 0..1024: of its samples of late those at a vector instruction.
    std::uint16_t vector_share() const { return vectors_; }
    bool is_known() const { return samples_ >= samples_to_know; }
    // What it wants while it computes.
    RoleVector const& wants() const { return of_vectors_ ? wants_simd : wants_compute; }

    Newcomer measured; // by the last look at how it waits

    // Another look at how it waits: `used` ticks and `waits` so far. False: it is too early to tell, or the
    // first one.
    bool looked_at(std::uint64_t now, std::uint64_t used, std::uint64_t waits, std::uint64_t ticks_per_second,
        Behaviour& since)
    {
        std::uint64_t const time = now - window_.began;
        if (window_.began != 0 && time < ticks_per_second / 8)
            return false;
        auto const waits_now = static_cast<std::uint32_t>(waits);
        since = behaviour(time, used - window_.used, waits_now - window_.waits, ticks_per_second);
        bool const told = window_.began != 0;
        window_ = {now, used, waits_now};
        return told;
    }
    // In `time` ticks, of which it used some.
    Behaviour behaviour(
        std::uint64_t time, std::uint64_t used, std::uint64_t waits, std::uint64_t ticks_per_second) const
    {
        std::uint64_t const us = time * 1'000'000 / ticks_per_second | 1;
        std::uint64_t const used_us = std::min(used * 1'000'000 / ticks_per_second, us);
        constexpr std::uint64_t most = ~0u;
        return {.burst_us
            = static_cast<std::uint32_t>(std::min(used_us / std::max<std::uint64_t>(waits, 1), most)),
            .wakeups_per_second = static_cast<std::uint32_t>(std::min(waits * 1'000'000 / us, most)),
            .core_share = static_cast<std::uint16_t>(used_us * 1024 / us),
            .simd_share = vectors_};
    }

    bool computes() const { return rounds_ >= computes_after; }
    // Whether it may go to another torus by itself.
    bool may_move(std::uint64_t now) const { return computes() && !stays(now); }
    bool stays(std::uint64_t now) const { return now < stays_until_; }
    // It has moved, or does not pay elsewhere: it stays where it is until then.
    void stay_until(std::uint64_t ticks)
    {
        stays_until_ = ticks;
        rounds_ = 0;
    }

private:
    void sample(bool vector)
    {
        samples_ += samples_ < samples_to_know; // until then each counts alike
        int const change = ((vector ? 1024 : 0) - vectors_) / samples_;
        vectors_ = static_cast<std::uint16_t>(vectors_ + change);
        if (!is_known())
            return;
        if (vectors_ >= many_vectors)
            of_vectors_ = true;
        else if (vectors_ <= few_vectors)
            of_vectors_ = false;
    }

    struct Window {
        std::uint64_t began{0}, used{0}; // ticks; 0: nobody has looked yet
        std::uint32_t waits{0};
    } window_;
    std::uint64_t stays_until_{0}; // ticks
    std::uint32_t waits_{0}, faults_{0}; // when a round last found it
    std::uint16_t vectors_{0}; // 0..1024
    std::uint8_t rounds_{0}, samples_{0};
    bool of_vectors_{false};
};

// Whether several threads of a torus compute, or one beside others that wait for a moment: those are ending,
// or about to execute a program, which goes elsewhere by itself.
class Computing final {
public:
    static constexpr std::uint64_t rounds_to_forget = 16;

    // A round has found this thread computing.
    void found(std::int32_t thread, std::uint64_t round)
    {
        if (thread != last_)
            previous_ = last_, previous_at_ = last_at_;
        last_ = thread;
        last_at_ = round;
    }
    // It has gone to another torus.
    void gone(std::int32_t thread)
    {
        if (thread == last_)
            last_ = previous_, last_at_ = previous_at_;
        previous_ = 0;
    }
    bool another(std::uint64_t round) const
    {
        return previous_ != 0 && round - previous_at_ <= rounds_to_forget;
    }

private:
    std::int32_t last_{0}, previous_{0}; // by tid; 0: nobody
    std::uint64_t last_at_{0}, previous_at_{0};
};

} // namespace torc
