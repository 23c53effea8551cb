// SPDX-License-Identifier: MIT
// Where a node's interrupts go: through inherited `interrupt-parent`s and `interrupt-map`s to the
// controller that understands the cells. Devicetree Specification v0.4, section 2.4.
#include "kernel/devicetree/tree.hpp"

namespace torc::dt {

namespace {

constexpr unsigned max_hops = 16; // between controllers; a tree that needs more is a loop

// Reads `count` cells at `at`; NotFound when the property ends before.
template <std::size_t Size>
Result<void> copy_cells(
    Property const& from, std::size_t at, std::size_t count, std::array<std::uint32_t, Size>& to)
{
    if (count > Size)
        return unexpected{Status::NotSupported};
    if (at > from.cell_count() || count > from.cell_count() - at)
        return unexpected{Status::NotFound};
    for (std::size_t i = 0; i < count; i++)
        to[i] = from.cell(at + i);
    return {};
}

// Reads a phandle list entry by entry; how long one is, its target says.
class SpecifierList final {
public:
    SpecifierList(Tree const& tree, Property const& entries, std::string_view cells_property)
        : tree_{tree}
        , entries_{entries}
        , cells_property_{cells_property}
    {
    }
    bool at_end() const { return at_ >= entries_.cell_count(); }
    // An entry left empty (phandle 0) has no target: its count is 0. After a failure there is no going on.
    Result<Specifier> next()
    {
        std::uint32_t phandle = entries_.cell(at_++);
        if (phandle == 0)
            return Specifier{.node = empty, .count = 0};
        auto target = tree_.by_phandle(phandle);
        if (!target)
            return unexpected{Status::NotFound};
        std::size_t count = TRY(target->u32(cells_property_));
        Specifier entry{.node = target->index(), .count = static_cast<std::uint8_t>(count)};
        TRY(copy_cells(entries_, at_, count, entry.cells));
        at_ += count;
        return entry;
    }
    static constexpr std::uint16_t empty = 0xffff;

private:
    Tree const& tree_;
    Property entries_;
    std::string_view cells_property_;
    std::size_t at_{0};
};

// An interrupt on its way through the maps, and the address that a row is compared with: the device's at
// first, then the one that the last row gave.
struct Traveller {
    Interrupt interrupt;
    std::array<std::uint32_t, max_address_cells> address{};
};

std::array<std::uint32_t, max_address_cells> unit_address_of(Node device)
{
    std::array<std::uint32_t, max_address_cells> address{};
    if (auto reg = device.property("reg"))
        for (std::size_t i = 0; i < address.size(); i++)
            address[i] = reg->cell(i);
    return address;
}

// What an interrupt-map row is compared with: the address, then the interrupt's cells.
struct MapKey {
    std::array<std::uint32_t, max_address_cells + max_specifier_cells> cells{};
    unsigned count{0};
};

MapKey make_key(unsigned address_cells, Traveller const& from)
{
    MapKey key;
    for (unsigned i = 0; i < address_cells; i++)
        key.cells[key.count++] = from.address[i];
    for (unsigned i = 0; i < from.interrupt.count; i++)
        key.cells[key.count++] = from.interrupt.cells[i];
    return key;
}

bool row_matches(Property const& map, std::size_t row, MapKey const& key, std::optional<Property> const& mask)
{
    for (unsigned i = 0; i < key.count; i++) {
        std::uint32_t care = mask ? mask->cell(i) : ~0u;
        if (((map.cell(row + i) ^ key.cells[i]) & care) != 0)
            return false;
    }
    return true;
}

// One nexus: the row of its interrupt-map that fits says which parent takes which cells.
Result<Traveller> through_nexus(Traveller const& from)
{
    Node nexus = from.interrupt.controller;
    auto map = nexus.property("interrupt-map");
    auto mask = nexus.property("interrupt-map-mask");
    if (!map || nexus.address_cells() > max_address_cells)
        return unexpected{Status::NotSupported};
    MapKey key = make_key(nexus.address_cells(), from);
    std::size_t at = 0;
    while (at + key.count < map->cell_count()) {
        std::size_t row = at;
        at += key.count;
        auto parent = nexus.tree().by_phandle(map->cell(at++));
        if (!parent)
            return unexpected{Status::NotFound};
        // Here a missing #address-cells means none: controllers without children leave it out.
        std::size_t address_cells = parent->u32("#address-cells").value_or(0);
        std::size_t interrupt_cells = TRY(parent->u32("#interrupt-cells"));
        if (row_matches(*map, row, key, mask)) {
            Traveller to{
                .interrupt{.controller = *parent, .count = static_cast<std::uint8_t>(interrupt_cells)}};
            TRY(copy_cells(*map, at, address_cells, to.address));
            TRY(copy_cells(*map, at + address_cells, interrupt_cells, to.interrupt.cells));
            return to;
        }
        at += address_cells + interrupt_cells;
    }
    return unexpected{Status::NotFound};
}

Result<Interrupt> to_controller(Node device, Interrupt const& interrupt)
{
    Traveller traveller{interrupt, unit_address_of(device)};
    for (unsigned hop = 0; hop < max_hops; hop++) {
        Node at = traveller.interrupt.controller;
        if (at.has("interrupt-controller") || !at.has("interrupt-map"))
            return traveller.interrupt;
        traveller = TRY(through_nexus(traveller));
    }
    return unexpected{Status::Loop};
}

} // namespace

std::optional<Node> Node::interrupt_parent() const
{
    std::optional<Node> candidate = *this;
    for (unsigned hop = 0; hop < max_hops + max_depth && candidate; hop++) {
        auto phandle = candidate->u32("interrupt-parent");
        candidate = phandle ? tree_->by_phandle(*phandle) : candidate->parent();
        if (candidate && candidate->has("#interrupt-cells"))
            return candidate;
    }
    return std::nullopt;
}

Result<Specifier> Node::specifier(
    std::string_view list, std::string_view cells_property, unsigned index) const
{
    auto entries = property(list);
    if (!entries)
        return unexpected{Status::NotFound};
    SpecifierList specifiers{*tree_, *entries, cells_property};
    for (unsigned i = 0; !specifiers.at_end(); i++) {
        Specifier entry = TRY(specifiers.next());
        if (i != index)
            continue;
        if (entry.node == SpecifierList::empty)
            break;
        return entry;
    }
    return unexpected{Status::NotFound};
}

Result<Interrupt> Node::interrupt(unsigned index) const
{
    if (has("interrupts-extended")) {
        Specifier entry = TRY(specifier("interrupts-extended", "#interrupt-cells", index));
        return to_controller(
            *this, {.controller = referenced(entry), .count = entry.count, .cells = entry.cells});
    }
    auto entries = property("interrupts");
    auto controller = interrupt_parent();
    if (!entries || !controller)
        return unexpected{Status::NotFound};
    std::size_t count = TRY(controller->u32("#interrupt-cells"));
    if (count == 0 || count > max_specifier_cells)
        return unexpected{Status::NotSupported};
    Interrupt result{.controller = *controller, .count = static_cast<std::uint8_t>(count)};
    TRY(copy_cells(*entries, index * count, count, result.cells));
    return to_controller(*this, result);
}

Result<Interrupt> Node::interrupt(std::string_view wanted) const
{
    auto index = strings("interrupt-names").index_of(wanted);
    if (!index)
        return unexpected{Status::NotFound};
    return interrupt(*index);
}

unsigned Node::interrupt_count() const
{
    if (auto extended = property("interrupts-extended")) {
        SpecifierList specifiers{*tree_, *extended, "#interrupt-cells"};
        unsigned count = 0;
        while (!specifiers.at_end() && specifiers.next())
            count++;
        return count;
    }
    auto entries = property("interrupts");
    auto controller = interrupt_parent();
    std::size_t cells = controller ? controller->u32("#interrupt-cells").value_or(0) : 0;
    return entries && cells != 0 ? static_cast<unsigned>(entries->cell_count() / cells) : 0;
}

} // namespace torc::dt
