// SPDX-License-Identifier: MIT
// The tree is Boost.Intrusive's red-black algorithms over our own nodes; nothing of Boost shows in a header.
#include "substrate/ordered_queue.hpp"

#define BOOST_INTRUSIVE_INVARIANT_ASSERT(holds) ::torc::invariant(static_cast<bool>(holds))
#include <boost/intrusive/rbtree_algorithms.hpp>

namespace torc {

// The member names are Boost's.
struct OrderedNodeTraits {
    using node = OrderedNode;
    using node_ptr = OrderedNode*;
    using const_node_ptr = OrderedNode const*;
    using color = bool;
    static node_ptr get_parent(const_node_ptr n) { return n->parent_; }
    static void set_parent(node_ptr n, node_ptr parent) { n->parent_ = parent; }
    static node_ptr get_left(const_node_ptr n) { return n->left_; }
    static void set_left(node_ptr n, node_ptr left) { n->left_ = left; }
    static node_ptr get_right(const_node_ptr n) { return n->right_; }
    static void set_right(node_ptr n, node_ptr right) { n->right_ = right; }
    static color get_color(const_node_ptr n) { return n->red_; }
    static void set_color(node_ptr n, color red) { n->red_ = red; }
    static color black() { return false; }
    static color red() { return true; }
};

namespace {
using Tree = boost::intrusive::rbtree_algorithms<OrderedNodeTraits>;

bool before(OrderedNode const* a, OrderedNode const* b)
{
    return precedes(a->key, b->key);
}
}

[[gnu::noinline, clang::preserve_most]] void OrderedQueue::insert_into_tree(OrderedNode& node)
{
    Tree::insert_equal_upper_bound(&header_, &node, before);
}

[[gnu::noinline, clang::preserve_most]] void OrderedQueue::insert_before_tree(OrderedNode& node)
{
    Tree::insert_before(&header_, header_.left_, &node);
}

[[gnu::noinline, clang::preserve_most]] void OrderedQueue::erase_from_tree(OrderedNode& node)
{
    Tree::erase(&header_, &node);
}

OrderedNode* OrderedQueue::after(OrderedNode& node) const
{
    if (&node == first_)
        return tree_is_empty() ? nullptr : header_.left_;
    OrderedNode* const next = Tree::next_node(&node);
    return next == &header_ ? nullptr : next;
}

} // namespace torc
