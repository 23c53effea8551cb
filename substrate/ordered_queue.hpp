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
        if (first_ == nullptr) {
            first_ = &node;
            return;
        }
        // A node that takes the first place comes before all of the tree, and so does the one it replaces.
        bool const leads = precedes(key, first_->key);
        OrderedNode& follower = leads ? *first_ : node;
        if (leads)
            first_ = &node;
        if (tree_is_empty())
            become_tree(follower);
        else if (leads)
            insert_before_tree(follower);
        else
            insert_into_tree(follower);
    }

    void remove(OrderedNode& node)
    {
        invariant(node.queued_);
        node.queued_ = false;
        if (&node != first_) {
            erase(node);
            return;
        }
        promote_first();
    }

    // The first node, taken out, or nullptr.
    [[gnu::always_inline]] OrderedNode* pop_first()
    {
        OrderedNode* const node = first_;
        if (node == nullptr)
            return nullptr;
        node->queued_ = false;
        promote_first();
        return node;
    }

    // In order; nullptr at the end. Only while the queue does not change.
    OrderedNode* after(OrderedNode& node) const;

private:
    bool tree_is_empty() const { return header_.parent_ == nullptr; }
    // Trees of one node are common: two threads wait. They do without the general algorithms.
    void become_tree(OrderedNode& node)
    {
        node.parent_ = &header_;
        node.left_ = node.right_ = nullptr;
        node.red_ = false;
        header_.parent_ = header_.left_ = header_.right_ = &node;
    }
    [[gnu::always_inline]] void promote_first()
    {
        first_ = tree_is_empty() ? nullptr : header_.left_;
        if (first_ != nullptr)
            erase(*first_);
    }
    [[gnu::always_inline]] void erase(OrderedNode& node)
    {
        if (header_.left_ != header_.right_) { // the first and the last of the tree
            erase_from_tree(node);
            return;
        }
        header_.parent_ = nullptr;
        header_.left_ = header_.right_ = &header_;
    }
    // Calls that a queue of few nodes does without: they leave most registers to the caller.
    [[clang::preserve_most]] void insert_into_tree(OrderedNode& node);
    [[clang::preserve_most]] void insert_before_tree(OrderedNode& node);
    [[clang::preserve_most]] void erase_from_tree(OrderedNode& node);

    OrderedNode* first_{nullptr}; // not in the tree
    OrderedNode header_; // of the tree: its parent is the root, its left the first of the rest
};

} // namespace torc
