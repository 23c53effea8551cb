// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

namespace torc {

// What the boot loader wants of it (torc.limbs=): every thread but the first of its process, or with `all`
// that one too, runs on a torus drawn by lot, or always on one.
struct LimbRule {
    enum class Which : std::uint8_t { None, Random, Fixed } which{Which::None};
    bool first_too{false};
    unsigned torus{0};
};

} // namespace torc
