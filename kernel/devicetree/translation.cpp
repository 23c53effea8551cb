// SPDX-License-Identifier: MIT
// Addresses on their way from a device's bus to the CPU (`reg` through `ranges`) and, for DMA, from the
// CPU's memory to what the device calls it (`dma-ranges`, the other way round).
// Devicetree Specification v0.4, sections 2.3.5 to 2.3.9; PCI: IEEE 1275 PCI bus binding, section 2.2.1.
#include "kernel/devicetree/tree.hpp"

namespace torc::dt {

namespace {

using Wide = unsigned __int128; // up to four cells

constexpr unsigned default_address_cells = 2;
constexpr unsigned default_size_cells = 1;

struct Window {
    Wide child;
    Wide parent;
    Wide size;
};

Wide wide_number(Property const& property, std::size_t first, unsigned cells)
{
    Wide value = 0;
    for (std::size_t i = first; i < first + cells; i++)
        value = value << 32 | property.cell(i);
    return value;
}

// A PCI address is three cells: flags, of which only the space counts here, and 64 bits of address.
// 32-bit and 64-bit memory are one space; the relocatable and prefetchable bits and the device number go.
Wide pci_address(Wide address)
{
    constexpr unsigned space_shift = 64 + 24;
    auto space = static_cast<unsigned>(address >> space_shift) & 3;
    if (space == 3)
        space = 2;
    return static_cast<Wide>(space) << space_shift | static_cast<std::uint64_t>(address);
}

// One bus: how its children's addresses and its parent's look in `ranges` and `dma-ranges`.
class Bus final {
public:
    explicit Bus(Node node)
        : node_{node}
        , child_cells_{node.address_cells()}
        , size_cells_{node.size_cells()}
        , is_pci_{is_pci(node)}
        , parent_is_pci_{node.parent() && is_pci(*node.parent())}
        , parent_cells_{node.parent() ? node.parent()->address_cells() : 0}
    {
    }
    bool sane() const
    {
        return child_cells_ <= max_address_cells && size_cells_ <= max_address_cells
            && parent_cells_ <= max_address_cells;
    }
    Wide normal(Wide child_address) const { return is_pci_ ? pci_address(child_address) : child_address; }
    std::size_t window_count(Property const& ranges) const
    {
        unsigned cells = child_cells_ + parent_cells_ + size_cells_;
        return cells == 0 ? 0 : ranges.cell_count() / cells;
    }
    Window window(Property const& ranges, std::size_t index) const
    {
        std::size_t at = index * (child_cells_ + parent_cells_ + size_cells_);
        Wide parent = wide_number(ranges, at + child_cells_, parent_cells_);
        return {.child = normal(wide_number(ranges, at, child_cells_)),
            .parent = parent_is_pci_ ? pci_address(parent) : parent,
            .size = wide_number(ranges, at + child_cells_ + parent_cells_, size_cells_)};
    }

private:
    static bool is_pci(Node node)
    {
        auto type = node.string("device_type");
        return type && (*type == "pci" || *type == "pciex");
    }
    Node node_;
    unsigned child_cells_;
    unsigned size_cells_;
    bool is_pci_;
    bool parent_is_pci_;
    unsigned parent_cells_;
};

bool covers(Wide base, Wide size, Wide address, std::uint64_t length)
{
    return address >= base && address - base < size && length <= size - (address - base);
}

// Which of a bus's two maps is meant. Without `ranges` a bus does not show its children's registers; without
// `dma-ranges` it leaves memory addresses as they are.
enum class Map { Registers, Memory };

std::optional<Property> map_of(Node bus, Map map)
{
    return bus.property(map == Map::Registers ? "ranges" : "dma-ranges");
}

struct Extent {
    Wide base;
    std::uint64_t size;
};

// An address of `bus`'s children to one of its parent's.
Result<Wide> to_parent(Node bus, Map map, Extent extent)
{
    Bus level{bus};
    auto ranges = map_of(bus, map);
    if ((!ranges && map == Map::Registers) || !level.sane())
        return unexpected{Status::NotSupported};
    Wide address = level.normal(extent.base);
    if (!ranges || ranges->bytes().empty()) // the same addresses on both sides
        return address;
    for (std::size_t i = 0; i < level.window_count(*ranges); i++) {
        Window window = level.window(*ranges, i);
        if (covers(window.child, window.size, address, extent.size))
            return address - window.child + window.parent;
    }
    return unexpected{Status::NoDevice};
}

// From `bus`'s children to the CPU, parent by parent.
Result<Paddr> to_cpu(Node bus, Map map, Extent extent)
{
    for (std::optional<Node> node = bus; node->parent(); node = node->parent())
        extent.base = TRY(to_parent(*node, map, extent));
    if (extent.base >> 64 != 0)
        return unexpected{Status::OutOfRange};
    auto base = static_cast<std::uint64_t>(extent.base);
    if (extent.size != 0 && base + (extent.size - 1) < base)
        return unexpected{Status::OutOfRange};
    return Paddr{base};
}

struct RawRegister {
    Wide address;
    Wide size;
};

Result<RawRegister> raw_register(Node node, unsigned index)
{
    auto parent = node.parent();
    auto property = node.property("reg");
    if (!parent || !property)
        return unexpected{Status::NotFound};
    unsigned address_cells = parent->address_cells();
    unsigned size_cells = parent->size_cells();
    if (address_cells > max_address_cells || size_cells > max_address_cells)
        return unexpected{Status::NotSupported};
    if (index >= node.reg_count())
        return unexpected{Status::NotFound};
    std::size_t at = std::size_t{index} * (address_cells + size_cells);
    return RawRegister{
        wide_number(*property, at, address_cells), wide_number(*property, at + address_cells, size_cells)};
}

} // namespace

unsigned Node::address_cells() const
{
    return u32("#address-cells").value_or(default_address_cells);
}

unsigned Node::size_cells() const
{
    return u32("#size-cells").value_or(default_size_cells);
}

unsigned Node::reg_count() const
{
    auto bus = parent();
    auto entries = property("reg");
    if (!bus || !entries)
        return 0;
    std::uint64_t cells = std::uint64_t{bus->address_cells()} + bus->size_cells();
    return cells == 0 ? 0 : static_cast<unsigned>(entries->cell_count() / cells);
}

Result<Region> Node::reg(unsigned index) const
{
    RawRegister entry = TRY(raw_register(*this, index));
    if (entry.size >> 64 != 0)
        return unexpected{Status::OutOfRange};
    auto size = static_cast<std::uint64_t>(entry.size);
    return Region{TRY(to_cpu(*parent(), Map::Registers, {entry.address, size})), size};
}

Result<Region> Node::reg(std::string_view wanted) const
{
    auto index = strings("reg-names").index_of(wanted);
    if (!index)
        return unexpected{Status::NotFound};
    return reg(*index);
}

Result<std::uint64_t> Node::raw_reg(unsigned index) const
{
    RawRegister entry = TRY(raw_register(*this, index));
    if (entry.address >> 64 != 0)
        return unexpected{Status::OutOfRange};
    return static_cast<std::uint64_t>(entry.address);
}

Result<Paddr> Node::translate(std::uint64_t child_bus_address, std::uint64_t size) const
{
    return to_cpu(*this, Map::Registers, {child_bus_address, size});
}

std::optional<Paddr> Node::dma_reach() const
{
    auto ranges = property("dma-ranges");
    Bus level{*this};
    if (!ranges || !parent() || !level.sane())
        return std::nullopt;
    std::optional<Paddr> reach;
    for (std::size_t i = 0; i < level.window_count(*ranges); i++) {
        Window window = level.window(*ranges, i);
        if (window.size == 0)
            continue;
        Wide room = ~std::uint64_t{0} - (window.parent & ~std::uint64_t{0});
        auto size = static_cast<std::uint64_t>(window.size < room ? window.size : room);
        auto base = to_cpu(*parent(), Map::Memory, {window.parent, size});
        if (base && (!reach || *base + size > *reach))
            reach = *base + size;
    }
    return reach;
}

Result<Baddr> Node::bus_address(Region memory) const
{
    // The buses between the device and the root; the CPU's address comes down through them.
    std::array<std::uint16_t, max_depth + 1> buses{};
    unsigned count = 0;
    for (std::optional<Node> bus = parent(); bus && bus->parent(); bus = bus->parent())
        buses[count++] = bus->index();

    Wide address = memory.base.raw();
    while (count != 0) {
        Node bus{*tree_, buses[--count]};
        Bus level{bus};
        auto ranges = bus.property("dma-ranges");
        if (!ranges || ranges->bytes().empty()) // the same addresses on both sides
            continue;
        if (!level.sane())
            return unexpected{Status::NotSupported};
        bool found = false;
        for (std::size_t i = 0; i < level.window_count(*ranges) && !found; i++) {
            Window window = level.window(*ranges, i);
            found = covers(window.parent, window.size, address, memory.size);
            if (found)
                address = address - window.parent + window.child;
        }
        if (!found)
            return unexpected{Status::OutOfRange};
    }
    return Baddr{static_cast<std::uint64_t>(address)}; // of a PCI address, the part without the flags
}

} // namespace torc::dt
