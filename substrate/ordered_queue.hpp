// SPDX-License-Identifier: MIT
// A queue ordered by a 64-bit key that may wrap: keys compare by their signed difference, equal keys are
// first in, first out. Timers, deadlines and virtual times all are such keys. The first node is kept outside
// the red-black tree that holds the rest: first() is one load, and a queue that mostly holds one node (two
// processes talking, one timer armed) never touches the tree. Everything else is O(log n).
#pragma once
#include <cstdint>

#include "substrate/invariant.hpp"

namespace torc {

// Whether key `a` comes strictly before key `b`.
constexpr bool precedes(std::uint64_t a, std::uint64_t b)
{
    return static_cast<std::int64_t>(a - b) < 0;
}

struct OrderedNode {
    constexpr OrderedNode() = default;
    constexpr ~OrderedNode() { invariant(!queued_); }
    OrderedNode(OrderedNode const&) = delete;
    OrderedNode& operator=(OrderedNode const&) = delete;

    std::uint64_t key{0};

    bool is_queued() const { return queued_; }

private:
    friend class OrderedQueue;
    friend struct OrderedNodeTraits;
    OrderedNode* parent_{nullptr};
    OrderedNode* left_{nullptr};
    OrderedNode* right_{nullptr};
    bool red_{false};
    bool queued_{false};
};

class OrderedQueue final {
public:
    constexpr OrderedQueue()
    {
        header_.left_ = header_.right_ = &header_;
        header_.red_ = true; // tells the header from the root
    }
    OrderedQueue(OrderedQueue const&) = delete;
    OrderedQueue& operator=(OrderedQueue const&) = delete;

    bool empty() const { return first_ == nullptr; }
    OrderedNode* first() const { return first_; }

    void insert(OrderedNode& node, std::uint64_t key)
    {
        invariant(!node.queued_);
        node.key = key;
        node.queued_ = true;
        if (first_ == nullptr)
            first_ = &node;
        else
            insert_behind(node);
    }

    void remove(OrderedNode& node)
    {
        invariant(node.queued_);
        node.queued_ = false;
        if (&node != first_)
            erase(node);
        else if (tree_is_empty())
            first_ = nullptr;
        else
            refill();
    }

    // The first node, taken out, or nullptr.
    OrderedNode* pop_first()
    {
        OrderedNode* const node = first_;
        if (node != nullptr)
            remove(*node);
        return node;
    }

    // In order; nullptr at the end. Only while the queue does not change.
    OrderedNode* after(OrderedNode& node) const;

private:
    bool tree_is_empty() const { return header_.parent_ == nullptr; }
    void insert_behind(OrderedNode& node);
    void erase(OrderedNode& node);
    void refill();

    OrderedNode* first_{nullptr}; // not in the tree
    OrderedNode header_; // of the tree: its parent is the root, its left the first of the rest
};

} // namespace torc
