// SPDX-License-Identifier: MIT
// Arguments and environment on their way from the old space to the top of the new stack. Strings grow
// downwards in the order of Linux (file name, environment last to first, arguments last to first), a page of
// one string a grain.
#include "kernel/process/exec_strings.hpp"
#include "kernel/memory/frame_pool.hpp"
#include "kernel/memory/user_access.hpp"
#include <algorithm>
#include <cstring>

namespace torc {

Result<std::byte*> new_page(Space& space, std::uint64_t address)
{
    FaultResult const result = space.fault(Uaddr{address}, Access::Write);
    if (result != FaultResult::Resolved)
        return unexpected{result == FaultResult::Waits ? Status::NotYet : Status::NoMemory};
    Paddr const frame = space.table().find(Uaddr{address}.page())->frame();
    return static_cast<std::byte*>(FramePool::pointer(frame)) + Uaddr{address}.page_offset();
}

Result<void> write_new(Space& space, std::uint64_t address, void const* from, std::size_t size)
{
    auto const* bytes = static_cast<std::byte const*>(from);
    while (size > 0) {
        std::size_t const n = std::min(size, page_size - Uaddr{address}.page_offset());
        std::memcpy(TRY(new_page(space, address)), bytes, n);
        address += n;
        bytes += n;
        size -= n;
    }
    return {};
}

Result<void> push_kernel_string(ExecState& state, char const* text)
{
    std::size_t const size = std::strlen(text) + 1;
    if (state.string_point < state.string_floor + size)
        return unexpected{Status::ArgumentsTooLong};
    state.string_point -= size;
    return write_new(*state.space, state.string_point, text, size);
}

namespace {

// Length with the NUL of a string in the old space.
Result<std::uint64_t> user_length(std::uint64_t address)
{
    char piece[256];
    std::uint64_t length = 0;
    while (length < longest_string) {
        Result<std::size_t> const n = copy_in_string(piece, Uaddr{address + length});
        if (n)
            return length + *n + 1;
        if (n.error() != Status::NameTooLong)
            return unexpected{Status::BadAddress};
        length += sizeof piece;
    }
    return unexpected{Status::ArgumentsTooLong};
}

// Copies one page's worth of the current string; true when the string is whole.
Result<bool> copy_piece(ExecState& state, std::uint64_t from)
{
    std::uint64_t const to = state.string_point + state.string_done;
    std::size_t const n = std::min<std::uint64_t>(
        state.string_length - state.string_done, page_size - Uaddr{to}.page_offset());
    std::byte* const page = TRY(new_page(*state.space, to));
    TRY(copy_in(page, Uaddr{from + state.string_done}, n));
    state.string_done += n;
    if (state.string_done < state.string_length)
        return false;
    page[n - 1] = std::byte{0}; // whatever another thread did to it meanwhile
    return true;
}

Result<std::uint64_t> pointer_at(std::uint64_t array, std::uint64_t index)
{
    return copy_in<std::uint64_t>(Uaddr{array + index * 8});
}

} // namespace

Result<std::uint32_t> count_strings(std::uint64_t array)
{
    if (array == 0)
        return 0u;
    for (std::uint32_t count = 0; count < most_strings; ++count)
        if (TRY(pointer_at(array, count)) == 0)
            return count;
    return unexpected{Status::ArgumentsTooLong};
}

// One grain; true when both lists are done.
Result<bool> push_strings(ExecState& state)
{
    using Part = ExecState::Part;
    if (state.part == Part::Done)
        return true;
    bool const environment = state.part == Part::Environment;
    std::uint32_t const count = environment ? state.environment_count : state.argument_count;
    if (state.string_index == count) {
        if (!environment && count == 0) { // a program finds at least an empty name
            TRY(push_kernel_string(state, ""));
            state.argument_count = 1;
        }
        state.part = environment ? Part::Arguments : Part::Done;
        state.string_index = 0;
        return state.part == Part::Done;
    }
    std::uint64_t const from
        = TRY(pointer_at(environment ? state.envp : state.argv, count - 1 - state.string_index));
    if (state.string_length == 0) {
        state.string_length = TRY(user_length(from));
        if (state.string_point < state.string_floor + state.string_length)
            return unexpected{Status::ArgumentsTooLong};
        state.string_point -= state.string_length;
        state.string_done = 0;
    }
    if (TRY(copy_piece(state, from))) {
        state.string_length = 0;
        ++state.string_index;
    }
    return false;
}

namespace {

Result<std::uint64_t> new_length(ExecState& state, std::uint64_t address)
{
    std::uint64_t length = 0;
    for (;;) {
        std::byte const* const page = TRY(new_page(*state.space, address + length));
        std::size_t const room = page_size - Uaddr{address + length}.page_offset();
        if (void const* const end = std::memchr(page, 0, room))
            return length + static_cast<std::size_t>(static_cast<std::byte const*>(end) - page) + 1;
        length += room;
    }
}

} // namespace

// A script's interpreter takes the place of the first argument: drop that from the stack.
Result<void> drop_first_argument(ExecState& state)
{
    if (state.argument_count == 0)
        return {};
    state.string_point += TRY(new_length(state, state.string_point));
    --state.argument_count;
    return {};
}

// argc, argv[], NULL, envp[], NULL, auxv below the strings: 16 pointers a grain; true when done.
Result<bool> write_tables(ExecState& state)
{
    std::uint32_t const total = state.argument_count + state.environment_count;
    for (unsigned i = 0; i < 16 && state.table_index < total; ++i, ++state.table_index) {
        bool const environment = state.table_index >= state.argument_count;
        std::uint64_t const slot = state.table_point + 8 * (1 + state.table_index + (environment ? 1 : 0));
        TRY(write_new(*state.space, slot, &state.scan_point, 8));
        if (state.table_index == state.argument_count)
            state.space->layout.arguments_end = state.space->layout.environment_start = state.scan_point;
        state.scan_point += TRY(new_length(state, state.scan_point));
    }
    if (state.table_index < total)
        return false;
    Space::Layout& layout = state.space->layout;
    if (state.environment_count == 0)
        layout.arguments_end = layout.environment_start = state.scan_point;
    layout.environment_end = state.scan_point;
    std::uint64_t const argc = state.argument_count;
    TRY(write_new(*state.space, state.table_point, &argc, 8));
    return true;
}

} // namespace torc
