// SPDX-License-Identifier: MIT
// The pages of one file: page number -> frame, a tree of 64-way nodes that is as high as the highest page
// needs. A file of one page has no node at all. A frame in the tree carries one reference of its own.
// Nodes are pool records; torus-local.
#pragma once
#include "kernel/address.hpp"
#include "kernel/result.hpp"
#include <cstdint>
#include <span>

namespace torc {

struct PageNode {
    static constexpr unsigned fan_out = 64;
    std::uint64_t slots[fan_out]; // 0: nothing; else a frame (height 0) or a PageNode*
};
static_assert(sizeof(PageNode) == 512);

class PageTree {
public:
    static constexpr std::uint64_t page_limit = 1ull << 51; // 2^63 bytes
    // The frame of page `index`; 0 is none.
    Paddr find(std::uint64_t index) const
    {
        if (index >> height_ * 6) [[unlikely]]
            return Paddr{};
        std::uint64_t slot = root_;
        for (unsigned level = height_; level > 0 && slot != 0; --level)
            slot = node(slot)->slots[index >> (level - 1) * 6 & 63];
        return Paddr{slot};
    }
    // The places of pages from `index` to the end of its node (frames, or 0), or nothing: none of them is
    // there.
    std::span<std::uint64_t const> run(std::uint64_t index) const
    {
        if (index >> height_ * 6) [[unlikely]]
            return {};
        if (height_ == 0)
            return {&root_, 1};
        std::uint64_t slot = root_;
        for (unsigned level = height_; level > 1 && slot != 0; --level)
            slot = node(slot)->slots[index >> (level - 1) * 6 & 63];
        return slot != 0 ? std::span<std::uint64_t const>{node(slot)->slots}.subspan(index & 63)
                         : std::span<std::uint64_t const>{};
    }
    // Puts a frame where none is; the tree takes over the caller's reference.
    Result<void> insert(std::uint64_t index, Paddr frame);
    // Takes pages in [first, end) out, at most `count` of them, and drops their references. Says how many;
    // fewer than `count` means that none is left there.
    unsigned remove(std::uint64_t first, std::uint64_t end, unsigned count);
    // The first page present at or after `index`, or page_limit.
    std::uint64_t next_present(std::uint64_t index) const;
    std::uint64_t pages() const { return pages_; }
    bool empty() const { return pages_ == 0; }
    // The frames are another torus's: the tree has no references to them.
    void set_borrowed() { borrowed_ = true; }

private:
    static PageNode* node(std::uint64_t slot)
    {
        return reinterpret_cast<PageNode*>(slot);
    } // SAFETY: slots above height 0 hold nodes
    Result<void> grow(std::uint64_t index);
    struct Cut { // pages to take out
        std::uint64_t first, end;
        unsigned left;
    };
    bool cut(std::uint64_t& slot, unsigned height, std::uint64_t base, Cut& what);
    std::uint64_t search(std::uint64_t slot, unsigned height, std::uint64_t base, std::uint64_t first) const;

    std::uint64_t root_{0};
    std::uint64_t pages_{0};
    bool borrowed_{false};
    std::uint8_t height_{0}; // levels of nodes; 0: the root is the frame of page 0
};

} // namespace torc
