// SPDX-License-Identifier: MIT
#include "kernel/random.hpp"
#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <vector>

namespace torc {
namespace {

// RFC 8439, 2.3.2
TEST(Random, ChaCha20BlockOfTheRfc)
{
    std::uint32_t key[8];
    for (std::uint32_t i = 0; i < 8; ++i)
        key[i] = 0x03020100 + 0x04040404 * i;
    std::uint32_t const nonce[3] = {0x09000000, 0x4a000000, 0};
    std::uint8_t out[64];
    chacha20_block(key, 1, nonce, out);
    std::uint8_t const expected[64]
        = {0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3, 0x20, 0x71, 0xc4,
            0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22, 0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e,
            0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa, 0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2,
            0xb5, 0x12, 0x9c, 0xd1, 0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e};
    EXPECT_TRUE(std::equal(out, out + 64, expected));
}

TEST(Random, NeverRepeatsAndDependsOnEntropy)
{
    Random a, b;
    std::uint8_t const seed[] = {1, 2, 3};
    a.mix(seed);
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 10'000; ++i)
        EXPECT_TRUE(seen.insert(a.next()).second);
    b.mix(seed);
    EXPECT_TRUE(seen.contains(b.next())) << "the same seed, the same numbers";
    b.mix(seed);
    EXPECT_FALSE(seen.contains(b.next()));
}

TEST(Random, FillsAnySize)
{
    Random random;
    random.mix({});
    for (std::size_t size = 0; size < 2000; size += 37) {
        std::vector<std::uint8_t> bytes(size + 8, 0xaa);
        random.fill({bytes.data(), size});
        EXPECT_TRUE(std::all_of(bytes.end() - 8, bytes.end(), [](std::uint8_t b) { return b == 0xaa; }));
    }
}

TEST(Random, BelowIsEven)
{
    Random random;
    random.mix({});
    unsigned counts[6]{};
    for (int i = 0; i < 60'000; ++i)
        ++counts[random.below(6)];
    for (unsigned count : counts)
        EXPECT_NEAR(count, 10'000, 500);
}

} // namespace
} // namespace torc
