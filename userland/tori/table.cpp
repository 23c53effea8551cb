// SPDX-License-Identifier: MIT
#include "userland/tori/table.hpp"
#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace torc::user {
namespace {

constexpr unsigned bar_width = 8;

// Lines in a buffer; a line is cut off at the terminal's edge.
class Page {
public:
    Page(std::span<char> room, Size size)
        : room_{room}
        , size_{size}
    {
    }
    [[gnu::format(printf, 2, 3)]] void line(char const* format, ...)
    {
        char text[256];
        std::va_list arguments;
        va_start(arguments, format);
        int const wanted = std::vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        std::size_t const length = std::min<std::size_t>(
            {static_cast<std::size_t>(std::max(wanted, 0)), sizeof text - 1, size_.columns});
        if (used_ + length + 1 > room_.size())
            return;
        std::copy_n(text, length, room_.data() + used_);
        used_ += length;
        room_[used_++] = '\n';
        ++lines_;
    }
    unsigned lines_left() const { return size_.lines > lines_ + 1 ? size_.lines - lines_ - 1 : 0; }
    std::size_t used() const { return used_; }

private:
    std::span<char> room_;
    Size size_;
    std::size_t used_{0};
    unsigned lines_{0};
};

TorusRow const* row_of(Moment const& moment, unsigned number)
{
    for (std::size_t i = 0; i < moment.count; ++i)
        if (moment.rows[i].number == number)
            return &moment.rows[i];
    return nullptr;
}

// Figures of others may be older than those seen before: nothing goes backwards here.
std::uint64_t grown(std::uint64_t before, std::uint64_t now)
{
    return now > before ? now - before : 0;
}

struct Interval {
    std::uint64_t ms;
    std::uint64_t per_second(std::uint64_t before, std::uint64_t now) const
    {
        return ms == 0 ? 0 : (grown(before, now) * 1000 + ms / 2) / ms;
    }
};

unsigned percent_busy(TorusRow const& before, TorusRow const& now)
{
    std::uint64_t const busy = grown(before.busy_ms, now.busy_ms), idle = grown(before.idle_ms, now.idle_ms);
    if (busy + idle == 0)
        return now.load_now != 0 ? 100 : 0; // it tells nothing new: as it looks
    return static_cast<unsigned>(busy * 100 / (busy + idle));
}

void put_bar(char (&bar)[bar_width + 1], unsigned percent)
{
    unsigned const full = std::min((percent * bar_width + 50) / 100, bar_width);
    std::fill_n(bar, full, '#');
    std::fill_n(bar + full, bar_width - full, '.');
    bar[bar_width] = '\0';
}

void put_age(char (&text)[8], std::uint64_t us)
{
    if (us < 1000)
        std::snprintf(text, sizeof text, "%uus", static_cast<unsigned>(us));
    else if (us < 10'000'000)
        std::snprintf(text, sizeof text, "%ums", static_cast<unsigned>(us / 1000));
    else
        std::snprintf(
            text, sizeof text, "%us", static_cast<unsigned>(std::min<std::uint64_t>(us / 1'000'000, 99'999)));
}

void put_head(Page& page, Moment const& now)
{
    std::uint64_t processes = 0, threads = 0, runnable = 0;
    for (std::size_t i = 0; i < now.count; ++i) {
        processes += now.rows[i].processes;
        threads += now.rows[i].threads;
        runnable += now.rows[i].runnable;
    }
    auto const seconds = static_cast<unsigned>(now.at_ms / 1000);
    page.line("Torc, up %u:%02u:%02u; %zu tori, %u processes, %u threads, %u runnable", seconds / 3600,
        seconds / 60 % 60, seconds % 60, now.count, static_cast<unsigned>(processes),
        static_cast<unsigned>(threads), static_cast<unsigned>(runnable));
    page.line("torus role    policy   busy          load proc thrd  run in/s ou/s  free    age");
}

void put_row(Page& page, TorusRow const& before, TorusRow const& now, Interval interval)
{
    unsigned const percent = percent_busy(before, now);
    char bar[bar_width + 1], age[8];
    put_bar(bar, percent);
    put_age(age, now.age_us);
    std::string_view const policy = now.takes_programs ? now.policy : "-";
    auto const length = [](std::string_view text) { return static_cast<int>(text.size()); };
    page.line("%5u %-7.*s %-8.*s %s %3u%% %2u.%u %4u %4u %4u %4u %4u %4uM %6s", now.number, length(now.role),
        now.role.data(), length(policy), policy.data(), bar, percent, static_cast<unsigned>(now.load / 1024),
        static_cast<unsigned>(now.load % 1024 * 10 / 1024), static_cast<unsigned>(now.processes),
        static_cast<unsigned>(now.threads), static_cast<unsigned>(now.runnable),
        static_cast<unsigned>(interval.per_second(before.moved_in, now.moved_in)),
        static_cast<unsigned>(interval.per_second(before.moved_out, now.moved_out)),
        static_cast<unsigned>(now.free_frames / 256), age);
}

} // namespace

std::size_t put_table(std::span<char> room, Moment const& before, Moment const& now, Size size)
{
    Page page{room, size};
    put_head(page, now);
    Interval const interval{before.count == 0 ? now.at_ms : grown(before.at_ms, now.at_ms)};
    std::size_t shown = 0;
    for (; shown < now.count && (page.lines_left() > 1 || shown + 1 == now.count) && page.lines_left() != 0;
        ++shown) {
        TorusRow const* const earlier = row_of(before, now.rows[shown].number);
        put_row(page, earlier != nullptr ? *earlier : TorusRow{}, now.rows[shown], interval);
    }
    if (shown < now.count && page.lines_left() != 0)
        page.line("... and %zu more", now.count - shown);
    return page.used();
}

} // namespace torc::user
