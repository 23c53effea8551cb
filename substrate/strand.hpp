// SPDX-License-Identifier: MIT
// A strand: a bounded single-producer single-consumer ring of events with a doorbell, in memory that both
// sides map. It is the one mechanism between two tori, a kernel and a driver, or two machines.
//
// Order. The producer writes a slot, then stores tail_; the consumer loads tail_, then reads the slot:
// release and acquire on tail_ make the slot's bytes visible. The consumer reads a slot, then stores head_;
// the producer loads head_, then overwrites the slot: release and acquire on head_ keep the read before the
// overwrite. Each index has one writer, so nothing else is needed.
//
// Room. A producer that finds no room and will wait for some stores starved_ and looks at head_ once more;
// the consumer stores head_ and, after its batch, looks at starved_. At least one of them must see the
// other's store, or the producer is never told. That is store-then-load order, which acquire and release
// alone do not promise; the four accesses are therefore seq_cst. On AArch64 they are the very same LDAR and
// STLR, which the architecture keeps in order among each other (LDAPR would not, so the two loads must not
// become acquire).
//
// Who tells the consumer that there is something is not the strand's business but the mailbox's
// (mailbox.hpp).
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

template <std::uint32_t capacity, std::uint32_t answers> class Strand final {
public:
    static_assert((capacity & (capacity - 1)) == 0 && answers < capacity);
    static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

    static constexpr std::uint32_t ordinary = capacity - answers; // places for what is no answer

    // ---- the producer's side

    // Whether `events` ordinary events would be taken now.
    [[nodiscard]] bool has_room(std::uint32_t events = 1)
    {
        return in_use(capacity - answers - (events - 1)) < capacity - answers - (events - 1);
    }

    // Where the next event will lie: all its words are to be written, then publish(). After has_room().
    Event& place() { return slots_[tail_.load(std::memory_order_relaxed) % capacity]; }
    // The same for an answer, as answer() below.
    Event& answer_place()
    {
        bool const room = in_use(capacity) < capacity;
        invariant(room);
        return place();
    }
    void publish() { tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

    // False: full.
    [[nodiscard]] bool send(Event const& event) { return push(event, capacity - answers); }

    // For a request that the other side paid for with a credit.
    void answer(Event const& event)
    {
        bool const sent = push(event, capacity);
        invariant(sent);
    }

    // There was no room for `events`: asks the consumer to say when there is some. True: there is some
    // already, and nobody will say.
    [[nodiscard]] bool starve(std::uint32_t events = 1)
    {
        starved_.store(1, std::memory_order_seq_cst);
        seen_head_ = head_.load(std::memory_order_seq_cst);
        if (!has_room(events))
            return false;
        starved_.store(0, std::memory_order_relaxed);
        return true;
    }

    // ---- the consumer's side

    // The oldest event, where it lies: it stays as it is until pop(). nullptr: there is none.
    [[nodiscard]] Event const* front()
    {
        std::uint32_t const head = head_.load(std::memory_order_relaxed); // our own
        if (head == seen_tail_) {
            seen_tail_ = tail_.load(std::memory_order_acquire);
            if (head == seen_tail_)
                return nullptr;
        }
        return &slots_[head % capacity];
    }
    // After front(): its place is free.
    void pop() { head_.store(head_.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst); }

    // Both in one, for who wants a copy.
    [[nodiscard]] bool receive(Event& event)
    {
        Event const* const first = front();
        if (first == nullptr)
            return false;
        copy(event, *first);
        pop();
        return true;
    }

    // After a batch: whether the producer waits for room and is to be told. Says so once.
    [[nodiscard]] bool producer_starves()
    {
        if (starved_.load(std::memory_order_seq_cst) == 0)
            return false;
        starved_.store(0, std::memory_order_relaxed);
        return true;
    }

private:
    // How many are in use, looked up anew when it seems to be `limit` or more.
    std::uint32_t in_use(std::uint32_t limit)
    {
        std::uint32_t const tail = tail_.load(std::memory_order_relaxed); // our own
        if (tail - seen_head_ >= limit)
            seen_head_ = head_.load(std::memory_order_acquire);
        return tail - seen_head_;
    }

    bool push(Event const& event, std::uint32_t room)
    {
        if (in_use(room) >= room)
            return false;
        copy(place(), event);
        publish();
        return true;
    }

    // Indices count events since creation and wrap at 2^32; their difference is the number in the ring.
    alignas(cache_line) std::atomic<std::uint32_t> tail_{0}; // written by the producer
    std::uint32_t seen_head_{0}; // producer's
    alignas(cache_line) std::atomic<std::uint32_t> head_{0}; // written by the consumer
    std::uint32_t seen_tail_{0}; // consumer's
    // Written by both: the producer sets it, either clears it. Whoever clears it has looked, or will.
    alignas(cache_line) std::atomic<std::uint32_t> starved_{0};
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
    constexpr bool all_are_here() const { return left_ == all_; }

private:
    std::uint32_t left_;
    std::uint32_t all_;
};

} // namespace torc
