// SPDX-License-Identifier: MIT
// A strand: a bounded single-producer single-consumer ring of events with a doorbell, in memory that both
// sides map. It is the one mechanism between two tori, a kernel and a driver, or two machines.
//
// Order. The producer writes a slot, then stores tail_; the consumer loads tail_, then reads the slot:
// release and acquire on tail_ make the slot's bytes visible. The consumer reads a slot, then stores head_;
// the producer loads head_, then overwrites the slot: release and acquire on head_ keep the read before the
// overwrite. Each index has one writer, so nothing else is needed.
//
// Doorbell. A consumer about to sleep stores sleeping_ = 1 and looks at tail_ once more; a producer stores
// tail_ and looks at sleeping_. At least one of them must see the other's store, or the wake-up is lost. That
// is store-then-load order, which acquire and release alone do not promise; the four accesses are therefore
// seq_cst. On AArch64 they are the very same LDAR and STLR, which the architecture keeps in order among each
// other (LDAPR would not, so the two loads must not become acquire).
//
// Answers. `answers` slots are kept for answers to requests that travelled on the strand the other way. The
// requester takes a credit before it sends a request and gives it back when it has received the answer; it
// has `answers` credits. An ordinary event is refused when capacity - answers slots are in use. So at most
// capacity - answers ordinary events and at most `answers` answers are ever in the ring: answer() cannot
// fail, nobody waits for a slot while holding one, and strands cannot deadlock.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "substrate/event.hpp"
#include "substrate/invariant.hpp"

namespace torc {

enum class Sent : std::uint8_t {
    no, // the ring is full: try again when the other side has consumed
    quietly, // the receiver is awake and will see it
    ring_bell // the receiver sleeps: interrupt it
};

template <std::uint32_t capacity, std::uint32_t answers> class Strand final {
public:
    static_assert((capacity & (capacity - 1)) == 0 && answers < capacity);
    static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

    // ---- the producer's side

    [[nodiscard]] Sent send(Event const& event) { return push(event, capacity - answers); }

    // For a request that the other side paid for with a credit.
    [[nodiscard]] Sent answer(Event const& event)
    {
        Sent const sent = push(event, capacity);
        invariant(sent != Sent::no);
        return sent;
    }

    // ---- the consumer's side

    [[nodiscard]] bool receive(Event& event)
    {
        std::uint32_t const head = head_.load(std::memory_order_relaxed); // our own
        if (head == seen_tail_) {
            seen_tail_ = tail_.load(std::memory_order_acquire);
            if (head == seen_tail_)
                return false;
        }
        copy(event, slots_[head % capacity]);
        head_.store(head + 1, std::memory_order_release);
        return true;
    }

    // Announces that the consumer will sleep until the bell rings. False: an event is there, do not sleep.
    [[nodiscard]] bool prepare_sleep()
    {
        sleeping_.store(1, std::memory_order_seq_cst);
        if (tail_.load(std::memory_order_seq_cst) == head_.load(std::memory_order_relaxed))
            return true;
        awake();
        return false;
    }

    // The consumer is up again: no bell needed from here on.
    void awake() { sleeping_.store(0, std::memory_order_relaxed); }

private:
    Sent push(Event const& event, std::uint32_t room)
    {
        std::uint32_t const tail = tail_.load(std::memory_order_relaxed); // our own
        if (tail - seen_head_ >= room) {
            seen_head_ = head_.load(std::memory_order_acquire);
            if (tail - seen_head_ >= room)
                return Sent::no;
        }
        copy(slots_[tail % capacity], event);
        tail_.store(tail + 1, std::memory_order_seq_cst);
        return sleeping_.load(std::memory_order_seq_cst) != 0 ? Sent::ring_bell : Sent::quietly;
    }

    // Indices count events since creation and wrap at 2^32; their difference is the number in the ring.
    alignas(cache_line) std::atomic<std::uint32_t> tail_{0}; // written by the producer
    std::uint32_t seen_head_{0}; // producer's
    alignas(cache_line) std::atomic<std::uint32_t> head_{0}; // written by the consumer
    std::atomic<std::uint32_t> sleeping_{0}; // written by the consumer
    std::uint32_t seen_tail_{0}; // consumer's
    alignas(cache_line) std::array<Event, capacity> slots_;
};

// The requester's credits for answers on the strand towards it; torus-local.
class Credits final {
public:
    constexpr explicit Credits(std::uint32_t answers)
        : left_{answers}
        , all_{answers}
    {
    }
    [[nodiscard]] constexpr bool take()
    {
        if (left_ == 0)
            return false;
        --left_;
        return true;
    }
    constexpr void give_back()
    {
        invariant(left_ < all_);
        ++left_;
    }
    constexpr std::uint32_t left() const { return left_; }

private:
    std::uint32_t left_;
    std::uint32_t all_;
};

} // namespace torc
