// SPDX-License-Identifier: MIT
#include "kernel/process/exec_image.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/process/exec_strings.hpp"
#include "kernel/random.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <cstring>

namespace torc {
namespace {

// Where Linux puts a position-independent program that has an interpreter, and the heap of one that has none.
constexpr std::uint64_t dynamic_base = (1ull << 48) / 3 * 2 & ~(page_size - 1);
constexpr std::uint64_t random_pages_mask = (1ull << 28) - 1; // as mmap's: 40 bits of address

Result<ElfSegment> segment_at(LoadedImage& image, unsigned index)
{
    ElfSegment segment;
    std::span<std::byte> const to{
        reinterpret_cast<std::byte*>(&segment), sizeof segment}; // SAFETY: bytes of a trivial object
    std::uint64_t const at = image.header.program_headers + index * sizeof segment;
    if (TRY(read_kernel(*image.file, at, to)) != sizeof segment)
        return unexpected{Status::BadExecutable};
    return segment;
}

std::uint8_t protection_of(std::uint32_t flags)
{
    return static_cast<std::uint8_t>((flags & elf::flag_read ? 1 : 0) | (flags & elf::flag_write ? 2 : 0)
        | (flags & elf::flag_execute ? 4 : 0));
}

Result<void> read_interpreter_name(ExecState& state, ElfSegment const& segment)
{
    if (segment.file_size < 2 || segment.file_size > sizeof state.path)
        return unexpected{Status::BadExecutable};
    std::span<std::byte> const to{
        reinterpret_cast<std::byte*>(state.path), segment.file_size}; // SAFETY: bytes of an array
    if (TRY(read_kernel(*state.program.file, segment.offset, to)) != segment.file_size)
        return unexpected{Status::Io};
    if (state.path[segment.file_size - 1] != '\0')
        return unexpected{Status::BadExecutable};
    return {};
}

// A later segment takes the place of an earlier one: they may share a page.
Result<void> map_at(Space& space, MapRequest const& request)
{
    std::uint64_t const end = request.address + request.length;
    Mapping const* const there = space.first_at_or_after(request.address);
    if (there && there->start < end)
        for (Space::WalkState at{}; !TRY(space.unmap_step(request.address, end, at));) { }
    TRY(space.map(request));
    return {};
}

bool in_file(LoadedImage const& image, std::uint64_t offset)
{
    return offset < image.file->inode->size;
}

// What follows the file's bytes: the rest of their last page, then pages of zeroes.
Result<void> map_zeroes(ExecState& state, LoadedImage const& image, ElfSegment const& s, std::uint64_t base,
    std::uint64_t mapped_end)
{
    Space& space = *state.space;
    std::uint64_t const file_end = base + s.file_size, end = align_up(base + s.memory_size, page_size);
    if (s.memory_size > s.file_size && file_end % page_size != 0 && s.file_size > 0
        && s.flags & elf::flag_write && in_file(image, align_down(s.offset + s.file_size, page_size))) {
        std::byte* const tail = TRY(new_page(space, file_end));
        std::memset(tail, 0, page_size - file_end % page_size);
    }
    if (end > mapped_end && (end - mapped_end) / page_size > machine_pages(this_torus()))
        return unexpected{Status::NoMemory}; // as mmap refuses it
    if (end > mapped_end)
        TRY(map_at(space,
            {.address = mapped_end,
                .length = end - mapped_end,
                .protection = protection_of(s.flags),
                .flags = Mapping::may_write,
                .place = MapRequest::Place::Fixed}));
    return {};
}

} // namespace

Result<void> read_header(LoadedImage& image, std::span<std::uint8_t const> head)
{
    std::memcpy(&image.header, head.data(), sizeof image.header);
    return check_header(image.header);
}

Result<bool> scan_step(ExecState& state, LoadedImage& image)
{
    ElfSegment const s = TRY(segment_at(image, image.next_segment));
    bool const program = &image == &state.program;
    if (s.type == elf::segment_load && !check_load(s)) {
        image.unloadable = true; // told once all headers have been read
    } else if (s.type == elf::segment_load) {
        image.low = std::min(image.low, align_down(s.address, page_size));
        image.high = std::max(image.high, align_up(s.address + s.memory_size, page_size));
        if (s.offset <= image.header.program_headers && image.header.program_headers < s.offset + s.file_size)
            image.headers_address = image.header.program_headers - s.offset + s.address;
    } else if (s.type == elf::segment_interpreter && program && !state.interpreter.file) {
        TRY(read_interpreter_name(state, s));
        state.interpreter.placed = true; // a name is in state.path
    } else if (s.type == elf::segment_stack && program) {
        state.stack_protection = s.flags & elf::flag_execute ? 7 : 3;
    }
    if (++image.next_segment < image.header.program_header_count)
        return false;
    image.next_segment = 0;
    return true;
}

Result<void> place(ExecState& state, LoadedImage& image, bool is_interpreter)
{
    if (image.unloadable)
        return unexpected{Status::BadArgument};
    if (image.header.type == elf::type_executable) {
        if (image.low < Space::lowest_address)
            return unexpected{Status::NotPermitted};
        image.bias = 0;
        return {}; // one without a PT_LOAD too: its first instruction faults
    }
    if (image.low >= image.high)
        return unexpected{Status::BadArgument};
    std::uint64_t const size = image.high - image.low;
    std::uint64_t where = 0;
    if (!is_interpreter && state.interpreter.file)
        where = dynamic_base + (this_torus().random->next() & random_pages_mask) * page_size;
    where = state.space->find_free(where, size);
    if (where == 0)
        return unexpected{Status::NoMemory};
    image.bias = where - image.low;
    return {};
}

Result<bool> load_step(ExecState& state, LoadedImage& image)
{
    ElfSegment const s = TRY(segment_at(image, image.next_segment));
    if (s.type == elf::segment_load && s.memory_size > 0) {
        std::uint64_t const base = s.address + image.bias, start = align_down(base, page_size);
        std::uint64_t mapped_end = start;
        if (s.file_size > 0) {
            mapped_end = align_up(base + s.file_size, page_size);
            TRY(map_at(*state.space,
                {.address = start,
                    .length = mapped_end - start,
                    .protection = protection_of(s.flags),
                    .flags = Mapping::may_write,
                    .place = MapRequest::Place::Fixed,
                    .source = MapSource::File,
                    .file = image.file,
                    .inode = image.file->inode,
                    .offset = align_down(s.offset, page_size)}));
        }
        TRY(map_zeroes(state, image, s, base, mapped_end));
        Space::Layout& layout = state.space->layout;
        if (&image == &state.program) {
            state.break_end = std::max(state.break_end, base + s.memory_size);
            if (s.flags & elf::flag_execute) {
                layout.code_start = layout.code_start ? std::min(layout.code_start, base) : base;
                layout.code_end = std::max(layout.code_end, base + s.file_size);
            } else {
                layout.data_start = std::max(layout.data_start, base);
                layout.data_end = std::max(layout.data_end, base + s.file_size);
            }
        }
    }
    return ++image.next_segment == image.header.program_header_count;
}

} // namespace torc
