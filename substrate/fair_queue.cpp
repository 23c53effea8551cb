// SPDX-License-Identifier: MIT
#include "substrate/fair_queue.hpp"

namespace torc {

[[gnu::noinline, clang::preserve_most]] void FairQueue::admit(SchedEntity& entity)
{
    entity.eligible_ = true;
    eligible_.insert(entity, order(entity));
}

// Moves those whom V has overtaken to the eligible ones.
[[gnu::noinline, clang::preserve_most]] void FairQueue::promote()
{
    for (unsigned step = 0; step < promotions_at_a_time; ++step) {
        if (waiting_.empty() || !is_eligible(entity_of(waiting_.first())))
            return;
        admit(entity_of(waiting_.pop_first()));
    }
}

void FairQueue::charge(SchedEntity& running, std::uint64_t ticks)
{
    advance(running, virtual_time(ticks, running));
    if (precedes(running.virtual_runtime_, running.virtual_deadline_))
        return;
    running.urgent_ = false;
    running.slice_over_ = true;
    running.virtual_deadline_ = running.virtual_runtime_ + virtual_slice(running);
}

void FairQueue::forfeit(SchedEntity& running)
{
    auto const slice = static_cast<std::int64_t>(virtual_slice(running));
    std::int64_t const owed = difference(base_, running.virtual_runtime_);
    if (owed > slice)
        advance(running, owed - slice);
    running.urgent_ = false;
    running.virtual_deadline_ = running.virtual_runtime_ + static_cast<std::uint64_t>(slice);
}

void FairQueue::reweigh(SchedEntity& entity, std::uint32_t weight)
{
    std::int64_t const ahead = difference(entity.virtual_runtime_, base_);
    load_ -= entity.weight_;
    remainder_ -= ahead * static_cast<std::int64_t>(entity.weight_);
    std::int64_t const scaled
        = ahead * static_cast<std::int64_t>(entity.weight_) / static_cast<std::int64_t>(weight);
    entity.weight_ = weight;
    entity.inverse_weight_ = inverse_of(weight);
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
    if (running.slice_over_)
        return 0;
    std::uint64_t const shortest = (scaled_slice_ >> fraction_bits) / shortest_share + 1;
    std::int64_t const left = difference(running.virtual_deadline_, running.virtual_runtime_);
    if (left <= 0)
        return shortest;
    std::uint64_t const ticks = (static_cast<std::uint64_t>(left) * running.weight_ >> fraction_bits) + 1;
    return ticks < shortest ? shortest : ticks;
}

} // namespace torc
