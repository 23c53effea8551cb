// SPDX-License-Identifier: MIT
// Where a torus publishes its projection for the other tori of its machine: one writer, any number of
// readers, nobody waits. A sequence number is odd while the writer is at work.
//
// Ordering. The writer makes the sequence odd, a release fence keeps the words behind that store, and the
// release store that makes it even again keeps them before. A reader acquires the sequence, reads the words,
// and an acquire fence keeps its second look at the sequence behind them. If any word came from a later
// publication, then the fences pair up through that word and the second look sees that publication's odd
// number or a later one: the copy is discarded. The words are relaxed atomics, so there is no data race
// either way. On AArch64: STR, DMB ISH, words, STLR; LDAR, words, DMB ISHLD, LDR
// (tests/rules/publication_order.py).
//
// A reader tries twice and then says that nothing new was heard, which a round must stand anyway: a torn or
// missed projection is as harmless as a late one.
#pragma once
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "substrate/event.hpp"
#include "substrate/projection.hpp"

namespace torc {

class PublishedProjection final {
public:
    // Only the owner. Computes the digest on the way.
    void publish(Projection const& projection)
    {
        auto const* const from = &projection;
        std::uint64_t const sequence = sequence_.load(std::memory_order_relaxed);
        sequence_.store(sequence + 1, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release);
        Digest digest;
        for (std::size_t word = 0; word < projection_words - 1; ++word) {
            std::uint64_t const value = word_of(*from, word);
            digest.take(value);
            words_[word].store(value, std::memory_order_relaxed);
        }
        words_[projection_words - 1].store(digest.value(), std::memory_order_relaxed);
        sequence_.store(sequence + 2, std::memory_order_release);
    }

    // The whole projection. False: torn by publications meanwhile, or nothing was published yet.
    [[nodiscard]] bool read(Projection& projection) const
    {
        return attempt([&] {
            ProjectionWords words;
            for (std::size_t word = 0; word < projection_words; ++word)
                words[word] = load(word);
            projection = std::bit_cast<Projection>(words);
        }) && is_whole(projection);
    }

    // What a round needs of it; `slot` is the reader's slot among the publisher's neighbours.
    [[nodiscard]] bool read(Glimpse& glimpse, std::uint8_t slot) const
    {
        constexpr std::size_t first = offsetof(Projection, identity) / 8;
        constexpr std::size_t count = 2 + sizeof(ConstraintVector) / 8;
        std::size_t const edge
            = offsetof(Projection, edges) / 8 + slot % max_neighbours * sizeof(EdgeView) / 8;
        return attempt([&] {
            std::array<std::uint64_t, count + 2> words;
            for (std::size_t word = 0; word < count; ++word)
                words[word] = load(first + word);
            words[count] = load(edge);
            words[count + 1] = load(edge + 1);
            glimpse = std::bit_cast<Glimpse>(words);
        });
    }

private:
    // SAFETY: a Projection is 64 words without padding; the compiler sees through the copy.
    static std::uint64_t word_of(Projection const& projection, std::size_t word)
    {
        std::uint64_t value;
        __builtin_memcpy(&value, reinterpret_cast<std::byte const*>(&projection) + word * 8, 8);
        return value;
    }

    std::uint64_t load(std::size_t word) const { return words_[word].load(std::memory_order_relaxed); }

    template <typename Copy> bool attempt(Copy copy) const
    {
        for (int tries = 0; tries < 2; ++tries) {
            std::uint64_t const before = sequence_.load(std::memory_order_acquire);
            if (before == 0)
                return false;
            copy();
            std::atomic_thread_fence(std::memory_order_acquire);
            if ((before & 1) == 0 && sequence_.load(std::memory_order_relaxed) == before) [[likely]]
                return true;
        }
        return false;
    }

    alignas(cache_line) std::array<std::atomic<std::uint64_t>, projection_words> words_{};
    alignas(cache_line) std::atomic<std::uint64_t> sequence_{0};
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
};

} // namespace torc
