// SPDX-License-Identifier: MIT
// The run queue of a torus: which thread runs next. Three classes, the more urgent first: deadline (earliest
// absolute deadline, within reservations), real time (SCHED_FIFO, SCHED_RR), fair (SCHED_OTHER, SCHED_BATCH,
// SCHED_IDLE). Torus-local; nothing looks across tori. Time is in ticks of the counter.
//
// At most one entity is current; it is in no tree or list, but it competes for its fair share. The kernel's
// side of the contract:
//     wake:        enqueue(woken, Arrival::wake), then reschedule when preempts_current(woken)
//     block, exit: charge(ticks run), dequeue(current), then pick()
//     preemption:  charge(ticks run), pick()                  the current one goes back and may win again
//     sched_yield: charge(ticks run), yield(), pick()
//     leaving the kernel: arm the timer for next_preemption(now), `never` when nobody waits: no periodic tick
//
// While there are reservations: reserve() before the first set_parameters() of the deadline class, arrive()
// before enqueue(), `now` with each charge, and replenish() at next_period_begins(). Who rests is not
// runnable.
#pragma once
#include <cstdint>

#include "substrate/deadline_queue.hpp"
#include "substrate/fair_queue.hpp"
#include "substrate/real_time_queue.hpp"
#include "substrate/timer_queue.hpp"

namespace torc {

class RunQueue final {
public:
    constexpr RunQueue() = default;
    // Once, before the first use: sets the fair slice (3 ms), the round-robin quantum (100 ms) and the least
    // that a reservation runs at a time (200 us).
    void open(std::uint64_t ticks_per_second);

    // Parameters of an entity in any state; a queued one takes its new place, the current one stays current
    // until the next pick. A real-time entity that is lowered goes to the head of its new list.
    void set_parameters(SchedEntity& entity, SchedParameters const& parameters);

    [[gnu::always_inline]] void enqueue(SchedEntity& entity, Arrival how)
    {
        if (alone_ != &entity || how != Arrival::wake || entity.state_ != SchedEntity::State::off) [[likely]]
            return join_others(entity, how);
        ++runnable_;
        entity.state_ = SchedEntity::State::queued;
    }
    // A queued entity or the current one is no longer runnable; then there is no current one.
    [[gnu::always_inline]] void dequeue(SchedEntity& entity)
    {
        if (runnable_ != 1 || &entity != current_ || entity.class_ != SchedClass::fair) [[likely]]
            return leave_others(entity);
        alone_ = &entity;
        runnable_ = 0;
        current_ = nullptr;
        yielding_ = false;
        entity.state_ = SchedEntity::State::off;
    }
    // The most urgent becomes the current one; nullptr when nothing is runnable. The one that was current
    // goes back first, at the head of its priority unless its quantum is used up.
    [[gnu::always_inline]] SchedEntity* pick()
    {
        if (alone_ == nullptr) [[likely]]
            return pick_among();
        if (lingers() || urgent_ != 0) [[unlikely]]
            return pick_after_solitude();
        current_ = alone_;
        alone_ = nullptr;
        current_->state_ = SchedEntity::State::running;
        current_->slice_over_ = false;
        yielding_ = false;
        return current_;
    }
    // Before the record of an entity that is not runnable goes.
    void forget(SchedEntity const& entity)
    {
        if (alone_ == &entity)
            end_solitude();
    }
    // Bills the current one for what it ran since the last charge; `now` is for who has a reservation.
    [[gnu::always_inline]] void charge(std::uint64_t ticks, std::uint64_t now = 0)
    {
        if (current_ == nullptr)
            return;
        if (current_->class_ == SchedClass::fair) [[likely]] {
            if (runnable_ > 1) // who is alone takes nothing from anybody
                fair_.charge(*current_, ticks);
        } else {
            charge_urgent(ticks, now);
        }
    }
    // The current one goes behind its equals at the next pick.
    void yield() { yielding_ = true; }
    // charge(), yield() and pick() in one for the current one, while can_hand_over(): all are fair. nullptr:
    // it runs on.
    bool can_hand_over() const { return urgent_ == 0; }
    [[gnu::always_inline]] SchedEntity* hand_over(SchedEntity& yielder, std::uint64_t ticks)
    {
        SchedEntity* const next = fair_.hand_over(yielder, ticks);
        if (next == nullptr) [[unlikely]]
            return nullptr;
        yielder.state_ = SchedEntity::State::queued;
        next->state_ = SchedEntity::State::running;
        next->slice_over_ = false;
        current_ = next;
        return next;
    }

