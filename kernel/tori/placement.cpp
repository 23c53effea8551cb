// SPDX-License-Identifier: MIT
#include "kernel/tori/placement.hpp"
#include "kernel/random.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

bool takes_programs(Torus const& torus, unsigned number)
{
    Projection projection;
    return number == torus.number
        || (read_projection(torus, number, projection) && projection.constraints.capacity != 0);
}

} // namespace

unsigned choose_torus(Torus& torus, Thread const&)
{
    unsigned chosen = torus.number;
    switch (torus.links->placement) {
    case Placement::Home:
        return torus.number;
    case Placement::Random:
        chosen = static_cast<unsigned>(torus.random->next() % torus.tori);
        break;
    case Placement::Fixed:
        chosen = torus.links->placed_on;
        break;
    }
    return takes_programs(torus, chosen) ? chosen : torus.number;
}

} // namespace torc
