// SPDX-License-Identifier: MIT
// Where an archive's path leads in the root filesystem before there is any process to walk it: symbolic links
// on the way are followed, missing directories are made.
#pragma once
#include "kernel/files/name.hpp"
#include "kernel/result.hpp"
#include <cstdint>
#include <string_view>

namespace torc {

struct ArchivePlace {
    Name* directory{nullptr};
    std::string_view last; // empty: the root itself
    std::uint32_t hash{0};
    Name* found{nullptr};
};

Result<ArchivePlace> find_archive_place(Name& root, std::string_view path);

} // namespace torc
