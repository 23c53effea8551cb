// SPDX-License-Identifier: MIT
// What lies in /proc/PID and /proc/PID/task/TID: one table, a row a file.
#pragma once
#include "kernel/files/inode.hpp"
#include "kernel/files/path.hpp"
#include "kernel/proc/proc_text.hpp"
#include <cstdint>
#include <string_view>

namespace torc {

struct ProcessNode {
    enum class Children : std::uint8_t { None, Threads, Descriptors, DescriptorInfo };
    enum class Guard : std::uint8_t { Open, Inspectors }; // who may open it, beyond the permission bits

    std::string_view name;
    InodeKind kind;
    std::uint16_t permissions;
    MakeText make{nullptr};
    TakeText take{nullptr};
    Guard guard{Guard::Open};
    Children children{Children::None};
    Result<std::size_t> (*read_link)(Thread& reader, ProcSubject const& subject, std::span<char> text){
        nullptr};
    Result<Path> (*follow)(ProcSubject const& subject){nullptr}; // the caller gets its references
};

namespace process_tree {
// Rows count from 1: row 0 would be the directory itself.
inline constexpr std::uint8_t none = 0;
std::uint8_t count();
ProcessNode const& node(std::uint8_t row);
std::uint8_t find(std::string_view name); // none
}

// ---- process_links.cpp, process_descriptors.cpp --------------------------------------------------------
namespace process_files {
Result<std::size_t> read_executable(Thread&, ProcSubject const&, std::span<char>);
Result<Path> follow_executable(ProcSubject const&);
Result<std::size_t> read_directory(Thread&, ProcSubject const&, std::span<char>);
Result<Path> follow_directory(ProcSubject const&);
Result<std::size_t> read_root(Thread&, ProcSubject const&, std::span<char>);
Result<Path> follow_root(ProcSubject const&);

Result<std::size_t> read_descriptor(ProcSubject const&, std::uint32_t number, std::span<char>);
Result<Path> follow_descriptor(ProcSubject const&, std::uint32_t number);
// Permission bits of the link: what the file was opened for. BadDescriptor.
Result<std::uint16_t> descriptor_permissions(ProcSubject const&, std::uint32_t number);
// The first one in use at or after `number`; false: none.
bool next_descriptor(ProcSubject const&, std::uint32_t& number);
Result<bool> descriptor_info(ProcText&);
// The record at the cursor (0 at first) of what it says of an open file; close-on-exec is the descriptor's.
// False: that was the last.
bool describe_file(OpenFile& file, std::uint32_t descriptor_flags, std::uint64_t& cursor, FormatSink& out);
}

} // namespace torc
