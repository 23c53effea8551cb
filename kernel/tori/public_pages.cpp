// SPDX-License-Identifier: MIT
#include "kernel/tori/public_pages.hpp"
#include "arch/tori.hpp"
#include "kernel/log.hpp"
#include "kernel/tori/rounds.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

void send_last_line()
{
    Torus const& torus = this_torus();
    LogRing const& ring = torus_log();
    LogRing::Line const line = ring.at_or_after(ring.next_sequence() - 1);
    torus.pages->page[torus.number]->lines.put(line.ticks, line.priority, line.text);
    torus.pages->has_lines[torus.number / 64].fetch_or(1ull << torus.number % 64, std::memory_order_release);
    arch::ring_bell(0);
}

void take_lines_of(LinePipe& lines, unsigned torus)
{
    LinePipe::Header header{};
    [[clang::uninitialized]] char text[LinePipe::longest];
    while (lines.take(header, text))
        log_line_of(header.ticks, {text, header.length}, header.priority);
    if (std::uint32_t const lost = lines.take_lost())
        log("{} lines of torus {} came faster than the log took them.", lost, torus);
}

} // namespace

bool read_projection(Torus const& torus, unsigned number, Projection& projection)
{
    if (number == torus.number) {
        describe(torus, projection);
        return true;
    }
    if (torus.pages == nullptr || number >= torus_limit || torus.pages->page[number] == nullptr)
        return false;
    return torus.pages->page[number]->projection.read(projection);
}

std::uint32_t load_at_present(Torus const& torus, unsigned number)
{
    if (number == torus.number)
        return static_cast<std::uint32_t>(torus.run_queue.fair_load());
    if (torus.pages == nullptr || torus.pages->page[number] == nullptr)
        return 0;
    return torus.pages->page[number]->present_load.load(std::memory_order_relaxed);
}

std::uint64_t machine_free_pages(Torus const& torus)
{
    std::uint64_t sum = torus.frames.free_pages();
    Projection projection;
    for (unsigned number = 0; number < torus.tori; ++number)
        if (number != torus.number && read_projection(torus, number, projection))
            sum += projection.counters.frames_free;
    return sum;
}

std::uint64_t pages_to_lend(Torus const& torus)
{
    std::uint64_t sum = 0;
    Projection projection;
    for (unsigned number = 0; number < torus.tori; ++number)
        if (number != torus.number && read_projection(torus, number, projection))
            sum += projection.constraints.frames_spare;
    return sum;
}

void send_log_lines()
{
    set_log_listener(send_last_line);
}

void take_log_lines(Torus& torus)
{
    for (unsigned word = 0; word < torus_limit / 64; ++word) {
        if (torus.pages->has_lines[word].load(std::memory_order_relaxed) == 0) [[likely]]
            continue;
        std::uint64_t rung = torus.pages->has_lines[word].exchange(0, std::memory_order_acquire);
        for (; rung != 0; rung &= rung - 1) {
            unsigned const number = word * 64 + static_cast<unsigned>(__builtin_ctzll(rung));
            if (PublicPage* const page = torus.pages->page[number])
                take_lines_of(page->lines, number);
        }
    }
}

} // namespace torc
