// SPDX-License-Identifier: MIT
// What the user wants of a torus (docs/torctl.md): its own business, so a wish travels to it and is answered.
#pragma once
#include "kernel/tori/policy_wish.hpp"

namespace torc {
struct Torus;

// Whether torus `number` could be that, as far as this one knows. BadArgument: it takes no programs; Busy: it
// has the names.
Result<void> check_policy(Torus const& torus, unsigned number, TorusPolicy policy);

// This torus from now on. As above.
Result<void> set_policy(Torus& torus, TorusPolicy policy);

} // namespace torc
