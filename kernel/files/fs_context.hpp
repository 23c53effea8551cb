// SPDX-License-Identifier: MIT
// Where a process stands in the tree, and its umask. Counted: CLONE_FS shares it.
#pragma once
#include "kernel/files/path.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {
struct OpenFile;

struct FsContext { // pool record
    Path root{}; // counted
    Path directory{}; // the current one: counted
    // On a torus without the names: the same as far files, counted; nullptr for the root that all begin with.
    OpenFile* far_root{nullptr};
    OpenFile* far_directory{nullptr};
    std::uint32_t umask{022};
    std::uint32_t references{1};
};

Result<FsContext*> create_fs_context(); // at the root of the first mount
Result<FsContext*> copy_fs_context(FsContext const& from); // fork
inline void retain(FsContext& context)
{
    ++context.references;
}
void release(FsContext& context);

} // namespace torc
