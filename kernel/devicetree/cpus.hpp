// SPDX-License-Identifier: MIT
// The processors that the tree lists, and how to start them.
// Devicetree Specification v0.4, section 3.8; Linux Documentation/devicetree/bindings/arm/cpus.yaml,
// psci.yaml, and cpu/cpu-topology.txt.
#pragma once
#include "kernel/devicetree/tree.hpp"

namespace torc::dt {

struct Cpu {
    enum class EnableMethod : std::uint8_t { None, Psci, SpinTable, Other };
    static constexpr std::uint16_t no_cluster = 0;

    std::uint64_t mpidr{0}; // affinity fields only; not the core's number
    std::uint64_t release_address{0}; // spin-table: where to write the entry address
    std::uint32_t capacity{0}; // capacity-dmips-mhz; 0 where the tree does not say
    std::uint16_t cluster{no_cluster}; // of cpu-map's innermost clusters, counted from 1
    std::uint16_t node{0}; // Tree::node(node)
    EnableMethod enable_method{EnableMethod::None};
    std::string_view compatible; // "arm,cortex-a72"
};

// A listed processor that is not used, and why, for the log.
struct RejectedCpu {
    std::uint16_t node{0};
    std::string_view reason;
};

class CpuList final {
public:
    static constexpr std::size_t max_cpus = 128;
    static constexpr std::size_t max_rejected = 16;

    // NoDevice: no usable processor is listed.
    Result<void> read(Tree const& tree);
    std::span<Cpu const> cpus() const { return std::span{cpus_}.first(count_); }
    std::span<RejectedCpu const> rejected() const { return std::span{rejected_}.first(rejected_count_); }
    std::optional<unsigned> index_of(std::uint64_t mpidr) const; // any bits beside the affinity are ignored

private:
    void consider(Node node);
    void reject(Node node, std::string_view reason);
    void read_map(Tree const& tree, Node map);
    void read_core(Tree const& tree, Node core, std::uint16_t cluster);

    std::array<Cpu, max_cpus> cpus_{};
    std::size_t count_{0};
    std::array<RejectedCpu, max_rejected> rejected_{};
    std::size_t rejected_count_{0};
};

// Power State Coordination Interface (Arm DEN 0022): how the firmware is called.
struct Psci {
    enum class Conduit : std::uint8_t { Hvc, Smc };
    Conduit conduit{Conduit::Smc};
    // Version 0.1 chose its own numbers and has no system functions; those it lacks are 0.
    std::uint32_t cpu_on{0};
    std::uint32_t cpu_off{0};
    std::uint32_t system_off{0};
    std::uint32_t system_reset{0};
};

// NotFound: the tree has no usable PSCI node.
Result<Psci> psci(Tree const& tree);

} // namespace torc::dt
