// SPDX-License-Identifier: MIT
#include "kernel/devicetree/chosen.hpp"
#include <algorithm>

namespace torc::dt {

namespace {

std::optional<Property> chosen_property(Tree const& tree, std::string_view name)
{
    auto chosen = tree.find("/chosen");
    return chosen ? chosen->property(name) : std::nullopt;
}

} // namespace

Result<Console> console(Tree const& tree)
{
    auto property = chosen_property(tree, "stdout-path");
    if (!property)
        property = chosen_property(tree, "linux,stdout-path"); // its name before 2013
    if (!property)
        return unexpected{Status::NotFound};
    std::string_view text = TRY(property->string());
    std::size_t colon = std::min(text.find(':'), text.size());
    auto node = tree.find(text.substr(0, colon));
    if (!node)
        return unexpected{Status::NotFound};
    return Console{*node, text.substr(std::min(colon + 1, text.size()))};
}

CommandLine command_line(Tree const& tree)
{
    auto property = chosen_property(tree, "bootargs");
    return CommandLine{property ? property->string().value_or(std::string_view{}) : std::string_view{}};
}

Result<Region> initial_ramdisk(Tree const& tree)
{
    // Each is one cell or two, whatever #address-cells says: boot loaders differ.
    auto start = chosen_property(tree, "linux,initrd-start");
    auto end = chosen_property(tree, "linux,initrd-end");
    if (!start || !end)
        return unexpected{Status::NotFound};
    std::uint64_t from = TRY(start->u64());
    std::uint64_t to = TRY(end->u64());
    if (to <= from)
        return unexpected{Status::BadArgument};
    return Region{Paddr{from}, to - from};
}

std::span<std::byte const> rng_seed(Tree const& tree)
{
    auto property = chosen_property(tree, "rng-seed");
    return property ? property->bytes() : std::span<std::byte const>{};
}

std::uint64_t kaslr_seed(Tree const& tree)
{
    auto property = chosen_property(tree, "kaslr-seed");
    return property ? property->u64().value_or(0) : 0;
}

} // namespace torc::dt
