// SPDX-License-Identifier: MIT
#include "kernel/devicetree/memory.hpp"
#include <algorithm>

namespace torc::dt {

namespace {

bool is_memory(Node node)
{
    auto type = node.string("device_type");
    return type && *type == "memory" && node.is_okay();
}

Result<void> read_ram(Tree const& tree, MemoryMap& map)
{
    for (Node node : tree.root().children()) {
        if (!is_memory(node))
            continue;
        for (unsigned i = 0; i < node.reg_count(); i++)
            if (auto region = node.reg(i); region && region->size != 0) // firmware fills in what is 0
                TRY(map.ram.add(*region));
    }
    if (map.ram.total() == 0) {
        map.problem = "the device tree describes no memory";
        return unexpected{Status::NoMemory};
    }
    return {};
}

void list(MemoryMap& map, Reservation const& reservation)
{
    if (map.reservation_count < MemoryMap::max_reservations)
        map.reservations[map.reservation_count++] = reservation;
}

void reserve(MemoryMap& map, Reservation const& reservation)
{
    list(map, reservation);
    map.free.remove(reservation.region);
    if (reservation.kind == Reservation::Kind::Unmapped)
        map.mappable.remove(reservation.region);
}

// `reg` as it stands: a /reserved-memory without the `ranges` it should have is honoured all the same.
void reserve_fixed(Node node, Property const& reg, MemoryMap& map)
{
    unsigned address_cells = node.parent()->address_cells();
    unsigned size_cells = node.parent()->size_cells();
    auto kind = node.has("no-map") ? Reservation::Kind::Unmapped : Reservation::Kind::Kept;
    for (std::size_t i = 0; i < node.reg_count(); i++) {
        std::size_t at = i * (std::size_t{address_cells} + size_cells);
        auto base = reg.number(at, address_cells);
        auto size = reg.number(at + address_cells, size_cells);
        if (base && size && *size != 0)
            reserve(map, {.region = {Paddr{*base}, *size}, .kind = kind, .name = node.name()});
    }
}

void read_reserved_memory(Tree const& tree, MemoryMap& map)
{
    auto reserved = tree.find("/reserved-memory");
    if (!reserved)
        return;
    for (Node node : reserved->children()) {
        if (!node.is_okay())
            continue;
        if (auto reg = node.property("reg"))
            reserve_fixed(node, *reg, map);
        else if (auto size = node.u64("size"))
            list(map, {.region = {Paddr{}, *size}, .kind = Reservation::Kind::Dynamic, .name = node.name()});
    }
}

} // namespace

Result<void> read_memory(Tree const& tree, std::span<Region const> in_use, MemoryMap& map)
{
    map = {};
    if (tree.empty()) {
        map.problem = "there is no device tree";
        return unexpected{Status::NoMemory};
    }
    if (auto ram = read_ram(tree, map); !ram) {
        if (ram.error() == Status::NoSpace)
            map.problem = "the device tree describes memory in too many pieces";
        return ram;
    }
    map.mappable = map.ram;
    map.free = map.ram;
    for (std::size_t i = 0; i < tree.reservation_count(); i++)
        reserve(map, {.region = tree.reservation(i), .kind = Reservation::Kind::Kept, .name = {}});
    read_reserved_memory(tree, map);
    for (Region const& region : in_use)
        map.free.remove(region);
    return {};
}

Paddr dma_limit(Tree const& tree)
{
    std::uint64_t limit = ~std::uint64_t{0};
    for (Node bus : tree.nodes())
        if (auto reach = bus.dma_reach())
            limit = std::min(limit, reach->raw());
    return Paddr{limit};
}

} // namespace torc::dt
