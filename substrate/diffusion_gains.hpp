// SPDX-License-Identifier: MIT
// How strongly load diffuses. Second-order diffusion x(t+1) = beta M x(t) + (1 - beta) x(t-1), M = I - alpha
// L, converges fastest with alpha = 2 / (l2 + lmax) and beta = 2 / (1 + sqrt(1 - g^2)), g = (lmax - l2) /
// (lmax + l2), where l2 and lmax are the smallest nonzero and the largest eigenvalue of the graph's Laplacian
// L. On our layouts they are known in closed form: an axis of n tori with the steps s has the eigenvalues sum
// over s of 1 - cos(2 pi k s / n), and the eigenvalues of a product are sums of those of its axes. Integers
// only; the kernel has no floating point.
#pragma once
#include <cstdint>

#include "substrate/braid_layout.hpp"

namespace torc {

struct DiffusionGains {
    std::uint32_t first{0}; // alpha: the flow while there is none to go on from, in the same unit
    std::uint32_t conductance{
        0}; // beta alpha, 16 fraction bits: the flow over an edge per difference in level
    std::uint32_t momentum{0}; // beta - 1, 16 fraction bits: how much of the last round's flow goes on
    friend constexpr bool operator==(DiffusionGains, DiffusionGains) = default;
};

// 40 fraction bits.
struct Spectrum {
    std::uint64_t smallest{0}, largest{0};
};
Spectrum spectrum_of(Shape const& shape);

DiffusionGains gains_of(Spectrum spectrum);

// With unequal capacities the closed form no longer holds; twice the degree bounds the largest eigenvalue
// whatever they are, so that diffusion stays stable and loses little speed.
enum class Capacities : std::uint8_t { equal, differ };
DiffusionGains gains_for(Shape const& shape, Capacities capacities);

} // namespace torc
