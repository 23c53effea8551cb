// SPDX-License-Identifier: MIT
// The tree that a test looks at, made of what it builds.
#pragma once
#include "blob.hpp"
#include "kernel/devicetree/memory.hpp"
#include "kernel/devicetree/tree.hpp"
#include <gtest/gtest.h>
#include <optional>

namespace torc::dt::test {

inline constinit Tree tree;
inline std::optional<Blob> blob;

inline void load(Builder const& builder)
{
    blob.emplace(builder.bytes());
    ASSERT_TRUE(tree.unflatten(*blob)) << tree.problem();
}

inline Region region(std::uint64_t base, std::uint64_t size)
{
    return {Paddr{base}, size};
}

} // namespace torc::dt::test
