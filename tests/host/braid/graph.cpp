// SPDX-License-Identifier: MIT
#include "tests/host/braid/graph.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace torc::sim {
namespace {

std::uint8_t slot_of(Neighbourhood const& hood, std::uint32_t other)
{
    auto const all = std::span{hood.position}.first(hood.neighbours);
    auto const found = std::ranges::find(all, other);
    return found == all.end() ? no_slot : static_cast<std::uint8_t>(found - all.begin());
}

void connect(Neighbourhood& hood, std::uint32_t other)
{
    if (slot_of(hood, other) == no_slot)
        hood.position[hood.neighbours++] = other;
}

using Vector = std::vector<double>;

Vector laplacian(std::vector<Neighbourhood> const& graph, Vector const& x)
{
    Vector result(x.size());
    for (std::size_t node = 0; node < x.size(); ++node) {
        double sum = 0;
        for (std::uint8_t slot = 0; slot < graph[node].neighbours; ++slot)
            sum += x[node] - x[graph[node].position[slot]];
        result[node] = sum;
    }
    return result;
}

double norm(Vector const& x)
{
    return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0));
}

} // namespace

std::vector<Neighbourhood> random_graph(std::uint32_t tori, std::mt19937_64& random)
{
    std::vector<Neighbourhood> graph(tori);
    std::vector<std::array<std::uint32_t, 3>> braids;
    std::vector<std::uint32_t> order(tori);
    std::iota(order.begin(), order.end(), 0);
    for (int layer = 0; layer < 3; ++layer) {
        std::shuffle(order.begin(), order.end(), random);
        for (std::size_t i = 0; i + 2 < tori; i += 3)
            braids.push_back({order[i], order[i + 1], order[i + 2]});
    }
    for (auto const& braid : braids)
        for (std::size_t i = 0; i < 3; ++i) {
            connect(graph[braid[i]], braid[(i + 1) % 3]);
            connect(graph[braid[i]], braid[(i + 2) % 3]);
        }
    for (std::uint32_t node = 0; node < tori; ++node)
        for (std::uint8_t slot = 0; slot < graph[node].neighbours; ++slot)
            graph[node].slot_there[slot] = slot_of(graph[graph[node].position[slot]], node);
    for (auto const& braid : braids)
        for (std::size_t i = 0; i < 3; ++i) {
            std::uint32_t const self = braid[i], next = braid[(i + 1) % 3], previous = braid[(i + 2) % 3];
            graph[self].seats[graph[self].braids++]
                = {slot_of(graph[self], next), slot_of(graph[self], previous), slot_of(graph[next], previous),
                    slot_of(graph[previous], next)};
        }
    return graph;
}

Spectrum spectrum_of(std::vector<Neighbourhood> const& graph, int iterations)
{
    std::mt19937_64 random{1};
    Vector x(graph.size()), y(graph.size());
    for (std::size_t node = 0; node < graph.size(); ++node) {
        x[node] = static_cast<double>(random()) / 1e19 - 0.9;
        y[node] = static_cast<double>(random()) / 1e19 - 0.9;
    }
    double largest = 0;
    for (int i = 0; i < iterations; ++i) {
        Vector next = laplacian(graph, x);
        largest = norm(next) / norm(x);
        double const scale = norm(next);
        std::ranges::transform(next, x.begin(), [&](double each) { return each / scale; });
    }
    double smallest = 0;
    for (int i = 0; i < iterations; ++i) {
        double const mean = std::accumulate(y.begin(), y.end(), 0.0) / static_cast<double>(y.size());
        for (double& each : y)
            each -= mean;
        double const scale = norm(y);
        for (double& each : y)
            each /= scale;
        Vector const pushed = laplacian(graph, y);
        smallest = std::inner_product(y.begin(), y.end(), pushed.begin(), 0.0);
        for (std::size_t node = 0; node < y.size(); ++node)
            y[node] -= pushed[node] / largest;
    }
    auto const fixed = [](double value) { return static_cast<std::uint64_t>(std::ldexp(value, 40)); };
    return {fixed(smallest), fixed(largest)};
}

double bound_after(int rounds, Spectrum spectrum)
{
    double const sum = static_cast<double>(spectrum.smallest) + static_cast<double>(spectrum.largest);
    double const gamma = static_cast<double>(spectrum.largest - spectrum.smallest) / sum;
    double const root = std::sqrt(1 - gamma * gamma), beta = 2 / (1 + root);
    return std::pow(beta - 1, rounds / 2.0) * (1 + rounds * root);
}

} // namespace torc::sim
