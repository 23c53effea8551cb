// SPDX-License-Identifier: MIT
// A broken invariant is what the models look for.
#pragma once
#include "tests/models/explore.hpp"

namespace torc {

constexpr void invariant(bool holds)
{
    if (!holds)
        model::found("an invariant is broken");
}

} // namespace torc
