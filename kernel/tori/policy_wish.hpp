// SPDX-License-Identifier: MIT
// How a wish about tori is written (docs/torctl.md).
#pragma once
#include "kernel/result.hpp"
#include "kernel/tori/arrangement.hpp"
#include "substrate/projection.hpp"
#include <string_view>

namespace torc {

std::string_view policy_name(TorusPolicy policy); // "open", "isolated", "draining"

// "2", "2,3", "1-3,7": numbers below `limit`. BadArgument.
Result<TorusSet> parse_tori(std::string_view list, unsigned limit);

struct PolicyWish {
    TorusPolicy policy{TorusPolicy::open};
    TorusSet tori;
};
// "isolate LIST", "drain LIST", "admit LIST", and the end of the line. BadArgument.
Result<PolicyWish> parse_wish(std::string_view text, unsigned limit);

} // namespace torc
