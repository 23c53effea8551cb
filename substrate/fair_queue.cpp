// SPDX-License-Identifier: MIT
#include "substrate/fair_queue.hpp"

namespace torc {

namespace {
constexpr unsigned fraction_bits = 20;
constexpr std::uint64_t longest_charge = 1ull << 42; // keeps the products within 63 bits: a day at 50 MHz
constexpr unsigned promotions_at_a_time = 8; // a bounded step; the rest follows at the next pick
constexpr std::uint64_t urgent_head_start = 1ull << 62;
constexpr unsigned urgent_share = 8; // the first request is this part of a slice
constexpr unsigned shortest_share = 16;

std::int64_t difference(std::uint64_t a, std::uint64_t b)
{
    return static_cast<std::int64_t>(a - b);
}

SchedEntity& entity_of(OrderedNode* node)
{
    return *static_cast<SchedEntity*>(node);
}
}

std::uint64_t FairQueue::virtual_ticks(std::uint64_t ticks, std::uint32_t weight) const
{
    return (ticks << fraction_bits) / weight;
}

std::uint64_t FairQueue::virtual_slice(SchedEntity const& entity) const
{
    return virtual_ticks(slice_ticks_, entity.weight_);
}

std::uint64_t FairQueue::order(SchedEntity const& entity)
{
    return entity.urgent_ ? entity.virtual_deadline_ - urgent_head_start : entity.virtual_deadline_;
}

// Carries whole units of the remainder over to base_.
void FairQueue::settle()
{
    if (load_ == 0) {
        remainder_ = 0;
        return;
    }
    std::int64_t const whole = remainder_ / static_cast<std::int64_t>(load_);
    base_ += static_cast<std::uint64_t>(whole);
    remainder_ -= whole * static_cast<std::int64_t>(load_);
}

// Moves a competing entity in virtual time, and the mean with it.
void FairQueue::advance(SchedEntity& entity, std::int64_t virtual_time)
{
    entity.virtual_runtime_ += static_cast<std::uint64_t>(virtual_time);
    remainder_ += virtual_time * static_cast<std::int64_t>(entity.weight_);
    settle();
}

void FairQueue::join(SchedEntity& entity, Arrival how)
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

void FairQueue::leave(SchedEntity& entity)
{
    load_ -= entity.weight_;
    remainder_ -= difference(entity.virtual_runtime_, base_) * static_cast<std::int64_t>(entity.weight_);
    settle();
    std::int64_t const owed = difference(base_, entity.virtual_runtime_);
    auto const most = static_cast<std::int64_t>(virtual_slice(entity));
    entity.lag_ = owed < most ? owed : most;
}

void FairQueue::put(SchedEntity& entity)
{
    entity.eligible_ = is_eligible(entity);
    if (entity.eligible_)
        eligible_.insert(entity, order(entity));
    else
        waiting_.insert(entity, entity.virtual_runtime_);
}

void FairQueue::remove(SchedEntity& entity)
{
    if (entity.eligible_)
        eligible_.remove(entity);
    else
        waiting_.remove(entity);
}

// Moves those whom V has overtaken to the eligible ones.
void FairQueue::promote()
{
    for (unsigned step = 0; step < promotions_at_a_time; ++step) {
        if (waiting_.empty() || !is_eligible(entity_of(waiting_.first())))
            return;
        SchedEntity& entity = entity_of(waiting_.pop_first());
        entity.eligible_ = true;
        eligible_.insert(entity, order(entity));
    }
}

SchedEntity* FairQueue::take(SchedEntity* yielder)
{
    promote();
    if (!eligible_.empty())
        return &entity_of(eligible_.pop_first());
    if (waiting_.empty())
        return yielder;
    // Nobody queued is owed anything: the running one was. A yield still hands over among equals.
    if (yielder != nullptr && entity_of(waiting_.first()).weight_ < yielder->weight_)
        return yielder;
    return &entity_of(waiting_.pop_first());
}

void FairQueue::charge(SchedEntity& running, std::uint64_t ticks)
{
    std::uint64_t const counted = ticks < longest_charge ? ticks : longest_charge;
    advance(running, static_cast<std::int64_t>(virtual_ticks(counted, running.weight_)));
    if (precedes(running.virtual_runtime_, running.virtual_deadline_))
        return;
    running.urgent_ = false;
    running.virtual_deadline_ = running.virtual_runtime_ + virtual_slice(running);
}

void FairQueue::forfeit(SchedEntity& running)
{
    std::int64_t const owed = difference(base_, running.virtual_runtime_);
    if (owed > 0)
        advance(running, owed);
    running.urgent_ = false;
    running.virtual_deadline_ = running.virtual_runtime_ + virtual_slice(running);
}

void FairQueue::reweigh(SchedEntity& entity, std::uint32_t weight)
{
    std::int64_t const ahead = difference(entity.virtual_runtime_, base_);
    load_ -= entity.weight_;
    remainder_ -= ahead * static_cast<std::int64_t>(entity.weight_);
    std::int64_t const scaled
        = ahead * static_cast<std::int64_t>(entity.weight_) / static_cast<std::int64_t>(weight);
    entity.weight_ = weight;
    entity.virtual_runtime_ = base_ + static_cast<std::uint64_t>(scaled);
    entity.virtual_deadline_ = entity.virtual_runtime_ + virtual_slice(entity);
    load_ += weight;
    remainder_ += scaled * static_cast<std::int64_t>(weight);
    settle();
}

bool FairQueue::more_urgent(SchedEntity const& waiting, SchedEntity const& running) const
{
    bool const waiting_idles = waiting.parameters_.policy == SchedPolicy::idle;
    bool const running_idles = running.parameters_.policy == SchedPolicy::idle;
    if (waiting_idles != running_idles)
        return running_idles;
    if (waiting.parameters_.policy == SchedPolicy::batch)
        return false;
    return is_eligible(waiting) && precedes(order(waiting), order(running));
}

std::uint64_t FairQueue::ticks_left(SchedEntity const& running) const
{
    std::uint64_t const shortest = slice_ticks_ / shortest_share + 1;
    std::int64_t const left = difference(running.virtual_deadline_, running.virtual_runtime_);
    if (left <= 0)
        return shortest;
    std::uint64_t const ticks = (static_cast<std::uint64_t>(left) * running.weight_ >> fraction_bits) + 1;
    return ticks < shortest ? shortest : ticks;
}

} // namespace torc
