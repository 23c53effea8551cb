// SPDX-License-Identifier: MIT
// ppoll. What it found is written back as it looks: if the call then waits, that is zeroes.
#include "kernel/files/descriptor.hpp"
#include "kernel/files/file_flags.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/poll/polling.hpp"
#include <algorithm>
#include <span>

namespace torc {
namespace {

struct PollEntry { // struct pollfd
    std::int32_t fd;
    std::int16_t events, revents;
};

std::uint32_t look_at(Thread& thread, PollLook& look, PollEntry const& entry)
{
    if (entry.fd < 0)
        return 0; // to be passed over
    auto const file = descriptor_here(thread, entry.fd);
    return file && (*file)->kind != FileKind::PathOnly
        ? look.events_of(**file, static_cast<std::uint16_t>(entry.events))
        : poll_event::invalid;
}

// A grain: some entries from the cursor on.
Result<void> look_at_some(Thread& thread, PollLook& look, Uaddr entries, std::uint64_t count)
{
    constexpr std::uint64_t grain = 8;
    RestartRecord& record = thread.restart;
    PollEntry part[grain];
    std::size_t const n = std::min(grain, count - record.cursor);
    Uaddr const at = entries + record.cursor * sizeof(PollEntry);
    TRY(copy_in(part, at, n * sizeof(PollEntry)));
    for (PollEntry& entry : std::span{part, n}) {
        entry.revents = static_cast<std::int16_t>(look_at(thread, look, entry));
        record.done += entry.revents != 0;
    }
    TRY(copy_out(at, part, n * sizeof(PollEntry)));
    record.cursor += n;
    return {};
}

Outcome poll(Thread& thread, Uaddr entries, std::uint64_t count)
{
    if (count > thread.process->limits[Resource::Files].soft)
        return Status::BadArgument;
    RestartRecord const& record = thread.restart;
    PollLook look{thread};
    while (record.cursor < count) {
        TRY(look_at_some(thread, look, entries, count));
        if (record.cursor < count && must_yield(thread))
            return Outcome::again();
    }
    return record.done != 0 ? Outcome{record.done} : poll_wait(thread, look.table());
}

} // namespace

Outcome linux_abi::call_ppoll(Thread& thread, Arguments const& arguments)
{
    PollLimits const limits{arguments[2], arguments[3], arguments[4]};
    auto const begun = poll_begin(thread, limits);
    if (!begun)
        return poll_end(thread, {}, begun.error());
    return poll_end(thread, limits, poll(thread, Uaddr{arguments[0]}, arguments[1] & 0xffff'ffff));
}

} // namespace torc