    // Reservations. An entity in any state; false: not admitted, and nothing has changed.
    bool reserve(SchedEntity& entity, Reservation const& reservation, std::uint64_t now);
    bool has_reservations() const { return deadline_.reservations() != 0; }
    void arrive(SchedEntity& entity, std::uint64_t now) { deadline_.arrive(entity, now); }
    // Those whose next period has begun come back, a bounded number of them; whether any did.
    bool replenish(std::uint64_t now);
    std::uint64_t next_period_begins() const { return deadline_.next_period_begins(); }
    // The current one may run no longer than its budget, also if nobody waits.
    bool current_is_budgeted() const
    {
        return has_reservations() && current_ != nullptr && DeadlineQueue::is_budgeted(*current_);
    }
    DeadlineQueue const& deadlines() const { return deadline_; }

    SchedEntity* current() const { return current_; }
    std::uint32_t runnable() const { return runnable_; } // the current one included
    bool someone_waits() const { return runnable_ > (current_ != nullptr ? 1u : 0u); }
    std::uint64_t fair_load() const { return lingers() ? fair_.load() - alone_->weight_ : fair_.load(); }
    std::uint64_t quantum_ticks() const { return quantum_ticks_; }
    std::uint64_t slice_ticks() const { return fair_.slice_ticks(); }

    // Whether `waiting` should take the core from `running`.
    bool more_urgent(SchedEntity const& waiting, SchedEntity const& running) const;
    bool preempts_current(SchedEntity const& woken) const
    {
        return current_ == nullptr || more_urgent(woken, *current_);
    }
    // When the core must be given to somebody else (pick), `now` when that is due already, `never` if the
    // current one may run on. Charge first.
    std::uint64_t next_preemption(std::uint64_t now_ticks) const;
    // The real-time ones that wait, in order of urgency.
    SchedEntity* first_real_time() const { return real_time_.first(); }
    SchedEntity* real_time_behind(SchedEntity const& entity) const { return real_time_.behind(entity); }
    // A waiting real-time one, which is about to leave this torus, is what the next pick takes.
    void let_pass(SchedEntity& entity) { passes_ = &entity; }
    // Urgency of the most urgent one that waits: 0 nobody, 1 fair, 1 + priority real time, 101 deadline.
    std::uint32_t waiting_urgency() const;

private:
    bool lingers() const { return alone_ != nullptr && alone_->state_ == SchedEntity::State::off; }
    void join_others(SchedEntity& entity, Arrival how);
    void leave_others(SchedEntity& entity);
    SchedEntity* pick_among();
    SchedEntity* pick_after_solitude();
    [[clang::preserve_most]] void end_solitude();
    void charge_urgent(std::uint64_t ticks, std::uint64_t now);
    void put_urgent(SchedEntity& entity, RealTimeQueue::End end);
    void put(SchedEntity& entity, RealTimeQueue::End end);
    void leave_urgent(SchedEntity& entity);
    void remove_urgent(SchedEntity& entity);
    void remove(SchedEntity& entity);
    void put_back_current();
    SchedEntity* take_most_urgent(SchedEntity* yielder);
    SchedEntity* take_passing();
    void become(SchedEntity& entity, SchedParameters const& parameters);

    SchedEntity* current_{nullptr};
    // A fair one that was the only one to run, and has blocked (off), or is to run again (queued): it
    // competes as if it had never ceased to, and is in no tree, until somebody else comes. So who waits for
    // something again and again on an otherwise idle torus does not leave and join each time.
    SchedEntity* alone_{nullptr};
    SchedEntity* passes_{nullptr}; // waits, and is real-time
    bool yielding_{false};
    std::uint32_t runnable_{0};
    std::uint32_t urgent_{0}; // of them: not fair
    FairQueue fair_;
    DeadlineQueue deadline_;
    RealTimeQueue real_time_;
    std::uint64_t quantum_ticks_{1};
};

} // namespace torc
