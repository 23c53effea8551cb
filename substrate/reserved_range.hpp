// SPDX-License-Identifier: MIT
// A virtual address range reserved at boot and backed page by page as it fills. Who backs it is the
// owner's business: the kernel maps private frames of the torus, the host tests use mmap and mprotect.
// Backed pages have any content; whoever commits a page initialises it.
#pragma once
#include <cstddef>

#include "substrate/invariant.hpp"

namespace torc {

inline constexpr std::size_t backing_page = 4096;

constexpr std::size_t round_to_backing_page(std::size_t bytes)
{
    return (bytes + backing_page - 1) & ~(backing_page - 1);
}

// `start` and `bytes` are multiples of backing_page. commit either backs all of it or changes nothing.
struct Backing {
    bool (*commit)(void* context, void* start, std::size_t bytes){nullptr};
    void (*release)(void* context, void* start, std::size_t bytes){nullptr};
    void* context{nullptr};
};

class ReservedRange final {
public:
    ReservedRange() = default;
    ReservedRange(void* base, std::size_t bytes, Backing backing)
        : base_{static_cast<std::byte*>(base)}
        , bytes_{bytes}
        , backing_{backing}
    {
        invariant(bytes % backing_page == 0);
    }

    std::byte* at(std::size_t offset) const { return base_ + offset; }
    std::size_t size() const { return bytes_; }
    std::size_t backed_bytes() const { return backed_; }

    [[nodiscard]] bool commit(std::size_t offset, std::size_t bytes)
    {
        if (offset + bytes > bytes_ || !backing_.commit(backing_.context, base_ + offset, bytes))
            return false;
        backed_ += bytes;
        return true;
    }

    void release(std::size_t offset, std::size_t bytes)
    {
        backing_.release(backing_.context, base_ + offset, bytes);
        backed_ -= bytes;
    }

    // Splits the first `bytes` off as a range of its own; nothing may be backed yet.
    ReservedRange carve(std::size_t bytes)
    {
        bytes = round_to_backing_page(bytes);
        invariant(backed_ == 0 && bytes <= bytes_);
        ReservedRange front{base_, bytes, backing_};
        base_ += bytes;
        bytes_ -= bytes;
        return front;
    }

private:
    std::byte* base_{nullptr};
    std::size_t bytes_{0};
    std::size_t backed_{0}; // torus-local
    Backing backing_;
};

} // namespace torc
