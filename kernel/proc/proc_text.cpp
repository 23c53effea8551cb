// SPDX-License-Identifier: MIT
#include "kernel/proc/proc_text.hpp"
#include "kernel/time/clock.hpp"

namespace torc {

bool ProcText::leave_hole(HoleKind kind, Handle object, std::uint32_t value)
{
    if (holes == nullptr || holes->count == TextHoles::limit)
        return false;
    holes->list[holes->count++] = {static_cast<std::uint16_t>(out.size()), kind, 0, value, object};
    return true;
}

void put_decimal(FormatSink& out, std::uint64_t value)
{
    if (value < 10)
        return out.put(static_cast<char>('0' + value));
    char digits[20];
    std::size_t first = sizeof digits;
    for (; value != 0; value /= 10)
        digits[--first] = static_cast<char>('0' + value % 10);
    out.put(std::string_view{digits + first, sizeof digits - first});
}

void put_hex(FormatSink& out, std::uint64_t value, unsigned least_digits)
{
    char digits[16];
    std::size_t first = sizeof digits;
    for (; value != 0; value >>= 4)
        digits[--first] = "0123456789abcdef"[value & 15];
    while (sizeof digits - first < least_digits)
        digits[--first] = '0';
    out.put(std::string_view{digits + first, sizeof digits - first});
}

void put_escaped(FormatSink& out, std::string_view text, std::string_view special)
{
    for (char const c : text) {
        if (special.find(c) == std::string_view::npos) {
            out.put(c);
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        out.put('\\');
        for (unsigned const shift : {6u, 3u, 0u})
            out.put(static_cast<char>('0' + (byte >> shift & 7)));
    }
}

void put_seconds(FormatSink& out, std::uint64_t ns)
{
    std::uint64_t const hundredths = ns / (ns_per_second / 100);
    format_to(out, "{}.{:02}", hundredths / 100, hundredths % 100);
}

Result<std::int64_t> parse_number(std::string_view text)
{
    constexpr std::string_view blanks = " \t\n\0";
    std::size_t const first = text.find_first_not_of(std::string_view{" \t\n", 3});
    if (first == std::string_view::npos)
        return unexpected{Status::BadArgument};
    text.remove_prefix(first);
    while (!text.empty() && (blanks.find(text.back()) != std::string_view::npos || text.back() == '\0'))
        text.remove_suffix(1);
    bool const negative = text.starts_with('-');
    if (negative)
        text.remove_prefix(1);
    if (text.empty())
        return unexpected{Status::BadArgument};
    std::int64_t value = 0;
    for (char const c : text)
        if (c < '0' || c > '9' || __builtin_mul_overflow(value, 10, &value)
            || __builtin_add_overflow(value, c - '0', &value))
            return unexpected{Status::BadArgument};
    return negative ? -value : value;
}

std::uint64_t to_user_ticks(std::uint64_t ticks)
{
    return arch::ticks_to_ns(ticks) / (ns_per_second / 100);
}

} // namespace torc
