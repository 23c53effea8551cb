// SPDX-License-Identifier: MIT
// How a thread has behaved lately, as the rounds of its torus find it once a millisecond
// (docs/scheduling.md): nothing is counted on the way of calls and switches for it.
#pragma once
#include <cstdint>

namespace torc {

class Conduct final {
public:
    static constexpr std::uint8_t computes_after = 2; // rounds
    static constexpr std::uint32_t most_faults = 16; // between two of them

    // A round has found it on the core. `computing`: in its program, and not on its way out of a call.
    // `waits` and `faults`: how often it has blocked and faulted so far; `vectors`: it has used NEON since.
    void found(bool computing, std::uint64_t waits, std::uint64_t faults, bool vectors)
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
        vectors_ = static_cast<std::uint8_t>(vectors_ - vectors_ / 8 + (vectors ? 31 : 0));
    }

    // Rounds, one after the other, that found it computing since it last waited for something.
    std::uint8_t rounds() const { return rounds_; }
    // 0..1024: of the last rounds those in which it used NEON.
    std::uint16_t vector_share() const { return static_cast<std::uint16_t>(vectors_ * 1024u / 248u); }

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
    std::uint64_t stays_until_{0}; // ticks
    std::uint32_t waits_{0}, faults_{0}; // when a round last found it
    std::uint8_t rounds_{0};
    std::uint8_t vectors_{0}; // 0..248
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
