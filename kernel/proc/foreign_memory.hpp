// SPDX-License-Identifier: MIT
// Reading the memory of a process that need not be the running one: through its own tables and the frames.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace torc {
class Space;

// As many bytes from `address` on as can be had; fewer at a page that is not there.
std::size_t read_foreign(Space& space, std::uint64_t address, std::span<char> to);

} // namespace torc
