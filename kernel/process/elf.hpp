// SPDX-License-Identifier: MIT
// ELF64 as execve takes it (System V gABI, chapters 4 and 5; ELF for the Arm 64-bit architecture, IHI 0056).
// Every field of the file is checked before it is used: the file is input.
#pragma once
#include "kernel/result.hpp"
#include <cstdint>
#include <span>

namespace torc {

struct ElfHeader {
    std::uint8_t identification[16];
    std::uint16_t type, machine;
    std::uint32_t version;
    std::uint64_t entry, program_headers, section_headers;
    std::uint32_t flags;
    std::uint16_t header_size, program_header_size, program_header_count, section_header_size,
        section_header_count, string_section;
};
static_assert(sizeof(ElfHeader) == 64);

struct ElfSegment {
    std::uint32_t type, flags;
    std::uint64_t offset, address, physical_address, file_size, memory_size, alignment;
};
static_assert(sizeof(ElfSegment) == 56);

namespace elf {
inline constexpr std::uint16_t type_executable = 2, type_shared = 3, machine_aarch64 = 183;
inline constexpr std::uint32_t segment_load = 1, segment_interpreter = 3, segment_headers = 6,
                               segment_stack = 0x6474e551;
inline constexpr std::uint32_t flag_execute = 1, flag_write = 2, flag_read = 4;
inline constexpr unsigned max_segments = 65536 / sizeof(ElfSegment);
}

// BadExecutable unless it is an AArch64 executable or shared object with a sane program header table.
Result<void> check_header(ElfHeader const& header);
// A PT_LOAD that can be mapped: sizes ordered, inside the user half, file offset and address congruent modulo
// the page.
Result<void> check_load(ElfSegment const& segment);

} // namespace torc
