// SPDX-License-Identifier: MIT
// A process group of another torus's number that is to come to a terminal's foreground here: whether there is
// one, and of which session, knows the torus of its number. It answers in passing, so that a visitor may wait
// for it, too.
#pragma once
#include "kernel/linux/outcome.hpp"
#include "kernel/process/wait_queue.hpp"
#include <cstdint>

namespace torc {
struct Event;
struct Thread;
struct Torus;

// What this torus has asked; one question at a time. Torus-local.
struct GroupQuestion {
    enum class State : std::uint8_t { None, Asked, Answered };
    State state{State::None};
    std::int32_t group{0};
    std::int32_t session{0}; // the answer; 0: there is no such group
    std::uint32_t sequence{0};
    Thread const* asker{nullptr}; // only compared
    WaitQueue askers; // and who wants to ask next
};

// Finished: `session` is that of the group, or 0. Else the thread waits, and asks again.
Outcome find_far_group(Thread& asker, std::int32_t group, std::int32_t& session);
// The answer to a request; others are left alone.
void group_answered(Torus& torus, Event const& event);

// The torus of the number: the group's session, or 0.
std::int32_t session_of_group(std::int32_t group);

} // namespace torc
