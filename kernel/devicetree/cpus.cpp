// SPDX-License-Identifier: MIT
#include "kernel/devicetree/cpus.hpp"
#include <algorithm>

namespace torc::dt {

namespace {

constexpr std::uint64_t affinity_mask = 0xff'00ff'ffff; // MPIDR_EL1: Aff3, Aff2, Aff1, Aff0

bool is_cpu(Node node)
{
    auto type = node.string("device_type");
    return node.base_name() == "cpu" || (type && *type == "cpu");
}

// "disabled" means "not running yet" for a processor; only a failed one is out.
bool has_failed(Node node)
{
    auto status = node.string("status");
    return status && status->starts_with("fail");
}

Cpu::EnableMethod enable_method(Node node)
{
    auto method = node.string("enable-method");
    if (!method)
        return Cpu::EnableMethod::None;
    if (*method == "psci")
        return Cpu::EnableMethod::Psci;
    return *method == "spin-table" ? Cpu::EnableMethod::SpinTable : Cpu::EnableMethod::Other;
}

} // namespace

Result<void> CpuList::read(Tree const& tree)
{
    count_ = rejected_count_ = 0;
    auto cpus = tree.find("/cpus");
    if (!cpus)
        return unexpected{Status::NoDevice};
    for (Node node : cpus->children())
        if (is_cpu(node))
            consider(node);
    if (count_ == 0)
        return unexpected{Status::NoDevice};
    if (auto map = cpus->child("cpu-map"))
        read_map(tree, *map);
    return {};
}

void CpuList::consider(Node node)
{
    auto mpidr = node.raw_reg(0);
    if (has_failed(node))
        return reject(node, "its status says that it has failed");
    if (!mpidr || (*mpidr & ~affinity_mask) != 0)
        return reject(node, "its reg is not an MPIDR");
    if (index_of(*mpidr))
        return reject(node, "another processor has the same reg");
    if (count_ == max_cpus)
        return reject(node, "there are more processors than this kernel handles");
    cpus_[count_++] = {.mpidr = *mpidr,
        .release_address = node.u64("cpu-release-addr").value_or(0),
        .capacity = node.u32("capacity-dmips-mhz").value_or(0),
        .node = node.index(),
        .enable_method = enable_method(node),
        .compatible = node.string("compatible").value_or(std::string_view{})};
}

void CpuList::reject(Node node, std::string_view reason)
{
    if (rejected_count_ < max_rejected)
        rejected_[rejected_count_++] = {node.index(), reason};
}

std::optional<unsigned> CpuList::index_of(std::uint64_t mpidr) const
{
    auto found = std::ranges::find(cpus(), mpidr & affinity_mask, &Cpu::mpidr);
    return found == cpus().end() ? std::nullopt
                                 : std::optional{static_cast<unsigned>(found - cpus().begin())};
}

// cpu-map: sockets hold clusters, clusters hold clusters or cores, cores hold a `cpu` or threads that do.
void CpuList::read_map(Tree const& tree, Node map)
{
    std::uint16_t clusters = 0;
    std::optional<Node> cluster;
    for (auto node = map.first_child(); node && node->is_inside(map); node = node->next_in_tree()) {
        if (!node->name().starts_with("core"))
            continue;
        if (cluster != node->parent()) {
            cluster = node->parent();
            clusters++;
        }
        read_core(tree, *node, clusters);
    }
}

void CpuList::read_core(Tree const& tree, Node core, std::uint16_t cluster)
{
    auto assign = [&](Node place) {
        auto phandle = place.u32("cpu");
        auto node = phandle ? tree.by_phandle(*phandle) : std::nullopt;
        for (std::size_t i = 0; node && i < count_; i++)
            if (cpus_[i].node == node->index())
                cpus_[i].cluster = cluster;
    };
    assign(core);
    for (Node thread : core.children())
        assign(thread);
}

Result<Psci> psci(Tree const& tree)
{
    static constexpr std::array<std::string_view, 2> standard{"arm,psci-1.0", "arm,psci-0.2"};
    for (Node node : tree.nodes()) {
        bool is_standard = node.match(standard).has_value();
        if (!is_standard && !node.is_compatible("arm,psci"))
            continue;
        auto method = node.string("method");
        if (!node.is_okay() || !method || (*method != "hvc" && *method != "smc"))
            continue;
        auto conduit = *method == "hvc" ? Psci::Conduit::Hvc : Psci::Conduit::Smc;
        if (is_standard) // DEN 0022, section 5.1
            return Psci{conduit, 0xc400'0003, 0x8400'0002, 0x8400'0008, 0x8400'0009};
        return Psci{conduit, node.u32("cpu_on").value_or(0), node.u32("cpu_off").value_or(0), 0, 0};
    }
    return unexpected{Status::NotFound};
}

} // namespace torc::dt
