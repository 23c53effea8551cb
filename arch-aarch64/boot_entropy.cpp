// SPDX-License-Identifier: MIT
#include "arch-aarch64/boot_entropy.hpp"

#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/sysreg.hpp"
#include "arch/machine.hpp"
#include "kernel/devicetree/chosen.hpp"
#include "kernel/log.hpp"

#include <algorithm>
#include <array>

namespace torc::arch {
namespace {

constexpr std::size_t seed_room = 64;
constexpr std::size_t words = 8; // of the core's generator and of jitter, each

struct Gathered {
    std::array<std::uint8_t, seed_room> seed{};
    std::array<std::uint64_t, words> generator{};
    std::array<std::uint64_t, words> jitter{};
    std::uint64_t kaslr_seed{0};
};
static_assert(sizeof(Gathered) == seed_room + 2 * 8 * words + 8); // no padding: it is read as bytes
constinit Gathered gathered{}; // written at boot

std::size_t take_seed(dt::Tree const& tree)
{
    std::span<std::byte const> const seed = dt::rng_seed(tree);
    std::size_t const size = std::min(seed.size(), seed_room);
    std::transform(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(size), gathered.seed.begin(),
        [](std::byte b) { return static_cast<std::uint8_t>(b); });
    gathered.kaslr_seed = dt::kaslr_seed(tree);
    return size;
}

// RNDR (Arm DDI 0487, FEAT_RNG). A core whose generator is exhausted answers 0.
bool ask_generator()
{
    constexpr unsigned rndr_shift = 60;
    if ((sysreg::ID_AA64ISAR0_EL1::read() >> rndr_shift) == 0)
        return false;
    for (std::uint64_t& word : gathered.generator)
        word = sysreg::RNDR::read();
    return std::ranges::any_of(gathered.generator, [](std::uint64_t word) { return word != 0; });
}

// How long a little work takes varies in the counter's last bits. Rotating by 7 lets 64 samples touch every
// bit.
std::uint64_t jitter_word()
{
    std::uint64_t word = 0;
    for (unsigned sample = 0; sample < 64; ++sample) {
        dsb_sy();
        word = (word << 7 | word >> 57) ^ read_cntvct_el0() * 0x9e37'79b9'7f4a'7c15;
    }
    return word;
}

} // namespace

EntropyQuality gather_boot_entropy(dt::Tree const& tree)
{
    bool const seeded = take_seed(tree) != 0 || gathered.kaslr_seed != 0;
    bool const generated = ask_generator();
    for (std::uint64_t& word : gathered.jitter)
        word = jitter_word();
    if (seeded || generated)
        return EntropyQuality::Seeded;
    log("The device tree has no seed: random numbers start from counter jitter alone.");
    return EntropyQuality::JitterOnly;
}

std::span<std::uint8_t const> boot_entropy()
{
    // SAFETY: the object has no padding, and bytes may alias anything.
    return {reinterpret_cast<std::uint8_t const*>(&gathered), sizeof gathered};
}

} // namespace torc::arch
