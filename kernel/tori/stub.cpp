// SPDX-License-Identifier: MIT
// What stays of a process that has moved: its place among its parent's children, and its number.
#include "kernel/planes.hpp"
#include "kernel/process/exit.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/process/usage.hpp"
#include "kernel/signals/pending.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/placement.hpp"
#include "kernel/tori/roles.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/tori/travel.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <bit>
#include <utility>

namespace torc {

void become_stub(Process& process)
{
    Torus& torus = this_torus();
    process.state = ProcessState::Alive;
    if (process.stub.is_null()) {
        process.files = torus.far->descriptors; // its visits here find these
        process.fs = &torus.far->places;
    }
    process.going = true; // until it has said Go
    process.stub_out.kind = OutKind::Stub; // it may have told a stub of stops: that is over, the stub knows
    ++torus.far->moved_out;
    send_from(torus, *torus.links->links[process.home.torus().number], process.stub_out);
}

namespace {

constexpr std::uint8_t other_parent = 0x80; // in a stub's notices

bool has_news(Process const& stub)
{
    return stub.going || stub.pending.set != 0 || stub.notices & other_parent;
}

} // namespace

void parent_changes(Process& child)
{
    child.notices |= other_parent;
    if (child.threads.empty()) // else when it has gone from here
        forward_signals(child);
}

void forward_signals(Process& stub)
{
    if (!has_news(stub) || stub.home.is_null())
        return;
    Torus& torus = this_torus();
    send_from(torus, *torus.links->links[stub.home.torus().number], stub.stub_out);
}

// Who its parent is if that is new, then one signal after the other; then Go, so that what was pending here
// is pending there before it runs.
void make_stub_event(Torus& torus, OutItem& item, Event& event)
{
    Process& stub = owner_of<&Process::stub_out>(item);
    event.target = stub.home;
    event.source
        = stub.stub.is_null() ? torus.processes->processes.handle_of(&stub) : stub.stub; // who it answers to
    if (stub.notices & other_parent) {
        stub.notices &= static_cast<std::uint8_t>(~other_parent);
        event.type = static_cast<std::uint32_t>(EventType::Signal);
        event.arguments[1]
            = static_cast<std::uint64_t>(stub.parent != nullptr ? stub.parent->pid : stub.parent_pid);
        event.arguments[2] = has_job_parent(stub);
    } else if (stub.pending.set != 0) {
        unsigned const signal = static_cast<unsigned>(std::countr_zero(stub.pending.set)) + 1;
        SignalInfo scratch;
        SignalInfo const info = pending_take(stub.pending, stub, signal, scratch);
        event.type = static_cast<std::uint32_t>(EventType::Signal);
        event.arguments = {static_cast<std::uint32_t>(info.signo)
                | std::uint64_t{static_cast<std::uint32_t>(info.code)} << 32,
            info.words[0], info.words[1], info.words[2], info.words[3]};
        if (info.signo == 0)
            event.arguments[0] = signal | std::uint64_t{signal_code::kernel} << 32;
    } else if (std::exchange(stub.going, false)) {
        event.type = static_cast<std::uint32_t>(EventType::Go);
        if (!stub.stub.is_null())
            return drop_ended(stub);
    }
    forward_signals(stub);
}

bool take_stop(Process& record, Event const& event)
{
    auto const notice = static_cast<Notice>(event.sequence);
    if (notice == Notice::Stopped) {
        set_stopped(record);
        record.continued = false;
        record.stop_signal = static_cast<std::uint8_t>(event.arguments[0]);
        record.stop_reported = false;
        notify_parent_stop(record, record.stop_signal);
    } else if (notice == Notice::Continued) {
        clear_stopped(record);
        record.continued = true;
        record.stop_reported = true;
        notify_parent_continue(record);
    }
    return notice != Notice::Exited;
}

void write_end(Process const& process, Event& event)
{
    ResourceUse use = process.use;
    add_usage(use, process.children_use);
    std::uint64_t const end = static_cast<std::uint32_t>(process.wait_status)
        | std::uint64_t{Habit{process.habit}.values()} << 16 | std::uint64_t{process.credentials.uid} << 32;
    event.arguments
        = {end, use.user_ticks, use.kernel_ticks, (use.minor_faults & 0xffff'ffff) | use.peak_pages << 32,
            (use.voluntary_switches & 0xffff'ffff) | use.involuntary_switches << 32};
}

void take_end(Process& record, Event const& event)
{
    clear_stopped(record);
    record.wait_status = static_cast<std::int32_t>(event.arguments[0] & 0xffff);
    record.credentials.uid = static_cast<std::uint32_t>(event.arguments[0] >> 32);
    record.use.user_ticks = event.arguments[1];
    record.use.kernel_ticks = event.arguments[2];
    record.use.minor_faults = event.arguments[3] & 0xffff'ffff;
    record.use.peak_pages = event.arguments[3] >> 32;
    record.use.voluntary_switches = event.arguments[4] & 0xffff'ffff;
    record.use.involuntary_switches = event.arguments[4] >> 32;
    record.children_use = {};
}

void take_notice(Torus& torus, Link& link, Event const& event)
{
    Process* const stub = torus.processes->processes.find(event.target);
    if (stub == nullptr || stub->home.is_null() || stub->home.torus() != event.source.torus())
        return;
    if (take_stop(*stub, event))
        return;
    if (stub->stub_out.waits()) // nobody is left to hear it, and the record may go
        link.outbox.erase(link.outbox.iterator_to(stub->stub_out));
    sent_program_ended(torus, stub->pid);
    note_program(torus, Habit{stub->habit}.with(static_cast<std::uint16_t>(event.arguments[0] >> 16)));
    stub->home = Handle{};
    stub->files = nullptr;
    stub->fs = nullptr;
    take_end(*stub, event);
    stub_exited(*stub);
}

} // namespace torc
