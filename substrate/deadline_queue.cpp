// SPDX-License-Identifier: MIT
#include "substrate/deadline_queue.hpp"

#include "substrate/timer_queue.hpp"

namespace torc {
namespace {

std::uint64_t share_of(Reservation const& reservation)
{
    if (reservation.period == 0)
        return 0;
    return (reservation.runtime << DeadlineQueue::share_bits) / reservation.period;
}

// a * b > c * d, whatever the counter's frequency.
bool product_exceeds(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d)
{
    __extension__ using Product = unsigned __int128;
    return Product{a} * b > Product{c} * d;
}

} // namespace

bool DeadlineQueue::reserve(SchedEntity& entity, Reservation const& reservation, std::uint64_t now)
{
    std::uint64_t const others = reserved_ - share_of(entity.reservation_);
    std::uint64_t const wanted = share_of(reservation);
    if (wanted != 0 && others + wanted > most_reserved)
        return false;
    reserved_ = others + wanted;
    reservations_ += static_cast<unsigned>(reservation.runtime != 0);
    reservations_ -= static_cast<unsigned>(entity.reservation_.runtime != 0);
    entity.reservation_ = reservation;
    entity.overran_ = false;
    begin_job(entity, now);
    return true;
}

void DeadlineQueue::begin_job(SchedEntity& entity, std::uint64_t now)
{
    entity.deadline_ = now + entity.reservation_.deadline;
    entity.budget_ = static_cast<std::int64_t>(entity.reservation_.runtime);
    entity.resting_ = entity.unfinished_ = entity.late_ = false;
}

void DeadlineQueue::count_miss(SchedEntity& entity)
{
    if (entity.late_)
        return;
    entity.late_ = true;
    ++entity.misses_;
    ++misses_;
}

// The next period has begun: one budget and one deadline more, or as many as it has used beforehand.
void DeadlineQueue::renew(SchedEntity& entity, std::uint64_t now)
{
    Reservation const& own = entity.reservation_;
    if (entity.unfinished_) // and a deadline is not later than the end of its period
        count_miss(entity);
    std::uint64_t const used = entity.budget_ < 0 ? static_cast<std::uint64_t>(-entity.budget_) : 0;
    std::uint64_t const periods = used / own.runtime + 1;
    entity.budget_ += static_cast<std::int64_t>(periods * own.runtime);
    entity.deadline_ += periods * own.period;
    entity.resting_ = entity.unfinished_ = entity.late_ = false;
    if (precedes(entity.deadline_, now))
        begin_job(entity, now);
}

void DeadlineQueue::arrive(SchedEntity& entity, std::uint64_t now)
{
    Reservation const& own = entity.reservation_;
    if (own.runtime == 0)
        return;
    if (entity.resting_) {
        if (!precedes(now, next_period(entity)))
            renew(entity, now);
        return;
    }
    bool const early = own.deadline < own.period && precedes(now, next_period(entity));
    std::uint64_t const left = entity.deadline_ - now;
    if (!precedes(now, entity.deadline_)) {
        if (!early)
            return begin_job(entity, now);
        entity.resting_ = true; // it has had its share of this period
        entity.budget_ = 0;
    } else if (entity.budget_ > 0
        && product_exceeds(static_cast<std::uint64_t>(entity.budget_), own.deadline, left, own.runtime)) {
        // More than fits at its rate. With a deadline before the end of the period a new one would be too
        // soon: then it keeps that one and what fits.
        if (!early)
            return begin_job(entity, now);
        std::uint64_t const density = (own.runtime << share_bits) / own.deadline;
        entity.budget_ = static_cast<std::int64_t>(left * density >> share_bits);
    }
}

void DeadlineQueue::charge(SchedEntity& entity, std::uint64_t ticks, std::uint64_t now)
{
    if (!is_budgeted(entity))
        return;
    entity.budget_ -= static_cast<std::int64_t>(ticks);
    if (precedes(entity.deadline_, now))
        count_miss(entity);
    if (ticks_left(entity) != 0 || entity.resting_)
        return;
    entity.unfinished_ = entity.resting_ = entity.overran_ = true;
    ++entity.overruns_;
    ++overruns_;
    if (!precedes(now, next_period(entity)))
        renew(entity, now);
}

void DeadlineQueue::leave(SchedEntity& entity)
{
    entity.unfinished_ = false; // that was its job
    if (is_budgeted(entity) && entity.budget_ < 0)
        entity.resting_ = true; // or sleep would pay for what it used beforehand
}

void DeadlineQueue::yield(SchedEntity& entity)
{
    if (!is_budgeted(entity))
        return;
    if (entity.budget_ > 0)
        entity.budget_ = 0;
    entity.resting_ = true;
    entity.unfinished_ = false; // that was its job
}

SchedEntity* DeadlineQueue::take_rested(std::uint64_t now)
{
    OrderedNode* const first = resting_.first();
    if (first == nullptr || precedes(now, first->key))
        return nullptr;
    auto* const entity = static_cast<SchedEntity*>(resting_.pop_first());
    renew(*entity, now);
    return entity;
}

std::uint64_t DeadlineQueue::next_period_begins() const
{
    return resting_.empty() ? never : resting_.first()->key;
}

} // namespace torc
