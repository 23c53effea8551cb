// SPDX-License-Identifier: MIT
#include "kernel/tori/policy.hpp"
#include "kernel/log.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/tori/moving.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

void say(Torus const& torus)
{
    switch (torus.rounds.policy) {
    case TorusPolicy::isolated:
        return log("Torus {} is isolated: it runs what is pinned to it.", torus.number);
    case TorusPolicy::draining:
        return log("Torus {} is being drained: it takes no programs.", torus.number);
    case TorusPolicy::open:
        return log("Torus {} is open to all programs.", torus.number);
    }
}

} // namespace

Result<void> check_policy(Torus const& torus, unsigned number, TorusPolicy policy)
{
    if (!policy_of(torus, number))
        return unexpected{Status::BadArgument};
    if (number == names_torus && policy != TorusPolicy::open)
        return unexpected{Status::Busy};
    return {};
}

Result<void> set_policy(Torus& torus, TorusPolicy policy)
{
    TRY(check_policy(torus, torus.number, policy));
    if (policy == torus.rounds.policy)
        return {};
    change_policy(torus, policy);
    say(torus);
    if (policy != TorusPolicy::open && torus.processes != nullptr)
        ask_all_to_leave(torus);
    return {};
}

} // namespace torc
