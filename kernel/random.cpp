// SPDX-License-Identifier: MIT
#include "kernel/random.hpp"
#include <algorithm>
#include <bit>

namespace torc {
namespace {

// RFC 8439, 2.1
constexpr void quarter_round(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c, std::uint32_t& d)
{
    a += b;
    d = std::rotl(d ^ a, 16);
    c += d;
    b = std::rotl(b ^ c, 12);
    a += b;
    d = std::rotl(d ^ a, 8);
    c += d;
    b = std::rotl(b ^ c, 7);
}

void store_little(std::uint8_t* to, std::uint32_t word)
{
    for (unsigned i = 0; i < 4; ++i)
        to[i] = static_cast<std::uint8_t>(word >> 8 * i);
}

std::uint32_t load_little(std::uint8_t const* from)
{
    std::uint32_t word = 0;
    for (unsigned i = 0; i < 4; ++i)
        word |= std::uint32_t{from[i]} << 8 * i;
    return word;
}

} // namespace

// RFC 8439, 2.3
void chacha20_block(std::uint32_t const (&key)[8], std::uint32_t counter, std::uint32_t const (&nonce)[3],
    std::span<std::uint8_t, 64> out)
{
    std::uint32_t const start[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, key[0], key[1], key[2],
        key[3], key[4], key[5], key[6], key[7], counter, nonce[0], nonce[1], nonce[2]};
    std::uint32_t x[16];
    std::copy(std::begin(start), std::end(start), x);
    for (unsigned round = 0; round < 10; ++round) {
        quarter_round(x[0], x[4], x[8], x[12]);
        quarter_round(x[1], x[5], x[9], x[13]);
        quarter_round(x[2], x[6], x[10], x[14]);
        quarter_round(x[3], x[7], x[11], x[15]);
        quarter_round(x[0], x[5], x[10], x[15]);
        quarter_round(x[1], x[6], x[11], x[12]);
        quarter_round(x[2], x[7], x[8], x[13]);
        quarter_round(x[3], x[4], x[9], x[14]);
    }
    for (unsigned i = 0; i < 16; ++i)
        store_little(&out[4 * i], x[i] + start[i]);
}

// One block, so that no caller waits for more than that: the first half becomes the next key, the rest is for
// callers.
void Random::refill()
{
    constexpr std::uint32_t nonce[3] = {};
    std::uint8_t block[64];
    chacha20_block(key_, 0, nonce, block);
    for (unsigned i = 0; i < 8; ++i)
        key_[i] = load_little(block + 4 * i);
    std::copy_n(block + sizeof key_, pool_size, pool_);
    used_ = 0;
}

void Random::mix(std::span<std::uint8_t const> entropy)
{
    // Absorbs 32 bytes at a time; a refill between them makes every bit of the key depend on all of them.
    for (std::size_t i = 0; i < entropy.size(); ++i) {
        key_[i / 4 % 8] ^= std::uint32_t{entropy[i]} << 8 * (i % 4);
        if (i % 32 == 31)
            refill();
    }
    refill();
    refill();
}

void Random::fill(std::span<std::uint8_t> out)
{
    while (!out.empty()) {
        if (used_ == pool_size)
            refill();
        std::size_t const n = std::min(out.size(), pool_size - used_);
        std::copy_n(pool_ + used_, n, out.begin());
        std::fill_n(pool_ + used_, n, std::uint8_t{0}); // handed out once
        used_ += n;
        out = out.subspan(n);
    }
}

std::uint64_t Random::next()
{
    std::uint64_t value = 0;
    std::uint8_t bytes[8];
    fill(bytes);
    for (unsigned i = 0; i < 8; ++i)
        value |= std::uint64_t{bytes[i]} << 8 * i;
    return value;
}

std::uint64_t Random::below(std::uint64_t bound)
{
    std::uint64_t const unfair = -bound % bound; // the low values that would come up once more often
    for (;;) {
        std::uint64_t const value = next();
        if (value >= unfair)
            return value % bound;
    }
}

} // namespace torc
