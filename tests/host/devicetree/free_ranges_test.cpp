// SPDX-License-Identifier: MIT
#include "kernel/devicetree/free_ranges.hpp"
#include <bitset>
#include <gtest/gtest.h>
#include <random>

using namespace torc;
using namespace torc::dt;

namespace {

constexpr Region region(std::uint64_t base, std::uint64_t size)
{
    return {Paddr{base}, size};
}

std::vector<Region> list(FreeRanges const& free)
{
    return {free.ranges().begin(), free.ranges().end()};
}

// Sorted, whole pages, apart from one another.
void expect_in_order(FreeRanges const& free)
{
    std::uint64_t end = 0;
    bool first = true;
    for (Region const& range : free.ranges()) {
        EXPECT_TRUE(range.base.aligned(page_size) && range.size % page_size == 0 && range.size != 0);
        EXPECT_TRUE(first || range.base.raw() > end);
        end = range.base.raw() + range.size;
        first = false;
    }
}

} // namespace

TEST(FreeRanges, TakesWholePagesOnly)
{
    FreeRanges free;
    ASSERT_TRUE(free.add(region(0x1001, 0x2fff)));
    EXPECT_EQ(list(free), (std::vector{region(0x2000, 0x2000)}));
    ASSERT_TRUE(free.add(region(0x10001, 0xffe)));
    EXPECT_EQ(free.ranges().size(), 1u);
    free.remove(region(0x2fff, 2));
    EXPECT_EQ(free.total(), 0u);
}

TEST(FreeRanges, MergesWhatTouches)
{
    FreeRanges free;
    for (std::uint64_t base : {0x9000u, 0x1000u, 0x5000u, 0x3000u, 0x2000u})
        ASSERT_TRUE(free.add(region(base, 0x1000)));
    EXPECT_EQ(
        list(free), (std::vector{region(0x1000, 0x3000), region(0x5000, 0x1000), region(0x9000, 0x1000)}));
    ASSERT_TRUE(free.add(region(0x1000, 0x8000)));
    EXPECT_EQ(list(free), (std::vector{region(0x1000, 0x9000)}));
}

TEST(FreeRanges, SplitsAroundAHole)
{
    FreeRanges free;
    ASSERT_TRUE(free.add(region(0x4000'0000, 0x1000'0000)));
    free.remove(region(0x4100'0000, 0x1234));
    EXPECT_EQ(list(free), (std::vector{region(0x4000'0000, 0x100'0000), region(0x4100'2000, 0xeff'e000)}));
    EXPECT_TRUE(free.contains(region(0x4100'2000, 0x1000)));
    EXPECT_FALSE(free.contains(region(0x4100'1000, 0x2000)));
    EXPECT_TRUE(free.overlaps(region(0x4100'1fff, 0x2)));
    EXPECT_FALSE(free.overlaps(region(0x4100'0000, 0x1000)));
    free.remove(region(0, 0x8000'0000));
    EXPECT_EQ(free.ranges().size(), 0u);
}

TEST(FreeRanges, EndsBeforeTheAddressSpaceDoes)
{
    FreeRanges free;
    ASSERT_TRUE(free.add(region(0x1000, ~std::uint64_t{0})));
    ASSERT_TRUE(free.add(region(~std::uint64_t{0} - 100, 100)));
    EXPECT_EQ(list(free), (std::vector{region(0x1000, ~std::uint64_t{0xfff} - 0x1000)}));
    free.remove(region(0x10'0000'0000, ~std::uint64_t{0}));
    EXPECT_EQ(list(free), (std::vector{region(0x1000, 0x10'0000'0000 - 0x1000)}));
    free.remove_from(Paddr{0x2000});
    EXPECT_EQ(free.total(), 0x1000u);
}

TEST(FreeRanges, WhenFullRefusesMoreAndGivesUpTheSmallerPart)
{
    FreeRanges free;
    for (std::size_t i = 0; i < FreeRanges::capacity; i++)
        ASSERT_TRUE(free.add(region(i * 0x10'0000, 0x8000)));
    EXPECT_EQ(free.add(region(0x1000'0000, 0x1000)).error(), Status::NoSpace);
    ASSERT_TRUE(free.add(region(0x8000, 0x1000))); // touches, so needs no place
    std::uint64_t before = free.total();
    free.remove(region(0x10'2000, 0x1000));
    EXPECT_EQ(free.lost(), 0x2000u);
    EXPECT_EQ(free.total(), before - 0x3000);
    EXPECT_FALSE(free.overlaps(region(0x10'0000, 0x3000)));
    expect_in_order(free);
}

TEST(FreeRanges, AgreesWithABitmap)
{
    std::mt19937 random{1};
    constexpr std::size_t pages = 256;
    for (int round = 0; round < 2000; round++) {
        FreeRanges free;
        std::bitset<pages> model;
        for (int step = 0; step < 20; step++) {
            std::uint64_t base = random() % (pages * page_size - 1);
            std::uint64_t size = random() % std::min<std::uint64_t>(40 * page_size, pages * page_size - base);
            bool adding = random() % 2 == 0;
            for (std::uint64_t page = 0; page < pages; page++) {
                std::uint64_t start = page * page_size, end = start + page_size;
                if (adding && base <= start && end <= base + size)
                    model.set(page);
                if (!adding && size != 0 && start < base + size && base < end)
                    model.reset(page);
            }
            if (adding)
                ASSERT_TRUE(free.add(region(base, size)));
            else
                free.remove(region(base, size));
        }
        expect_in_order(free);
        for (std::uint64_t page = 0; page < pages; page++)
            ASSERT_EQ(free.contains(region(page * page_size, page_size)), model.test(page)) << round;
    }
}
