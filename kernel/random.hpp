// SPDX-License-Identifier: MIT
// A torus's random generator: ChaCha20 (RFC 8439) with fast key erasure. Every refill makes a new key first,
// so what was handed out cannot be computed backwards; entropy that comes later is mixed into the key. It
// lives in the kernel, so a fork cannot repeat its output. Torus-local.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace torc {

// One block of the cipher's key stream. Constant time.
void chacha20_block(std::uint32_t const (&key)[8], std::uint32_t counter, std::uint32_t const (&nonce)[3],
    std::span<std::uint8_t, 64> out);

class Random {
public:
    void mix(std::span<std::uint8_t const> entropy);
    void fill(std::span<std::uint8_t> out);
    std::uint64_t next(); // 64 random bits
    std::uint64_t below(std::uint64_t bound); // uniform in [0, bound); bound > 0

private:
    static constexpr std::size_t pool_size = 32;
    void refill();

    std::uint32_t key_[8]{};
    std::uint8_t pool_[pool_size]{}; // bytes from used_ on were not handed out yet
    std::size_t used_{pool_size};
};

} // namespace torc
