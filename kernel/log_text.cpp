// SPDX-License-Identifier: MIT
#include "kernel/log_text.hpp"

namespace torc {
namespace {

constexpr std::uint16_t user_facility = 1 << 3;

void put_prefix(FormatSink& out, std::uint16_t priority, std::uint64_t microseconds)
{
    format_to(out, "<{}>[{:5}.{:06}] ", priority, microseconds / 1'000'000, microseconds % 1'000'000);
}

} // namespace

void put_syslog_line(FormatSink& out, LogRing::Line const& line, std::uint64_t microseconds)
{
    put_prefix(out, line.priority, microseconds);
    for (char const c : line.text) {
        out.put(c);
        if (c == '\n')
            put_prefix(out, line.priority, microseconds);
    }
    out.put('\n');
}

void put_kmsg_record(FormatSink& out, LogRing::Line const& line, std::uint64_t microseconds)
{
    format_to(out, "{},{},{},-;", line.priority, line.sequence, microseconds);
    for (char const c : line.text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte < ' ' || byte >= 127 || byte == '\\')
            format_to(out, "\\x{:02x}", byte);
        else
            out.put(c);
    }
    out.put('\n');
}

WrittenLine parse_written_line(std::string_view written)
{
    std::uint16_t priority = log_warning | user_facility;
    std::size_t const end = written.find('>');
    if (written.starts_with('<') && end != std::string_view::npos && end > 1 && end <= 8) {
        std::uint32_t number = 0;
        std::size_t at = 1;
        for (; at < end && written[at] >= '0' && written[at] <= '9'; ++at)
            number = number * 10 + static_cast<std::uint32_t>(written[at] - '0');
        if (at == end) {
            std::uint32_t const facility = number & 0x7f8;
            priority = static_cast<std::uint16_t>(
                (number & log_level_mask) | (facility != 0 ? facility : user_facility));
            written.remove_prefix(end + 1);
        }
    }
    if (written.ends_with('\n'))
        written.remove_suffix(1);
    return {priority, written};
}

} // namespace torc
