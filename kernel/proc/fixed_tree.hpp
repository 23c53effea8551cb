// SPDX-License-Identifier: MIT
// The part of procfs that is always there: one table, a row a file. A row's path says where it lies.
#pragma once
#include "kernel/files/inode.hpp"
#include "kernel/proc/proc_text.hpp"
#include <cstdint>
#include <string_view>

namespace torc {

using LinkText = std::size_t (*)(Thread& reader, FormatSink& out);

struct FixedNode {
    std::string_view path; // without "/proc/"; the root's is empty
    InodeKind kind;
    std::uint16_t permissions;
    MakeText make{nullptr};
    TakeText take{nullptr};
    LinkText link{nullptr};
};

namespace fixed_tree {
inline constexpr std::uint32_t root = 0, none = ~0u;
FixedNode const& node(std::uint32_t row);
std::string_view name(std::uint32_t row); // the last component
std::uint32_t find(std::uint32_t directory, std::string_view name); // none
std::uint32_t next_child(std::uint32_t directory, std::uint32_t row); // at or after `row`; none
std::uint32_t directories_in(std::uint32_t directory);
}

} // namespace torc
