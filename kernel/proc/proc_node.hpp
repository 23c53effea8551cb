// SPDX-License-Identifier: MIT
// A node of procfs in 64 bits, which are its inode number too. A process is named by its pid and the
// generation of its cell, so that a file opened for one that is gone never shows the next one with its pid.
//
//   63   61 60        46 45      23 22      6 5     0
//  +-------+------------+----------+---------+-------+
//  | class | generation |   pid    | number  | file  |      Fixed: number is the row of the table, from 1
//  +-------+------------+----------+---------+-------+
#pragma once
#include <cstdint>

namespace torc {

enum class ProcClass : std::uint8_t {
    Fixed, // /proc/meminfo ...: a row of fixed_tree.cpp
    Process, // /proc/PID, and its files: a row of process_tree.cpp
    Task, // /proc/PID/task/TID: the same for one thread
    Descriptor, // .../fd/NUMBER
    DescriptorInfo, // .../fdinfo/NUMBER
};

struct ProcNode {
    static constexpr unsigned file_bits = 6, number_bits = 17, pid_bits = 23, generation_bits = 15;
    static constexpr std::uint32_t generation_mask = (1u << generation_bits) - 1;

    ProcClass kind{ProcClass::Fixed};
    std::uint8_t file{0}; // 0: the directory of the process itself
    std::uint32_t number{0}; // Fixed: row + 1; descriptors: which
    std::int32_t pid{0}; // Task and below: the tid
    std::uint32_t generation{0};
    bool of_task{false}; // descriptors: seen through /proc/PID/task/TID

    constexpr std::uint64_t encode() const
    {
        std::uint64_t const file_or_task = kind >= ProcClass::Descriptor ? of_task : file;
        return static_cast<std::uint64_t>(kind) << 61 | std::uint64_t{generation} << 46
            | static_cast<std::uint64_t>(pid) << 23 | std::uint64_t{number} << 6 | file_or_task;
    }
    static constexpr ProcNode decode(std::uint64_t raw)
    {
        auto const kind = static_cast<ProcClass>(raw >> 61);
        auto const file = static_cast<std::uint8_t>(raw & ((1u << file_bits) - 1));
        bool const descriptor = kind >= ProcClass::Descriptor;
        return {kind, descriptor ? std::uint8_t{0} : file,
            static_cast<std::uint32_t>(raw >> 6 & ((1u << number_bits) - 1)),
            static_cast<std::int32_t>(raw >> 23 & ((1u << pid_bits) - 1)),
            static_cast<std::uint32_t>(raw >> 46 & generation_mask), descriptor && file != 0};
    }
    friend constexpr bool operator==(ProcNode const&, ProcNode const&) = default;
};

static_assert(ProcNode::decode(ProcNode{ProcClass::Task, 63, 0, 4'194'303, 32767}.encode())
    == ProcNode{ProcClass::Task, 63, 0, 4'194'303, 32767});
static_assert(ProcNode::decode(ProcNode{ProcClass::Descriptor, 0, 65535, 7, 1, true}.encode())
    == ProcNode{ProcClass::Descriptor, 0, 65535, 7, 1, true});

} // namespace torc
