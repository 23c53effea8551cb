// SPDX-License-Identifier: MIT
#include "kernel/process/elf.hpp"
#include "kernel/address.hpp"

namespace torc {
namespace {

constexpr std::uint64_t user_end = 1ull << 48;

} // namespace

Result<void> check_header(ElfHeader const& h)
{
    // Class, byte order and version are not looked at, as on Linux: the machine says it all.
    constexpr std::uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};
    for (unsigned i = 0; i < sizeof magic; ++i)
        if (h.identification[i] != magic[i])
            return unexpected{Status::BadExecutable};
    bool const sane = (h.type == elf::type_executable || h.type == elf::type_shared)
        && h.machine == elf::machine_aarch64 && h.program_header_size == sizeof(ElfSegment)
        && h.program_header_count > 0 && h.program_header_count <= elf::max_segments
        && h.program_headers < 1ull << 62;
    if (!sane)
        return unexpected{Status::BadExecutable};
    return {};
}

Result<void> check_load(ElfSegment const& s)
{
    if (s.file_size > s.memory_size || s.memory_size > user_end || s.address > user_end - s.memory_size
        || s.offset > 1ull << 62 || s.file_size > 1ull << 62)
        return unexpected{Status::BadArgument};
    if (s.file_size > 0 && s.offset % page_size != s.address % page_size)
        return unexpected{Status::BadArgument};
    return {};
}

} // namespace torc
