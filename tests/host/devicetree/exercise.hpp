// SPDX-License-Identifier: MIT
// Asks a tree everything the kernel ever asks. The answers are not looked at: the sanitizers are.
#pragma once
#include "kernel/devicetree/chosen.hpp"
#include "kernel/devicetree/cpus.hpp"
#include "kernel/devicetree/memory.hpp"

namespace torc::dt::test {

inline std::uint64_t exercise_node(Tree const& tree, Node node)
{
    constexpr unsigned enough = 4; // entries of each list: broken trees may claim millions
    std::uint64_t sum = node.name().size() + node.base_name().size() + node.unit_address().size();
    for (std::size_t i = 0; i < node.property_count(); i++) {
        Property property = node.property_at(i);
        sum += property.name().size() + property.cell(0) + property.number(0, 2).value_or(0);
        for (std::string_view text : property.strings())
            sum += text.size();
    }
    for (unsigned i = 0; i < node.reg_count() && i < enough; i++) {
        auto region = node.reg(i);
        if (region)
            sum += node.bus_address(*region).value_or(Baddr{}).raw();
        sum += node.raw_reg(i).value_or(0);
    }
    for (unsigned i = 0; i < node.interrupt_count() && i < enough; i++)
        if (auto interrupt = node.interrupt(i))
            sum += interrupt->cells[0] + interrupt->controller.index();
    for (unsigned i = 0; i < enough; i++)
        if (auto clock = node.specifier("clocks", "#clock-cells", i))
            sum += node.referenced(*clock).index();
    return sum + node.is_reachable() + (tree.by_phandle(node.u32("phandle").value_or(0)) == node);
}

inline std::uint64_t exercise(Tree const& tree)
{
    std::uint64_t sum = 0;
    for (Node node : tree.nodes())
        sum += exercise_node(tree, node);
    for (Node node : tree.compatible("arm,pl011"))
        sum += node.index();

    static MemoryMap map;
    static CpuList cpus;
    static constexpr std::array in_use{Region{Paddr{0x4020'0000}, 0x10'0000}};
    if (read_memory(tree, in_use, map))
        sum += map.free.total() + map.mappable.total();
    if (cpus.read(tree))
        sum += cpus.cpus().size() + cpus.rejected().size();
    if (auto interface = psci(tree))
        sum += interface->cpu_on;
    if (auto uart = console(tree))
        sum += uart->node.index() + uart->options.size();
    for (Argument const& argument : command_line(tree).for_init())
        sum += argument.word.size();
    sum += command_line(tree).init_path().value_or("").size() + initial_ramdisk(tree).value_or(Region{}).size;
    return sum + rng_seed(tree).size() + kaslr_seed(tree) + dma_limit(tree).raw();
}

} // namespace torc::dt::test
