// SPDX-License-Identifier: MIT
#include "kernel/process/exec_script.hpp"
#include "kernel/process/exec.hpp"

namespace torc {
namespace {

bool is_space(std::uint8_t c)
{
    return c == ' ' || c == '\t';
}

} // namespace

Result<ScriptLine> parse_script(std::uint8_t* head)
{
    std::uint8_t* const limit = head + header_bytes - 1;
    std::uint8_t* end = head + 2;
    while (end < limit && *end != '\n' && *end != '\0')
        ++end;
    bool const whole = *end == '\n' || *end == '\0';
    std::uint8_t* path = head + 2;
    while (path < end && is_space(*path))
        ++path;
    if (path == end)
        return unexpected{Status::BadExecutable};
    std::uint8_t* after = path;
    while (after < end && !is_space(*after))
        ++after;
    if (after == end && !whole)
        return unexpected{Status::BadExecutable};
    while (end > after && is_space(end[-1]))
        --end;
    std::uint8_t* argument = after;
    while (argument < end && is_space(*argument))
        ++argument;
    *end = '\0';
    bool const has_argument = argument < end;
    *after = '\0';
    return ScriptLine{reinterpret_cast<char const*>(path),
        has_argument ? reinterpret_cast<char const*>(argument) : nullptr}; // SAFETY: chars
}

} // namespace torc
