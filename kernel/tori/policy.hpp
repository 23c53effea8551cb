// SPDX-License-Identifier: MIT
// What the user wants of a torus (docs/torctl.md): its own business, so a wish travels to it and is answered.
#pragma once
#include "kernel/result.hpp"
#include "kernel/tori/arrangement.hpp"
#include "substrate/projection.hpp"
#include <string_view>

namespace torc {
struct Torus;

std::string_view policy_name(TorusPolicy policy); // "open", "isolated", "draining"

// "2", "2,3", "1-3,7": numbers below `limit`. BadArgument.
Result<TorusSet> parse_tori(std::string_view list, unsigned limit);

struct PolicyWish {
    TorusPolicy policy{TorusPolicy::open};
    TorusSet tori;
};
// "isolate LIST", "drain LIST", "admit LIST", and the end of the line. BadArgument.
Result<PolicyWish> parse_wish(std::string_view text, unsigned limit);

// Whether torus `number` could be that, as far as this one knows. BadArgument: it takes no programs; Busy: it
// has the names.
Result<void> check_policy(Torus const& torus, unsigned number, TorusPolicy policy);

// This torus from now on. As above.
Result<void> set_policy(Torus& torus, TorusPolicy policy);

} // namespace torc
