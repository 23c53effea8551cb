// SPDX-License-Identifier: MIT
#include "substrate/run_queue.hpp"

namespace torc {

using End = RealTimeQueue::End;

void RunQueue::open(std::uint64_t ticks_per_second)
{
    fair_.set_slice(ticks_per_second * 3 / 1000 + 1);
    quantum_ticks_ = ticks_per_second / 10 + 1;
    deadline_.set_shortest_run(ticks_per_second / 5000 + 1);
}

[[gnu::always_inline]] inline void RunQueue::put(SchedEntity& entity, End end)
{
    entity.state_ = SchedEntity::State::queued;
    if (entity.class_ == SchedClass::fair) [[likely]]
        fair_.put(entity);
    else
        put_urgent(entity, end);
}

[[gnu::noinline]] void RunQueue::put_urgent(SchedEntity& entity, End end)
{
    if (entity.class_ == SchedClass::real_time)
        return real_time_.put(entity, end);
    if (!DeadlineQueue::must_rest(entity))
        return deadline_.put(entity);
    entity.state_ = SchedEntity::State::resting;
    --runnable_;
    --urgent_;
    deadline_.put_to_rest(entity);
}

[[gnu::noinline]] void RunQueue::remove_urgent(SchedEntity& entity)
{
    if (entity.class_ == SchedClass::real_time)
        return real_time_.remove(entity);
    if (entity.state_ == SchedEntity::State::queued)
        return deadline_.remove(entity);
    deadline_.end_rest(entity);
    ++runnable_; // as if it were queued
    ++urgent_;
}

void RunQueue::remove(SchedEntity& entity)
{
    if (entity.class_ == SchedClass::fair) [[likely]]
        fair_.remove(entity);
    else
        remove_urgent(entity);
}

// Somebody else comes, or it is to be changed: it takes its place like any other.
[[gnu::noinline, clang::preserve_most]] void RunQueue::end_solitude()
{
    SchedEntity& entity = *alone_;
    alone_ = nullptr;
    if (entity.state_ == SchedEntity::State::off)
        fair_.leave(entity);
    else
        put(entity, End::tail);
}

[[gnu::noinline]] void RunQueue::join_others(SchedEntity& entity, Arrival how)
{
    invariant(entity.state_ == SchedEntity::State::off);
    if (alone_ != nullptr) [[unlikely]]
        end_solitude();
    ++runnable_;
    if (entity.class_ == SchedClass::fair) [[likely]]
        fair_.join(entity, how);
    else
        ++urgent_;
    put(entity, End::tail);
}

[[gnu::noinline]] void RunQueue::leave_urgent(SchedEntity& entity)
{
    --urgent_;
    if (passes_ == &entity)
        passes_ = nullptr;
    if (entity.class_ == SchedClass::deadline)
        deadline_.leave(entity);
}

[[gnu::noinline]] void RunQueue::leave_others(SchedEntity& entity)
{
    invariant(entity.state_ != SchedEntity::State::off);
    --runnable_;
    if (&entity == current_) {
        current_ = nullptr;
        yielding_ = false;
    } else {
        forget(entity);
        remove(entity);
    }
    if (entity.class_ == SchedClass::fair) [[likely]]
        fair_.leave(entity);
    else
        leave_urgent(entity);
    entity.state_ = SchedEntity::State::off;
}

// A real-time entity keeps its turn when it was preempted, and loses it with its quantum or by yielding.
void RunQueue::put_back_current()
{
    SchedEntity& entity = *current_;
    if (yielding_ && entity.class_ == SchedClass::deadline)
        deadline_.yield(entity);
    End end = yielding_ ? End::tail : End::head;
    if (entity.parameters_.policy == SchedPolicy::round_robin && entity.quantum_left_ == 0) {
        entity.quantum_left_ = quantum_ticks_;
        end = End::tail;
    }
    current_ = nullptr;
    put(entity, end);
}

[[gnu::always_inline]] inline SchedEntity* RunQueue::take_most_urgent(SchedEntity* yielder)
{
    if (urgent_ == 0) [[likely]]
        return fair_.take(yielder);
    if (passes_ != nullptr) [[unlikely]]
        return take_passing();
    if (!deadline_.empty())
        return deadline_.take();
    return real_time_.empty() ? fair_.take(yielder) : &real_time_.take();
}

[[gnu::noinline]] SchedEntity* RunQueue::take_passing()
{
    SchedEntity& entity = *passes_;
    passes_ = nullptr;
    real_time_.remove(entity);
    return &entity;
}

[[gnu::noinline]] SchedEntity* RunQueue::pick_after_solitude()
{
    if (!lingers())
        end_solitude();
    return pick_among();
}

SchedEntity* RunQueue::pick_among()
{
    SchedEntity* yielder = nullptr;
    if (current_ != nullptr) {
        if (yielding_ && current_->class_ == SchedClass::fair) {
            yielder = current_;
            fair_.forfeit(*yielder);
            current_ = nullptr;
        } else {
            put_back_current();
        }
    }
    yielding_ = false;
    SchedEntity* const next = take_most_urgent(yielder);
    if (yielder != nullptr && next != yielder)
        put(*yielder, End::tail);
    if (next != nullptr) {
        next->state_ = SchedEntity::State::running;
        next->slice_over_ = false;
    }
    current_ = next;
    return next;
}

[[gnu::noinline]] void RunQueue::charge_urgent(std::uint64_t ticks, std::uint64_t now)
{
    SchedEntity& entity = *current_;
    if (entity.class_ == SchedClass::deadline)
        deadline_.charge(entity, ticks, now);
    else if (entity.parameters_.policy == SchedPolicy::round_robin)
        entity.quantum_left_ -= ticks < entity.quantum_left_ ? ticks : entity.quantum_left_;
}

bool RunQueue::reserve(SchedEntity& entity, Reservation const& reservation, std::uint64_t now)
{
    forget(entity);
    bool const waits
        = entity.state_ == SchedEntity::State::queued || entity.state_ == SchedEntity::State::resting;
    if (waits)
        remove(entity);
    bool const done = deadline_.reserve(entity, reservation, now);
    if (waits)
        put(entity, End::tail);
    return done;
}

bool RunQueue::replenish(std::uint64_t now)
{
    constexpr unsigned at_a_time = 8;
    unsigned renewed = 0;
    while (renewed < at_a_time) {
        SchedEntity* const entity = deadline_.take_rested(now);
        if (entity == nullptr)
            break;
        ++renewed;
        ++runnable_;
        ++urgent_;
        put(*entity, End::tail);
    }
    return renewed != 0;
}

bool RunQueue::more_urgent(SchedEntity const& waiting, SchedEntity const& running) const
{
    if (waiting.class_ != running.class_)
        return waiting.class_ < running.class_;
    switch (waiting.class_) {
    case SchedClass::deadline:
        return precedes(DeadlineQueue::deadline(waiting), DeadlineQueue::deadline(running));
    case SchedClass::real_time:
        return waiting.parameters_.priority > running.parameters_.priority;
    case SchedClass::fair:
        break;
    }
    return fair_.more_urgent(waiting, running);
}

std::uint64_t RunQueue::next_preemption(std::uint64_t now_ticks) const
{
    if (current_ == nullptr)
        return never;
    switch (current_->class_) {
    case SchedClass::deadline:
        if (!DeadlineQueue::is_budgeted(*current_))
            return never;
        if (DeadlineQueue::must_rest(*current_))
            return now_ticks;
        return now_ticks + deadline_.ticks_left(*current_);
    case SchedClass::real_time:
        if (current_->parameters_.policy == SchedPolicy::fifo
            || !real_time_.has(current_->parameters_.priority))
            return never;
        return now_ticks + current_->quantum_left_;
    case SchedClass::fair:
        break;
    }
    return fair_.empty() ? never : now_ticks + fair_.ticks_left(*current_);
}

std::uint32_t RunQueue::waiting_urgency() const
{
    if (!deadline_.empty())
        return highest_priority + 2;
    if (std::uint8_t const priority = real_time_.highest(); priority != 0)
        return priority + 1u;
    return fair_.empty() && (alone_ == nullptr || lingers()) ? 0 : 1;
}

void RunQueue::set_parameters(SchedEntity& entity, SchedParameters const& parameters)
{
    forget(entity);
    if (passes_ == &entity)
        passes_ = nullptr;
    bool const fair_before = entity.class_ == SchedClass::fair;
    bool const lowered
        = entity.class_ == SchedClass::real_time && parameters.priority < entity.parameters_.priority;
    bool const waits
        = entity.state_ == SchedEntity::State::queued || entity.state_ == SchedEntity::State::resting;
    if (waits)
        remove(entity);
    if (entity.state_ != SchedEntity::State::off && fair_before
        && class_of(parameters.policy) == SchedClass::fair)
        fair_.reweigh(entity, weight_of(parameters));
    else if (entity.state_ != SchedEntity::State::off && fair_before)
        fair_.leave(entity);
    if (entity.state_ != SchedEntity::State::off)
        urgent_ += static_cast<unsigned>(fair_before) - (class_of(parameters.policy) == SchedClass::fair);
    become(entity, parameters);
    if (entity.state_ != SchedEntity::State::off && !fair_before && entity.class_ == SchedClass::fair)
        fair_.join(entity, Arrival::moved);
    if (waits)
        put(entity, lowered ? End::head : End::tail);
}

void RunQueue::become(SchedEntity& entity, SchedParameters const& parameters)
{
    entity.parameters_ = parameters;
    entity.class_ = class_of(parameters.policy);
    entity.weight_ = weight_of(parameters);
    entity.inverse_weight_ = inverse_of(entity.weight_);
    entity.quantum_left_ = quantum_ticks_;
    entity.urgent_ = false;
}

} // namespace torc
