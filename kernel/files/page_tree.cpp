// SPDX-License-Identifier: MIT
#include "kernel/files/page_tree.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

std::uint64_t new_node()
{
    PageNode* node = file_records().page_nodes.allocate();
    if (node == nullptr)
        return 0;
    for (auto& slot : node->slots)
        slot = 0;
    return reinterpret_cast<std::uint64_t>(node); // SAFETY: PageTree::node is the inverse
}

bool is_empty(PageNode const& node)
{
    for (auto slot : node.slots)
        if (slot != 0)
            return false;
    return true;
}

} // namespace

// Higher until the tree reaches `index`.
Result<void> PageTree::grow(std::uint64_t index)
{
    while (index >> height_ * 6) {
        if (root_ != 0) {
            std::uint64_t const above = new_node();
            if (above == 0)
                return unexpected{Status::NoMemory};
            node(above)->slots[0] = root_;
            root_ = above;
        }
        ++height_;
    }
    return {};
}

Result<void> PageTree::insert(std::uint64_t index, Paddr frame)
{
    if (root_ == 0)
        height_ = 0;
    TRY(grow(index));
    std::uint64_t* slot = &root_;
    for (unsigned level = height_; level > 0; --level) {
        if (*slot == 0 && (*slot = new_node()) == 0)
            return unexpected{Status::NoMemory}; // empty nodes above it stay until the next removal
        slot = &node(*slot)->slots[index >> (level - 1) * 6 & 63];
    }
    *slot = frame.raw();
    ++pages_;
    return {};
}

// Takes pages out from under `slot`, whose first page is `base`; frees nodes that are empty then. True when
// nothing that was to go is left under it.
bool PageTree::cut(std::uint64_t& slot, unsigned height, std::uint64_t base, Cut& what)
{
    if (height == 0) {
        if (base < what.first || base >= what.end)
            return true;
        if (what.left == 0)
            return false;
        if (!borrowed_)
            this_torus().frames.release(Paddr{slot});
        slot = 0;
        --what.left;
        --pages_;
        return true;
    }
    PageNode& here = *node(slot);
    unsigned const shift = (height - 1) * 6;
    std::uint64_t i = what.first > base ? (what.first - base) >> shift : 0;
    bool complete = true;
    for (; i < PageNode::fan_out && base + (i << shift) < what.end && complete; ++i)
        if (here.slots[i] != 0)
            complete = cut(here.slots[i], height - 1, base + (i << shift), what);
    if (complete && is_empty(here)) {
        file_records().page_nodes.free(&here);
        slot = 0;
    }
    return complete;
}

unsigned PageTree::remove(std::uint64_t first, std::uint64_t end, unsigned count)
{
    Cut what{first, end, count};
    if (root_ != 0 && first >> height_ * 6 == 0)
        cut(root_, height_, 0, what);
    if (root_ == 0)
        height_ = 0;
    return count - what.left;
}

std::uint64_t PageTree::search(
    std::uint64_t slot, unsigned height, std::uint64_t base, std::uint64_t first) const
{
    if (height == 0)
        return base >= first ? base : page_limit;
    unsigned const shift = (height - 1) * 6;
    for (std::uint64_t i = first > base ? (first - base) >> shift : 0; i < PageNode::fan_out; ++i) {
        std::uint64_t const child = node(slot)->slots[i];
        if (child == 0)
            continue;
        std::uint64_t const found = search(child, height - 1, base + (i << shift), first);
        if (found != page_limit)
            return found;
    }
    return page_limit;
}

std::uint64_t PageTree::next_present(std::uint64_t index) const
{
    return root_ == 0 || index >> height_ * 6 ? page_limit : search(root_, height_, 0, index);
}

} // namespace torc
