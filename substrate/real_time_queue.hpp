// SPDX-License-Identifier: MIT
// SCHED_FIFO and SCHED_RR: one list per priority and a bitmap of those that are not empty. All O(1).
#pragma once
#include <array>
#include <bit>
#include <cstdint>

#include "substrate/sched_entity.hpp"

namespace torc {

class RealTimeQueue final {
    using Occupied = std::array<std::uint64_t, 2>; // a bit a priority
    static std::uint8_t highest_of(Occupied const& occupied)
    {
        std::uint64_t const upper = occupied[1];
        std::uint64_t const word = upper != 0 ? upper : occupied[0];
        if (word == 0)
            return 0;
        return static_cast<std::uint8_t>((upper != 0 ? 127 : 63) - std::countl_zero(word));
    }

public:
    enum class End : std::uint8_t { head, tail };

    bool empty() const { return (occupied_[0] | occupied_[1]) == 0; }
    // 0 when empty.
    std::uint8_t highest() const { return highest_of(occupied_); }

    bool has(std::uint8_t priority) const { return (occupied_[priority / 64] >> (priority % 64) & 1) != 0; }

    void put(SchedEntity& entity, End end)
    {
        std::uint8_t const priority = entity.parameters_.priority;
        Fifo& fifo = fifos_[priority];
        entity.fifo_next_ = end == End::head ? fifo.head : nullptr;
        entity.fifo_previous_ = end == End::head ? nullptr : fifo.tail;
        join(fifo, entity);
        occupied_[priority / 64] |= 1ull << (priority % 64);
    }

    void remove(SchedEntity& entity)
    {
        std::uint8_t const priority = entity.parameters_.priority;
        Fifo& fifo = fifos_[priority];
        (entity.fifo_next_ != nullptr ? entity.fifo_next_->fifo_previous_ : fifo.tail)
            = entity.fifo_previous_;
        (entity.fifo_previous_ != nullptr ? entity.fifo_previous_->fifo_next_ : fifo.head)
            = entity.fifo_next_;
        if (fifo.head == nullptr)
            occupied_[priority / 64] &= ~(1ull << (priority % 64));
    }

    // In order of urgency; nullptr: no more.
    SchedEntity* first() const { return empty() ? nullptr : fifos_[highest()].head; }
    SchedEntity* behind(SchedEntity const& entity) const
    {
        if (entity.fifo_next_ != nullptr)
            return entity.fifo_next_;
        std::uint8_t const lower = highest_below(entity.parameters_.priority);
        return lower != 0 ? fifos_[lower].head : nullptr;
    }

    // The most urgent, taken out; only when not empty.
    SchedEntity& take()
    {
        SchedEntity& entity = *fifos_[highest()].head;
        remove(entity);
        return entity;
    }

private:
    std::uint8_t highest_below(std::uint8_t priority) const
    {
        Occupied left = occupied_;
        left[priority / 64] &= (1ull << priority % 64) - 1;
        if (priority < 64)
            left[1] = 0;
        return highest_of(left);
    }

    // Not List: Boost's has no constexpr constructor, and a run queue is part of a torus made at compile
    // time.
    struct Fifo {
        SchedEntity* head{nullptr};
        SchedEntity* tail{nullptr};
    };

    // Makes the neighbours that an entity names point at it.
    static void join(Fifo& fifo, SchedEntity& entity)
    {
        (entity.fifo_next_ != nullptr ? entity.fifo_next_->fifo_previous_ : fifo.tail) = &entity;
        (entity.fifo_previous_ != nullptr ? entity.fifo_previous_->fifo_next_ : fifo.head) = &entity;
    }

    std::array<Fifo, 128> fifos_{};
    Occupied occupied_{};
};

} // namespace torc
