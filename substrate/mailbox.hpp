// SPDX-License-Identifier: MIT
// The mailbox of a torus: a byte for each sender, and whether the owner wants to be interrupted. Lies in
// memory that all tori map. A sender changes its byte whenever it has put something into its strand to this
// torus, or has made room that the owner waits for; the owner keeps the values it has acted on, and finds who
// has news by comparing words of eight.
//
// Order. A sender stores into the strand, then its byte, then looks at armed_; the owner stores armed_ = 1,
// then looks at the bytes once more. At least one of them must see the other's store, or a wake-up is lost:
// store-then-load on both sides, so all four accesses are seq_cst (STLR and LDAR on AArch64, kept in order
// among each other; LDAPR would not be). That the owner loads eight bytes at once where senders store one is
// harmless: each byte has one writer, and AArch64 orders accesses of different sizes to one location by the
// bytes they share (Arm ARM B2.3, overlapping accesses are single-copy atomic each).
//
// A byte is enough: between two looks a sender changes it at most once for each event that its strand holds
// and once for the room it made, and a strand has at most 128 places.
#pragma once
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "substrate/event.hpp"

namespace torc {

template <unsigned senders> class Mailbox final {
public:
    static_assert(senders % 8 == 0);
    static constexpr unsigned words = senders / 8;

    // ---- a sender's side

    // `value` is the sender's counter. True: interrupt the owner.
    [[nodiscard]] bool post(unsigned sender, std::uint8_t value)
    {
        mail_[sender].store(value, std::memory_order_seq_cst);
        return armed_.load(std::memory_order_seq_cst) != 0;
    }

    // ---- the owner's side

    // It is up and will look: no interrupt needed from here on.
    void disarm() { armed_.store(0, std::memory_order_relaxed); }
    // Interrupts are wanted; look at every word again.
    void arm() { armed_.store(1, std::memory_order_seq_cst); }

    // The bytes of senders 8 * n to 8 * n + 7, the lowest first.
    std::uint64_t word(unsigned n) const
    {
        static_assert(std::endian::native == std::endian::little);
        // SAFETY: aligned, eight lock-free bytes; the argument is at the head of this file.
        auto const* const at = reinterpret_cast<std::uint64_t const*>(&mail_[n * 8]);
        return __atomic_load_n(at, __ATOMIC_SEQ_CST);
    }

    // Where that word lies: a core can wait for a store there.
    std::uint64_t const* place(unsigned n) const
    {
        return reinterpret_cast<std::uint64_t const*>(&mail_[n * 8]); // SAFETY: as above
    }

private:
    alignas(cache_line) std::array<std::atomic<std::uint8_t>, senders> mail_{}; // each written by its sender
    alignas(cache_line) std::atomic<std::uint32_t> armed_{0}; // written by the owner
};

// What the owner of a mailbox has acted on; its own.
template <unsigned senders> class SeenMail final {
public:
    // Which of the senders of word n have news: their bytes are not zero.
    std::uint64_t news(unsigned n, std::uint64_t word) const { return word ^ seen_[n]; }
    std::uint64_t of(unsigned n) const { return seen_[n]; }
    bool up_to_date(unsigned n, std::uint64_t word) const { return word == seen_[n]; }
    // Everything that the sender of that byte had said when `word` was read is acted on.
    void take(unsigned n, unsigned byte, std::uint64_t word)
    {
        std::uint64_t const mask = 0xffull << byte * 8;
        seen_[n] = (seen_[n] & ~mask) | (word & mask);
    }

private:
    std::array<std::uint64_t, senders / 8> seen_{};
};

} // namespace torc
