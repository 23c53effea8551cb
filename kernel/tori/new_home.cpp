// SPDX-License-Identifier: MIT
// A process that had moved already moves on: the stub at its birth torus hears of it before anything is given
// up, so that what it sends from then on goes to the new home. What it has sent before comes here ahead of
// the answer, and goes on with Go.
#include "kernel/process/blocking.hpp"
#include "kernel/process/exec.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/placement.hpp"
#include "kernel/tori/request_head.hpp"
#include "kernel/tori/travel.hpp"
#include "kernel/torus.hpp"

namespace torc {

namespace {

std::uint64_t all_but(unsigned torus)
{
    return torus < 64 ? ~(1ull << torus) : ~0ull;
}

} // namespace

bool may_move_to(Process const& process, unsigned torus)
{
    return torus != birth_torus(process.pid)
        && (process.stub.is_null() || torus != process.stub.torus().number);
}

unsigned choose_place(Torus& torus, Thread& thread, Newcomer const& newcomer)
{
    Process const& process = *thread.process;
    unsigned const birth = birth_torus(process.pid);
    if (birth == torus.number)
        return choose_torus(torus, thread, newcomer);
    std::uint64_t const affinity = thread.affinity;
    thread.affinity &= all_but(birth);
    if (!process.stub.is_null())
        thread.affinity &= all_but(process.stub.torus().number);
    unsigned const place = choose_torus(torus, thread, newcomer);
    thread.affinity = affinity;
    return may_move_to(process, place) ? place : torus.number;
}

bool has_gone(TravelState const& state)
{
    return state.step >= TravelState::answered && state.taken && state.outcome >= 0;
}

bool tell_new_home(Thread& thread, TravelState& state)
{
    Torus& torus = this_torus();
    Handle const stub = thread.process->stub;
    if (stub.is_null() || state.step == TravelState::settled)
        return true;
    if (state.step == TravelState::rehoming)
        return (void)sleep_until(thread, no_deadline, OnSignal::Never), false;
    Link& link = *torus.links->links[stub.torus().number]; // it came here with one
    if (!may_send(link, 2, Want::Call))
        return (void)block(thread, link.callers, OnSignal::Never), false;
    Event call{}, rest{};
    state.sequence = torus.far->next_sequence++;
    call.type = static_cast<std::uint32_t>(EventType::Call);
    call.sequence = state.sequence;
    call.source = torus.processes->threads.handle_of(&thread);
    call.arguments
        = {request_head(FarRequest::Rehome, thread.entity.parameters()), stub.raw(), state.home.raw(), 0, 0};
    rest.type = static_cast<std::uint32_t>(EventType::CallRest);
    (void)link.credits.take();
    ++torus.far->calls_out;
    state.step = TravelState::rehoming;
    send_two(torus, link, call, rest);
    return (void)sleep_until(thread, no_deadline, OnSignal::Never), false;
}

// x0: the stub, x1: the new home. NoMemory: there is no strand to it.
Outcome rehome_visit(Arguments const& arguments)
{
    Torus& torus = this_torus();
    Process* const stub = torus.processes->processes.find(Handle::from_raw(arguments[0]));
    Handle const home = Handle::from_raw(arguments[1]);
    if (stub == nullptr)
        return 0;
    Result<Link*> const link = link_to(torus, home.torus().number);
    if (!link)
        return link.error();
    if (stub->stub_out.waits()) {
        auto& outbox = torus.links->links[stub->home.torus().number]->outbox;
        outbox.erase(outbox.iterator_to(stub->stub_out));
    }
    stub->home = home;
    forward_signals(*stub);
    return 0;
}

} // namespace torc
