// SPDX-License-Identifier: MIT
// What a mapping says of where it is empty is true whatever is done to it: pages that are given back are
// gone, also those that nobody looks for.
#include "tests/host/memory/one_space.hpp"
#include <algorithm>
#include <random>

namespace torc {
namespace {

constexpr std::uint64_t pages = 1500, most = 900; // three leaf tables; of one change

class EmptyBelowTest : public test::SpaceTest {
protected:
    bool is_there(Space& in, std::uint64_t page)
    {
        arch::Pte const* const entry = in.table().find(address_of(page));
        return entry != nullptr && entry->valid();
    }
    void expect_truth(Space& in)
    {
        for (Mapping const& m : in.mappings())
            for (std::uint64_t at = m.start; at < std::min(m.end, m.empty_below); at += page_size)
                ASSERT_FALSE(is_there(in, (at - base) / page_size)) << (at - base) / page_size;
    }
    void unmap(std::uint64_t first, std::uint64_t end)
    {
        Space::WalkState state{};
        for (Result<bool> done = false; !*done;)
            ASSERT_TRUE(done = space->unmap_step(address_of(first).raw(), address_of(end).raw(), state));
    }
    void protect(std::uint64_t first, std::uint64_t end, std::uint8_t protection)
    {
        std::uint64_t const stop = address_of(end).raw();
        for (Result<std::uint64_t> at = address_of(first).raw(); at && *at < stop;)
            at = space->protect_step(*at, stop, protection); // a hole ends it
    }
    void give_back(std::uint64_t first, std::uint64_t end)
    {
        std::uint64_t const stop = address_of(end).raw();
        for (std::uint64_t at = address_of(first).raw(); at < stop;) {
            Mapping* const m = space->first_at_or_after(at);
            if (m == nullptr || m->start >= stop)
                break;
            at = space->zap_step(*m, std::max(at, m->start), std::min(m->end, stop));
        }
        for (std::uint64_t page = first; page < end; ++page)
            ASSERT_FALSE(is_there(*space, page)) << page;
    }
    void move(std::uint64_t from, std::uint64_t to, std::uint64_t count)
    {
        std::uint64_t const length = count * page_size;
        for (std::uint64_t done = 0; done < length;)
            done = space->move_step(address_of(from).raw(), address_of(to).raw(), length, done).value();
    }
    // The fork of a process whose other threads go on.
    void fork()
    {
        Space* const child = Space::create().value();
        for (std::uint64_t cursor = 0; cursor != ~0ull;) {
            cursor = child->copy_step(*space, cursor).value();
            for (int i = 0; i < 2; ++i)
                (void)touch(random() % pages);
        }
        expect_truth(*child);
        end(*child);
    }
    void change()
    {
        std::uint64_t const first = random() % pages, end = std::min(pages, first + 1 + random() % most);
        static constexpr std::byte content[page_size]{};
        switch (random() % 9) {
        case 0:
            unmap(first, end);
            return map(address_of(first).raw(), end - first, 3);
        case 1:
            return unmap(first, end);
        case 2:
            return protect(first, end, random() % 2 ? 3 : 1);
        case 3:
        case 4:
            return give_back(first, end);
        case 5:
            return move(first, random() % (pages - (end - first)), end - first);
        case 6:
            if (!is_there(*space, first))
                (void)space->adopt_page(address_of(first), content);
            return;
        case 7:
            if (touch(first) == FaultResult::Resolved)
                (void)bring(first + 1, random() % 8);
            return;
        default:
            for (int i = 0; i < 3; ++i)
                (void)touch(random() % pages, random() % 2 ? Access::Write : Access::Read);
        }
    }

    std::mt19937_64 random{7};
};

TEST_F(EmptyBelowTest, IsTrueWhateverComes)
{
    for (int i = 0; i < 20'000; ++i) {
        change();
        if (i % 10 == 0)
            fork();
        expect_truth(*space);
        if (HasFatalFailure())
            return;
    }
}

// A thread's stack: its pages above stay, and what was never touched below them is not looked at.
TEST_F(EmptyBelowTest, WhatWasGivenBackIsKnownToBeEmpty)
{
    map(base, pages, 0);
    protect(1, pages, 3);
    ASSERT_EQ(touch(pages - 1), FaultResult::Resolved);
    ASSERT_EQ(touch(pages - 5), FaultResult::Resolved);
    give_back(1, pages - 2);
    EXPECT_EQ(space->find(address_of(1))->empty_below, address_of(pages - 2).raw());
    EXPECT_TRUE(is_there(*space, pages - 1));
}

} // namespace
} // namespace torc
