// SPDX-License-Identifier: MIT
// A place in the tree: a name, and the mount through which it was reached (a name can be seen through
// several). A bare Path is a view that is good until the next yield; PathHold keeps both alive.
#pragma once

namespace torc {
struct Mount;
struct Name;

struct Path {
    Mount* mount{nullptr};
    Name* name{nullptr};
    friend bool operator==(Path const&, Path const&) = default;
    explicit operator bool() const { return name != nullptr; }
};

void retain(Path const& path);
void release(Path const& path); // may free the name, its inode and parents; nothing happens to an empty one

} // namespace torc
