// SPDX-License-Identifier: MIT
#include "kernel/tori/placement.hpp"
#include "kernel/process/thread.hpp"
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

bool is_allowed(Thread const& thread, unsigned number)
{
    return number >= 64 || thread.affinity >> number & 1; // an affinity goes no further
}

// For a thread that may not be here either.
unsigned first_allowed(Torus const& torus, Thread const& thread)
{
    for (unsigned number = 0; number < torus.tori; ++number)
        if (is_allowed(thread, number) && takes_programs(torus, number))
            return number;
    return torus.number;
}

} // namespace

unsigned choose_torus(Torus& torus, Thread const& thread)
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
    if (!is_allowed(thread, chosen))
        chosen = is_allowed(thread, torus.number) ? torus.number : first_allowed(torus, thread);
    return takes_programs(torus, chosen) ? chosen : torus.number;
}

} // namespace torc
