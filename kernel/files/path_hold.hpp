// SPDX-License-Identifier: MIT
// A Path that is kept alive while this object lives, or handed on by commit().
#pragma once
#include "kernel/files/filesystem.hpp"
#include "kernel/files/inode.hpp"
#include "kernel/files/path.hpp"
#include <utility>

namespace torc {

class PathHold final {
public:
    PathHold() = default;
    explicit PathHold(Path const& path)
        : path_{path}
    {
        retain(path_);
    }
    static PathHold adopt(Path const& path) // takes over the caller's references
    {
        PathHold hold;
        hold.path_ = path;
        return hold;
    }
    PathHold(PathHold&& other) noexcept
        : path_{std::exchange(other.path_, {})}
    {
    }
    PathHold& operator=(PathHold&& other) noexcept
    {
        if (this != &other) {
            release(path_);
            path_ = std::exchange(other.path_, {});
        }
        return *this;
    }
    ~PathHold()
    {
        if (path_.name != nullptr)
            release(path_);
    }

    explicit operator bool() const { return path_.name != nullptr; }
    Path const& path() const { return path_; }
    Name& name() const { return *path_.name; }
    Inode& inode() const { return *path_.name->inode; }
    Mount& mount() const { return *path_.mount; }
    Path commit() { return std::exchange(path_, {}); }

private:
    Path path_{};
};

} // namespace torc
