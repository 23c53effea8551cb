// SPDX-License-Identifier: MIT
// How a far call ends before its answer: the thread stops or dies, or its process leaves.
#include "kernel/files/file_records.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_call.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/far_state.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"

namespace torc {

void far_stop(Thread& thread)
{
    FarState state{thread.restart};
    if (state.record.kind != CallKind::Far || state.record.step != sent)
        return;
    state.record.step = cancelled;
    Torus& torus = this_torus();
    send_from(torus, *torus.links->links[state.owner()], thread.cancel);
}

bool far_abandon_step(Thread& thread)
{
    FarState state{thread.abandoned};
    Torus& torus = this_torus();
    switch (state.record.step) {
    case sent:
        state.record.step = cancelled;
        send_from(torus, *torus.links->links[state.owner()], thread.cancel);
        [[fallthrough]];
    case cancelled:
        (void)sleep_until(thread, no_deadline, OnSignal::Never);
        return false;
    default:
        break;
    }
    if (OpenFile* const made = state.made())
        release(*made); // the table's goes with the table
    state.record.clear();
    return true;
}

void leaves_names(Process& process)
{
    Torus& torus = this_torus();
    if (torus.number == names_torus
        && !process.stub.is_null()) // else it is seen to when it leaves its session
        session_ends(session_that_ends(process));
    else if (torus.number != names_torus && torus.far != nullptr && link_to(torus, names_torus))
        process.visited[names_torus / 64] |= 1ull << names_torus % 64;
}

bool far_leave_step(Thread& thread)
{
    Torus& torus = this_torus();
    Process& process = *thread.process;
    for (unsigned word = 0; word < 2; ++word) {
        if (process.visited[word] == 0)
            continue;
        unsigned const owner = word * 64 + static_cast<unsigned>(std::countr_zero(process.visited[word]));
        Link& link = *torus.links->links[owner];
        if (!may_send(link, 1, Want::Event)) {
            (void)block(thread, link.callers, OnSignal::Never);
            return false;
        }
        Event event{};
        event.type = static_cast<std::uint32_t>(EventType::Leave);
        event.source = torus.processes->processes.handle_of(&process);
        if (owner == names_torus)
            event.arguments[0] = static_cast<std::uint32_t>(session_that_ends(process));
        send_one(torus, link, event);
        process.visited[word] &= process.visited[word] - 1;
        return false;
    }
    return true;
}

void make_cancel_event(Torus& torus, OutItem& item, Event& event)
{
    Thread& thread = owner_of<&Thread::cancel>(item);
    RestartRecord const& record = thread.exiting ? thread.abandoned : thread.restart;
    event.type = static_cast<std::uint32_t>(EventType::Cancel);
    event.sequence = record.small;
    event.source = torus.processes->threads.handle_of(&thread);
    event.target = torus.processes->processes.handle_of(thread.process);
}

} // namespace torc
