// SPDX-License-Identifier: MIT
// Graphs that are no torus, and what the spectrum of a graph allows.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "substrate/diffusion_gains.hpp"

namespace torc::sim {

// Every torus in up to three random braids: six neighbours, fewer where two braids share an edge.
std::vector<Neighbourhood> random_graph(std::uint32_t tori, std::mt19937_64& random);

// By power iteration: good to a few per cent where eigenvalues lie close together.
Spectrum spectrum_of(std::vector<Neighbourhood> const& graph, int iterations = 100);

// The error that second-order diffusion may have left after t rounds, relative to the first (in the 2-norm).
double bound_after(int rounds, Spectrum spectrum);

} // namespace torc::sim
