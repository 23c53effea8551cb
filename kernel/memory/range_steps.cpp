// SPDX-License-Identifier: MIT
#include "kernel/memory/range_steps.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/torus.hpp"

namespace torc::linux_abi {

Outcome unmap_range(Thread& thread, std::uint64_t start, std::uint64_t end, bool& done)
{
    Space::WalkState state{thread.restart.cursor, thread.restart.step};
    done = false;
    for (;;) {
        Result<bool> const step = thread.space->unmap_step(start, end, state);
        if (!step)
            return step.error();
        if (*step)
            break;
        if (must_yield(thread)) {
            thread.restart.cursor = state.at;
            thread.restart.step = static_cast<std::uint8_t>(state.phase);
            thread.restart.kind = CallKind::Unmap;
            return Outcome::again();
        }
    }
    thread.restart.cursor = 0;
    thread.restart.step = 0;
    done = true;
    return 0;
}

Outcome find_range(Thread& thread, std::uint64_t hint, std::uint64_t length, std::uint64_t& found, bool& done)
{
    RestartRecord& record = thread.restart;
    bool const goes_on = record.kind == CallKind::Place;
    Space::GapSearch search;
    if (goes_on)
        search = {record.cursor, record.step};
    done = false;
    for (;;) {
        Result<std::uint64_t> const step = thread.space->find_step(search, hint, length);
        if (!step)
            return step.error();
        found = *step;
        if (found != 0)
            break;
        if (must_yield(thread)) {
            record.cursor = search.top;
            record.step = static_cast<std::uint8_t>(search.phase);
            record.kind = CallKind::Place;
            return Outcome::again();
        }
    }
    if (goes_on)
        record.clear();
    done = true;
    return 0;
}

bool range_is_free(Space& space, std::uint64_t start, std::uint64_t length)
{
    Mapping const* const m = space.first_at_or_after(start);
    return !m || m->start >= start + length;
}

bool obviously_too_much(std::uint64_t length, unsigned protection, std::uint16_t flags)
{
    constexpr unsigned prot_write = 2;
    return protection & prot_write && !(flags & (Mapping::shared | Mapping::no_reserve))
        && length / page_size > machine_pages(this_torus());
}

} // namespace torc::linux_abi
