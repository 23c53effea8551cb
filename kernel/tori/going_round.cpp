// SPDX-License-Identifier: MIT
#include "kernel/tori/going_round.hpp"
#include "kernel/tori/far_call.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"

namespace torc {

bool goes_round(Thread& thread, std::uint64_t so_far)
{
    Torus& torus = this_torus();
    if (!programs_elsewhere(torus))
        return false;
    unsigned const home = thread.visiting ? owner_of<&Visitor::thread>(thread).torus : torus.number;
    unsigned const next = next_processor(torus, torus.number);
    if (next == home || next == torus.number)
        return false;
    torus.far->elsewhere = next;
    torus.far->so_far = so_far;
    thread.restart.clear();
    return true;
}

} // namespace torc
