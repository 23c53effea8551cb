// SPDX-License-Identifier: MIT
#include "kernel/devicetree/tree.hpp"
#include <algorithm>

namespace torc::dt {

namespace {

// SAFETY: bytes and characters alias; the span stays the owner of the extent.
std::string_view as_text(std::span<std::byte const> bytes)
{
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

} // namespace

// ---- strings and properties --------------------------------------------------------------------

bool StringList::contains(std::string_view wanted) const
{
    return index_of(wanted).has_value();
}

std::optional<unsigned> StringList::index_of(std::string_view wanted) const
{
    unsigned index = 0;
    for (std::string_view text : *this) {
        if (text == wanted)
            return index;
        index++;
    }
    return std::nullopt;
}

std::uint32_t Property::cell(std::size_t index) const
{
    return index < cell_count() ? load_cell(value_.data() + index * 4) : 0;
}

Result<std::uint64_t> Property::number(std::size_t first, unsigned cells) const
{
    if (first > cell_count() || cells > cell_count() - first)
        return unexpected{Status::NotFound};
    std::uint64_t value = 0;
    for (std::size_t i = first; i < first + cells; i++) {
        if (value >> 32 != 0)
            return unexpected{Status::OutOfRange};
        value = value << 32 | cell(i);
    }
    return value;
}

Result<std::uint32_t> Property::u32() const
{
    if (value_.size() != 4)
        return unexpected{Status::BadArgument};
    return cell(0);
}

Result<std::uint64_t> Property::u64() const
{
    if (value_.size() != 4 && value_.size() != 8)
        return unexpected{Status::BadArgument};
    return number(0, static_cast<unsigned>(cell_count()));
}

Result<std::string_view> Property::string() const
{
    std::string_view text = as_text(value_);
    std::size_t length = text.find('\0');
    if (length == std::string_view::npos)
        return unexpected{Status::BadArgument};
    return text.substr(0, length);
}

StringList Property::strings() const
{
    return StringList{as_text(value_)};
}

// ---- nodes -------------------------------------------------------------------------------------

std::string_view Node::name() const
{
    auto const& record = tree_->record(*this);
    return tree_->text(record.name, record.name_length);
}

std::string_view Node::base_name() const
{
    std::string_view whole = name();
    return whole.substr(0, whole.find('@'));
}

std::string_view Node::unit_address() const
{
    std::string_view whole = name();
    std::size_t at = whole.find('@');
    return at == std::string_view::npos ? std::string_view{} : whole.substr(at + 1);
}

std::optional<Node> Node::parent() const
{
    return tree_->at(tree_->record(*this).parent);
}

std::optional<Node> Node::first_child() const
{
    return tree_->at(tree_->record(*this).first_child);
}

std::optional<Node> Node::next_sibling() const
{
    return tree_->at(tree_->record(*this).next_sibling);
}

std::optional<Node> Node::next_in_tree() const
{
    // Nodes are stored in document order.
    std::size_t next = index_ + 1u;
    return tree_->at(next < tree_->node_count() ? static_cast<std::uint16_t>(next) : Tree::none);
}

std::optional<Node> Node::child(std::string_view wanted) const
{
    std::optional<Node> loose;
    for (Node node : children()) {
        if (node.name() == wanted)
            return node;
        if (!loose && node.base_name() == wanted)
            loose = node;
    }
    return loose;
}

bool Node::is_inside(Node ancestor) const
{
    for (std::optional<Node> node = parent(); node; node = node->parent())
        if (*node == ancestor)
            return true;
    return false;
}

std::size_t Node::property_count() const
{
    return tree_->record(*this).property_count;
}

Property Node::property_at(std::size_t index) const
{
    return tree_->property_at(tree_->record(*this).first_property + index);
}

std::optional<Property> Node::property(std::string_view wanted) const
{
    auto const& record = tree_->record(*this);
    for (std::size_t i = record.first_property;
        i < std::size_t{record.first_property} + record.property_count; i++)
        if (tree_->name_of_property(i) == wanted)
            return tree_->property_at(i);
    return std::nullopt;
}

Result<std::uint32_t> Node::u32(std::string_view wanted) const
{
    auto found = property(wanted);
    return found ? found->u32() : unexpected{Status::NotFound};
}

Result<std::uint64_t> Node::u64(std::string_view wanted) const
{
    auto found = property(wanted);
    return found ? found->u64() : unexpected{Status::NotFound};
}

Result<std::string_view> Node::string(std::string_view wanted) const
{
    auto found = property(wanted);
    return found ? found->string() : unexpected{Status::NotFound};
}

StringList Node::strings(std::string_view wanted) const
{
    auto found = property(wanted);
    return found ? found->strings() : StringList{};
}

StringList Node::compatible() const
{
    auto const& record = tree_->record(*this);
    return record.compatible == Tree::none ? StringList{} : tree_->property_at(record.compatible).strings();
}

std::optional<unsigned> Node::match(std::span<std::string_view const> wanted) const
{
    for (std::string_view own : compatible()) {
        auto found = std::ranges::find(wanted, own);
        if (found != wanted.end())
            return static_cast<unsigned>(found - wanted.begin());
    }
    return std::nullopt;
}

bool Node::is_okay() const
{
    auto status = string("status");
    return status ? *status == "okay" || *status == "ok" : status.error() == Status::NotFound;
}

bool Node::is_reachable() const
{
    for (std::optional<Node> node = *this; node; node = node->parent())
        if (!node->is_okay())
            return false;
    return true;
}

// ---- the tree ----------------------------------------------------------------------------------

std::string_view Tree::text(std::uint32_t offset, std::size_t length) const
{
    return as_text(blob().subspan(offset, length));
}

std::string_view Tree::name_of_property(std::size_t index) const
{
    return text(properties_[index].name, properties_[index].name_length);
}

Property Tree::property_at(std::size_t index) const
{
    return {name_of_property(index), blob().subspan(properties_[index].value, properties_[index].length)};
}

std::optional<Node> Tree::find_compatible(std::string_view wanted) const
{
    for (Node node : compatible(wanted))
        if (node.is_reachable())
            return node;
    return std::nullopt;
}

std::optional<Node> Tree::find(std::string_view path) const
{
    if (empty() || path.empty())
        return std::nullopt;
    if (path.front() == '/')
        return descend(root(), path);
    // An alias may not be made of aliases, so that this ends.
    auto aliases = root().child("aliases");
    std::size_t end = std::min(path.find('/'), path.size());
    auto target = aliases ? aliases->string(path.substr(0, end)) : unexpected{Status::NotFound};
    if (!target || !target->starts_with('/'))
        return std::nullopt;
    auto start = descend(root(), *target);
    return start ? descend(*start, path.substr(end)) : std::nullopt;
}

std::optional<Node> Tree::descend(Node from, std::string_view path)
{
    std::optional<Node> node = from;
    while (node && !path.empty()) {
        std::size_t end = std::min(path.find('/'), path.size());
        if (end != 0)
            node = node->child(path.substr(0, end));
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return node;
}

std::optional<Node> Tree::by_phandle(std::uint32_t phandle) const
{
    auto used = std::span{phandles_}.first(phandle_count_);
    auto found = std::ranges::lower_bound(used, phandle, {}, &PhandleRecord::phandle);
    return found != used.end() && found->phandle == phandle ? at(found->node) : std::nullopt;
}

Region Tree::reservation(std::size_t index) const
{
    Property entries{{}, blob().subspan(reservations_, reservation_count_ * 16)};
    return {Paddr{entries.number(index * 4, 2).value_or(0)}, entries.number(index * 4 + 2, 2).value_or(0)};
}

} // namespace torc::dt
