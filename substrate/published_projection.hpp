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

// So many of its words, from this one on.
struct ProjectionPart {
    static constexpr std::size_t count = 14;
    std::size_t first;
};

class PublishedProjection final {
public:
    // Only the owner. The digest is left to whoever carries the copy further: here the sequence says what is
    // torn.
    void publish(Projection const& projection)
    {
        // SAFETY: a Projection is 64 words without padding; they are read as such, not changed.
        auto const* const from = reinterpret_cast<Word const*>(&projection);
        store([from](std::atomic<std::uint64_t>* to) {
            for (std::size_t word = 0; word < words_in_use; ++word)
                to[word].store(from[word], std::memory_order_relaxed);
        });
    }

    // Only what rules look at in every round, with as many edges; the rest stays as it was published last.
    void publish_briefly(Projection const& projection, std::size_t neighbours)
    {
        // SAFETY: as above.
        auto const* const from = reinterpret_cast<Word const*>(&projection);
        store([from, neighbours](std::atomic<std::uint64_t>* to) __attribute__((always_inline)) {
            copy<brief_words>(from + first_word, to + first_word);
            copy_edges(from, to, neighbours);
        });
    }

    // All that rules look at, and a part of the rest.
    void publish_rules(Projection const& projection, std::size_t neighbours, ProjectionPart part)
    {
        // SAFETY: as above.
        auto const* const from = reinterpret_cast<Word const*>(&projection);
        store([from, neighbours, part](std::atomic<std::uint64_t>* to) __attribute__((always_inline)) {
            copy<edges_word>(from, to);
            copy_edges(from, to, neighbours);
            copy<ProjectionPart::count>(from + part.first, to + part.first);
        });
    }

    // The whole projection, sealed. False: torn by publications meanwhile, or nothing was published yet.
    [[nodiscard]] bool read(Projection& projection) const
    {
        ProjectionWords words{};
        bool const whole
            = attempt([&](std::atomic<std::uint64_t> const* from) __attribute__((always_inline)) {
                  for (std::size_t word = 0; word < words_in_use; ++word)
                      words[word] = from[word].load(std::memory_order_relaxed);
              });
        if (!whole)
            return false;
        projection = std::bit_cast<Projection>(words);
        seal(projection);
        return true;
    }

    // What a round needs of it; `slot` is the reader's slot among the publisher's neighbours. `constraints`:
    // how much of these; the rest stays as it was.
    template <std::size_t constraints = sizeof(ConstraintVector)>
    [[nodiscard, gnu::always_inline]] bool read(Glimpse& glimpse, std::uint8_t slot) const
    {
        constexpr std::size_t count = 2 + constraints / 8;
        if (slot >= max_neighbours)
            return false;
        std::array<std::uint64_t, count + 2> words;
        bool const whole
            = attempt([&](std::atomic<std::uint64_t> const* from) __attribute__((always_inline)) {
#pragma clang loop unroll(full)
                  for (std::size_t word = 0; word < count; ++word)
                      words[word] = from[first_word + word].load(std::memory_order_relaxed);
                  from += edges_word + slot * 2u;
                  words[count] = from[0].load(std::memory_order_relaxed);
                  words[count + 1] = from[1].load(std::memory_order_relaxed);
              });
        if (!whole)
            return false;
        // SAFETY: a Glimpse is words without padding, the edge its last two.
        auto* const to = reinterpret_cast<Word*>(&glimpse);
#pragma clang loop unroll(full)
        for (std::size_t word = 0; word < count; ++word)
            to[word] = words[word];
        to[offsetof(Glimpse, edge) / 8] = words[count];
        to[offsetof(Glimpse, edge) / 8 + 1] = words[count + 1];
        return true;
    }

private:
    static constexpr std::size_t words_in_use = offsetof(Projection, digest) / 8;
    static constexpr std::size_t first_word = offsetof(Projection, identity) / 8;
    static constexpr std::size_t brief_words = 2 + brief_constraints / 8; // identity, epoch
    static constexpr std::size_t edges_word = offsetof(Projection, edges) / 8;
    using Word [[gnu::may_alias]] = std::uint64_t;

    // Read first and then written: in pairs.
    template <std::size_t count>
    [[gnu::always_inline]] static void copy(Word const* from, std::atomic<std::uint64_t>* to)
    {
        std::array<std::uint64_t, count> words;
#pragma clang loop unroll(full)
        for (std::size_t word = 0; word < count; ++word)
            words[word] = from[word];
#pragma clang loop unroll(full)
        for (std::size_t word = 0; word < count; ++word)
            to[word].store(words[word], std::memory_order_relaxed);
    }

    [[gnu::always_inline]] static void copy_edges(
        Word const* from, std::atomic<std::uint64_t>* to, std::size_t neighbours)
    {
        static_assert(sizeof(EdgeView) == 16);
        from += edges_word;
        to += edges_word;
#pragma clang loop unroll(disable)
        for (; neighbours != 0; --neighbours, from += 2, to += 2)
            copy<2>(from, to);
    }

    template <typename Copy> [[gnu::always_inline]] void store(Copy copy)
    {
        std::uint64_t const sequence = sequence_.load(std::memory_order_relaxed);
        sequence_.store(sequence + 1, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release);
        copy(words_.data());
        sequence_.store(sequence + 2, std::memory_order_release);
    }

    template <typename Copy> [[gnu::always_inline]] bool attempt(Copy copy) const
    {
        return once(copy) || (sequence_.load(std::memory_order_relaxed) != 0 && once(copy));
    }

    template <typename Copy> [[gnu::always_inline]] bool once(Copy copy) const
    {
        std::uint64_t const before = sequence_.load(std::memory_order_acquire);
        if (before == 0)
            return false;
        copy(words_.data());
        std::atomic_thread_fence(std::memory_order_acquire);
        return (before & 1) == 0 && sequence_.load(std::memory_order_relaxed) == before;
    }

    alignas(cache_line) std::array<std::atomic<std::uint64_t>, words_in_use> words_{};
    alignas(cache_line) std::atomic<std::uint64_t> sequence_{0};
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
};

} // namespace torc
