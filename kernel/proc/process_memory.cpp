// SPDX-License-Identifier: MIT
// /proc/PID/cmdline, environ and auxv: what exec put on the stack, as it is there now. The cursor counts
// bytes.
#include "kernel/memory/space.hpp"
#include "kernel/proc/foreign_memory.hpp"
#include "kernel/proc/process_files.hpp"
#include <algorithm>

namespace torc {
namespace {

constexpr std::size_t grain = 256;

// The part of [start, end) behind the cursor.
Result<bool> copy_range(ProcText& text, std::uint64_t start, std::uint64_t end)
{
    char bytes[grain];
    std::uint64_t const at = start + text.cursor;
    if (at >= end)
        return false;
    std::size_t const wanted = std::min<std::uint64_t>(grain, end - at);
    std::size_t const got = read_foreign(*text.subject.space(), at, {bytes, wanted});
    text.out.put({bytes, got});
    text.cursor += got;
    return got == wanted && at + got < end;
}

// A program that writes its title over its arguments has no NUL at their end: what counts is up to the first
// one, which may lie in the environment behind them. At most a page.
Result<bool> copy_title(ProcText& text, std::uint64_t start)
{
    char bytes[grain];
    if (text.cursor >= page_size)
        return false;
    std::size_t const wanted = std::min<std::uint64_t>(grain, page_size - text.cursor);
    std::size_t const got = read_foreign(*text.subject.space(), start + text.cursor, {bytes, wanted});
    char const* const nul = std::find(bytes, bytes + got, '\0');
    bool const ended = nul != bytes + got;
    std::size_t const length = static_cast<std::size_t>(nul - bytes) + (ended ? 1 : 0);
    text.out.put({bytes, length});
    text.cursor += length;
    return !ended && got == wanted;
}

} // namespace

namespace process_files {

Result<bool> cmdline(ProcText& text)
{
    Space* const space = text.subject.space();
    if (space == nullptr || space->layout.arguments_end <= space->layout.arguments_start)
        return false;
    Space::Layout const& layout = space->layout;
    char last = '\0';
    (void)read_foreign(*space, layout.arguments_end - 1, {&last, 1});
    if (last != '\0')
        return copy_title(text, layout.arguments_start);
    return copy_range(text, layout.arguments_start, layout.arguments_end);
}

Result<bool> environ(ProcText& text)
{
    Space* const space = text.subject.space();
    if (space == nullptr)
        return false;
    return copy_range(text, space->layout.environment_start, space->layout.environment_end);
}

Result<bool> auxv(ProcText& text)
{
    Space const* const space = text.subject.space();
    if (space == nullptr)
        return false;
    auto const* const bytes = reinterpret_cast<char const*>(space->layout.auxv); // SAFETY: shown as bytes
    std::size_t const size = space->layout.auxv_words * sizeof(std::uint64_t);
    text.out.put({bytes, std::min(size, sizeof space->layout.auxv)});
    return false;
}

} // namespace process_files
} // namespace torc
