// SPDX-License-Identifier: MIT
// The device tree, unflattened once into fixed arrays. `Tree::unflatten` checks the whole blob; afterwards
// nothing walks the structure block again, and every read stays inside the blob whatever its bytes say.
// Nodes and properties are small values that refer to the Tree and to the blob, which must both stay.
// Deliberately not here: what a node means. That is in chosen.hpp, memory.hpp, cpus.hpp and the drivers.
//
//     for (dt::Node node : tree.compatible("arm,pl011")) {
//         if (!node.is_okay())
//             continue;
//         dt::Region registers = TRY(node.reg(0));
//         dt::Interrupt line = TRY(node.interrupt(0));
//     }
#pragma once
#include "kernel/address.hpp"
#include "kernel/result.hpp"
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace torc::dt {

inline constexpr std::size_t max_blob_size = 2u << 20; // as the arm64 boot protocol has it
inline constexpr std::size_t max_nodes = 4096;
inline constexpr std::size_t max_properties = 16384; // four times what the biggest of Debian's trees has
inline constexpr std::size_t max_phandles = 2048;
inline constexpr std::size_t max_name_length = 255;
inline constexpr unsigned max_depth = 32;
inline constexpr unsigned max_address_cells = 4;
inline constexpr unsigned max_specifier_cells = 8;

class Tree;
class Node;

// A big-endian cell; the four bytes need no alignment.
constexpr std::uint32_t load_cell(std::byte const* bytes)
{
    return std::uint32_t(bytes[0]) << 24 | std::uint32_t(bytes[1]) << 16 | std::uint32_t(bytes[2]) << 8
        | std::uint32_t(bytes[3]);
}

// Physical memory or registers, as the CPU addresses them.
struct Region {
    Paddr base;
    std::uint64_t size{0};
    friend constexpr bool operator==(Region const&, Region const&) = default;
};

// The strings of a string list ("a\0b\0"). Iterates; an unterminated tail is not a string.
class StringList final {
public:
    class iterator {
    public:
        constexpr iterator() = default;
        constexpr explicit iterator(std::string_view rest)
            : rest_{rest}
        {
            settle();
        }
        constexpr std::string_view operator*() const { return rest_.substr(0, length_); }
        constexpr iterator& operator++()
        {
            rest_.remove_prefix(length_ + 1);
            settle();
            return *this;
        }
        friend constexpr bool operator==(iterator const& a, iterator const& b)
        {
            return a.rest_.size() == b.rest_.size();
        }

    private:
        constexpr void settle()
        {
            length_ = rest_.find('\0');
            if (length_ == std::string_view::npos)
                rest_ = {};
        }
        std::string_view rest_;
        std::size_t length_{0};
    };
    constexpr StringList() = default;
    constexpr explicit StringList(std::string_view bytes)
        : bytes_{bytes}
    {
    }
    constexpr iterator begin() const { return iterator{bytes_}; }
    constexpr iterator end() const { return iterator{}; }
    bool contains(std::string_view wanted) const;
    std::optional<unsigned> index_of(std::string_view wanted) const;

private:
    std::string_view bytes_;
};

class Property final {
public:
    Property(std::string_view name, std::span<std::byte const> value)
        : name_{name}
        , value_{value}
    {
    }
    std::string_view name() const { return name_; }
    std::span<std::byte const> bytes() const { return value_; }

    std::size_t cell_count() const { return value_.size() / 4; }
    std::uint32_t cell(std::size_t index) const; // 0 beyond the end
    // The number in `cells` cells from cell `first`: NotFound beyond the end, OutOfRange when it needs more
    // than 64 bits.
    Result<std::uint64_t> number(std::size_t first, unsigned cells) const;

    Result<std::uint32_t> u32() const; // BadArgument unless exactly one cell
    Result<std::uint64_t> u64() const; // one or two cells
    Result<std::string_view> string() const; // the first string; BadArgument when it is not terminated
    StringList strings() const;

private:
    std::string_view name_;
    std::span<std::byte const> value_;
};

// What a phandle list (`clocks`, `gpios`, `interrupts-extended`, ...) says at one index.
struct Specifier {
    std::uint16_t node{0}; // index of the node the phandle names; see Node::referenced
    std::uint8_t count{0};
    std::array<std::uint32_t, max_specifier_cells> cells{};
};

// A node's interrupt, followed through interrupt-map to the controller that takes the cells.
template <typename NodeType> struct BasicInterrupt {
    NodeType controller;
    std::uint8_t count{0};
    std::array<std::uint32_t, max_specifier_cells> cells{};
};

// Iterates nodes: `Step` is a member of Node that leads to the next one.
template <typename NodeType, std::optional<NodeType> (NodeType::*Step)() const> class NodeRange final {
public:
    class iterator {
    public:
        explicit iterator(std::optional<NodeType> node)
            : node_{node}
        {
        }
        NodeType operator*() const { return *node_; }
        iterator& operator++()
        {
            node_ = ((*node_).*Step)();
            return *this;
        }
        friend bool operator==(iterator const& a, iterator const& b) { return a.node_ == b.node_; }

    private:
        std::optional<NodeType> node_;
    };
    explicit NodeRange(std::optional<NodeType> first)
        : first_{first}
    {
    }
    iterator begin() const { return iterator{first_}; }
    iterator end() const { return iterator{std::nullopt}; }

private:
    std::optional<NodeType> first_;
};

class Node final {
public:
    using Interrupt = BasicInterrupt<Node>;

    std::string_view name() const; // "serial@7e201000"; the root's is empty
    std::string_view base_name() const; // "serial"
    std::string_view unit_address() const; // "7e201000", or empty
    std::uint16_t index() const { return index_; } // in document order; a stable id
    Tree const& tree() const { return *tree_; }

    std::optional<Node> parent() const;
    std::optional<Node> first_child() const;
    std::optional<Node> next_sibling() const;
    std::optional<Node> next_in_tree() const; // document order, whole tree
    std::optional<Node> child(
        std::string_view name) const; // "cpu@0", or "cpu" for the first one of that name
    auto children() const;
    bool is_inside(Node ancestor) const; // at any depth; not the node itself

    std::size_t property_count() const;
    Property property_at(std::size_t index) const; // index < property_count()
    std::optional<Property> property(std::string_view name) const;
    bool has(std::string_view name) const { return property(name).has_value(); }
    Result<std::uint32_t> u32(std::string_view name) const; // NotFound when there is no such property
    Result<std::uint64_t> u64(std::string_view name) const;
    Result<std::string_view> string(std::string_view name) const;
    StringList strings(std::string_view name) const; // empty when there is no such property

    bool is_okay() const; // `status` absent, "okay" or "ok"; the parents are not asked
    bool is_reachable() const; // the node and all its parents are okay
    StringList compatible() const;
    bool is_compatible(std::string_view wanted) const { return compatible().contains(wanted); }
    // The place in `wanted` of the first entry of `compatible` that is there: the most specific match.
    std::optional<unsigned> match(std::span<std::string_view const> wanted) const;

    unsigned address_cells() const; // this node's #address-cells, for its children
    unsigned size_cells() const;

    // Entry `index` of `reg`, through every parent's `ranges` to a CPU address.
    // NotFound: no such entry. NotSupported: a bus between has no `ranges`. NoDevice: outside `ranges`.
    Result<Region> reg(unsigned index) const;
    Result<Region> reg(std::string_view name) const; // by `reg-names`
    // Entry `index` of `reg` as it stands, for buses whose addresses are not memory (cpus, i2c, ...).
    Result<std::uint64_t> raw_reg(unsigned index) const;
    unsigned reg_count() const;
    // An address of this node's children's bus, to the CPU's.
    Result<Paddr> translate(std::uint64_t child_bus_address, std::uint64_t size) const;
    // For a bus with a `dma-ranges` that says something: the end of the memory that its children reach.
    std::optional<Paddr> dma_reach() const;
    // What this node's DMA engine calls [base, base + size): through the `dma-ranges` of its parents.
    // OutOfRange: the device cannot reach it.
    Result<Baddr> bus_address(Region memory) const;

    Result<Interrupt> interrupt(unsigned index) const;
    Result<Interrupt> interrupt(std::string_view name) const; // by `interrupt-names`
    unsigned interrupt_count() const;
    std::optional<Node> interrupt_parent() const;
    // Entry `index` of a phandle list, whose cells the target counts in `cells_property` ("#clock-cells").
    Result<Specifier> specifier(std::string_view list, std::string_view cells_property, unsigned index) const;
    Node referenced(Specifier const& s) const { return Node{*tree_, s.node}; }

    friend bool operator==(Node const& a, Node const& b)
    {
        return a.tree_ == b.tree_ && a.index_ == b.index_;
    }

private:
    friend class Tree;
    Node(Tree const& tree, std::uint16_t index)
        : tree_{&tree}
        , index_{index}
    {
    }
    Tree const* tree_;
    std::uint16_t index_;
};

using Interrupt = Node::Interrupt;
using Children = NodeRange<Node, &Node::next_sibling>;
using AllNodes = NodeRange<Node, &Node::next_in_tree>;
inline auto Node::children() const
{
    return Children{first_child()};
}

// All nodes that have `wanted` in their `compatible`, in document order.
class Compatible final {
public:
    class iterator {
    public:
        iterator(std::optional<Node> node, std::string_view wanted)
            : node_{node}
            , wanted_{wanted}
        {
            settle();
        }
        Node operator*() const { return *node_; }
        iterator& operator++()
        {
            node_ = node_->next_in_tree();
            settle();
            return *this;
        }
        friend bool operator==(iterator const& a, iterator const& b) { return a.node_ == b.node_; }

    private:
        void settle()
        {
            while (node_ && !node_->is_compatible(wanted_))
                node_ = node_->next_in_tree();
        }
        std::optional<Node> node_;
        std::string_view wanted_;
    };
    Compatible(std::optional<Node> first, std::string_view wanted)
        : first_{first}
        , wanted_{wanted}
    {
    }
    iterator begin() const { return {first_, wanted_}; }
    iterator end() const { return {std::nullopt, wanted_}; }

private:
    std::optional<Node> first_;
    std::string_view wanted_;
};

// About 300 KiB: one object in .bss, filled once. (So there is no create() that returns it by value.)
class Tree final {
public:
    constexpr Tree() = default;
    Tree(Tree const&) = delete;
    Tree& operator=(Tree const&) = delete;

    // Checks and unflattens. On failure the tree is empty and problem() says why in words.
    // BadArgument: not a device tree, or a broken one. NoSpace: bigger than the limits above.
    Result<void> unflatten(std::span<std::byte const> blob);
    std::string_view problem() const { return problem_; }
    // The same blob is now seen at another address (once the direct map exists).
    void blob_moved(std::byte const* base) { blob_ = base; }
    // How many bytes an unread blob claims to have, from its first 8 bytes; 0 when it is none.
    static std::size_t claimed_size(std::span<std::byte const, 8> head);

    bool empty() const { return node_count_ == 0; }
    Node root() const { return Node{*this, 0}; } // not when empty()
    Node node(std::uint16_t index) const { return Node{*this, index}; } // of a Node's index()
    AllNodes nodes() const { return AllNodes{first()}; }
    Compatible compatible(std::string_view wanted) const { return {first(), wanted}; }
    std::optional<Node> find_compatible(std::string_view wanted) const; // the first one that is_reachable()
    // "/soc/serial@7e201000", "/soc/serial", "serial0", "serial0/child".
    std::optional<Node> find(std::string_view path) const;
    std::optional<Node> by_phandle(std::uint32_t phandle) const;

    // /memreserve/ entries.
    std::size_t reservation_count() const { return reservation_count_; }
    Region reservation(std::size_t index) const;

    std::span<std::byte const> blob() const { return {blob_, blob_size_}; }
    std::size_t node_count() const { return node_count_; }
    std::size_t property_count() const { return property_count_; }

private:
    friend class Node;
    friend class Unflattener; // unflatten.cpp
    static constexpr std::uint16_t none = 0xffff;

    // Offsets count from the start of the blob. All defaults are zero, so that a Tree costs nothing in the
    // image.
    struct NodeRecord {
        std::uint32_t name{0};
        std::uint16_t name_length{0};
        std::uint16_t parent{0};
        std::uint16_t first_child{0};
        std::uint16_t next_sibling{0};
        std::uint16_t first_property{0};
        std::uint16_t property_count{0};
        std::uint16_t compatible{0}; // index of that property: every driver's search asks for it
    };
    struct PropertyRecord {
        std::uint32_t name : 24 {0};
        std::uint32_t name_length : 8 {0};
        std::uint32_t value{0};
        std::uint32_t length{0};
    };
    static_assert(max_blob_size <= 1u << 24 && max_nodes < none && max_properties < none);
    struct PhandleRecord {
        std::uint32_t phandle{0};
        std::uint16_t node{0};
        friend bool operator==(PhandleRecord const&, PhandleRecord const&) = default;
    };

    void forget();
    std::optional<Node> first() const { return at(empty() ? none : std::uint16_t{0}); }
    std::optional<Node> at(std::uint16_t index) const
    {
        return index == none ? std::nullopt : std::optional{Node{*this, index}};
    }
    NodeRecord const& record(Node node) const { return nodes_[node.index_]; }
    Property property_at(std::size_t index) const; // in properties_
    std::string_view name_of_property(std::size_t index) const;
    static std::optional<Node> descend(Node from, std::string_view path);
    std::string_view text(std::uint32_t offset, std::size_t length) const;

    // Written by unflatten(), constant afterwards.
    std::byte const* blob_{nullptr};
    std::size_t blob_size_{0};
    std::size_t reservations_{0}; // offset in the blob
    std::size_t reservation_count_{0};
    std::size_t node_count_{0};
    std::size_t property_count_{0};
    std::size_t phandle_count_{0};
    std::string_view problem_{};
    std::array<NodeRecord, max_nodes> nodes_{};
    std::array<PropertyRecord, max_properties> properties_{};
    std::array<PhandleRecord, max_phandles> phandles_{}; // sorted by phandle
};

} // namespace torc::dt
