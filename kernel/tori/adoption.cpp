// SPDX-License-Identifier: MIT
#include "kernel/tori/adoption.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/exit.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/process/usage.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/request_head.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/tori/travel.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <bit>
#include <utility>

namespace torc {
namespace {

// How a request comes out.
enum class Found : std::uint64_t {
    Ward, // its handle
    Here, // the orphan's own torus: it has its parent already
    Farther, // the handle of a relative at another torus, which is to be asked; null: the first process is it
    Again, // that relative has gone meanwhile: who asks knows another one by then
    Nobody, // no memory
};

// ---- who adopts -------------------------------------------------------------------------------------------

struct Adopter {
    Process* process{nullptr}; // here
    Handle farther; // else
};

// The nearest living ancestor that wants orphans, from the one above `process` on; the first process at the
// end. An ancestor has children, so that it has not moved: its record is where it lives.
Adopter adopter_of(Process* process)
{
    Process* const first = this_torus().processes->first;
    while (process != nullptr && process->parent != nullptr) {
        process = process->parent;
        if ((process->child_subreaper && process->state == ProcessState::Alive) || process == first)
            return {process, {}};
    }
    Handle const farther = process == nullptr ? Handle{}
        : process->ward.is_null()             ? process->stub
                                              : process->ward;
    return farther.is_null() ? Adopter{first, {}} : Adopter{nullptr, farther};
}

void tell_of_death(Process& child, Process& parent)
{
    child.exit_signal = sig::chld;
    if (child.is_ward)
        return tell_orphan(child);
    parent_changes(child);
    group_parent_exits(child, &parent);
    if (child.parent_death_signal)
        signal_post(child, child.parent_death_signal);
}

void join(Process& child, Process& adopter)
{
    child.parent = &adopter;
    adopter.children.push_back(child);
}

// A later adopter than the first is here, and came before the orphan had left its parent (comes_home).
Process* adopter_meanwhile(Process const& orphan)
{
    if (orphan.ward.torus().number != this_torus().number || orphan.ward.is_null())
        return nullptr;
    Process* const adopter = this_torus().processes->processes.find(orphan.ward);
    return adopter != nullptr && adopter->state == ProcessState::Alive ? adopter : nullptr;
}

void tell_of_end(Process& child)
{
    if (child.state == ProcessState::Zombie && notify_parent_exit(child))
        reap(child);
}

void adopt_here(Process& child, Process& parent, Process& adopter)
{
    parent.children.erase(parent.children.iterator_to(child));
    join(child, adopter);
    tell_of_death(child, parent);
    tell_of_end(child);
}

// ---- asking -----------------------------------------------------------------------------------------------

// In the restart record of the thread that exits.
enum Phase : std::uint64_t { Begins, Asked, IsToAsk };
std::uint64_t& phase(RestartRecord& record)
{
    return record.extra[1];
}
std::uint64_t& farther(RestartRecord& record) // the relative whose parents are asked for
{
    return record.object;
}

constexpr std::uint64_t pair(std::int32_t low, std::uint32_t high)
{
    return static_cast<std::uint32_t>(low) | std::uint64_t{high} << 32;
}

// For whom a ward is made: the orphan's record, which may be another torus's when the child is a ward.
Handle orphan_of(Process const& child)
{
    return child.is_ward ? child.home : this_torus().processes->processes.handle_of(&child);
}

void send_request(Torus& torus, Link& link, Thread& thread, Process const& child)
{
    RestartRecord& record = thread.restart;
    Event call{}, rest{};
    record.small = call.sequence = torus.far->next_sequence++;
    call.type = static_cast<std::uint32_t>(EventType::Call);
    call.source = torus.processes->threads.handle_of(&thread);
    call.target = Handle::from_raw(farther(record));
    call.arguments = {request_head(FarRequest::FindAdopter), child.ward_number + 1, orphan_of(child).raw(),
        pair(child.pid, static_cast<std::uint32_t>(child.group->id)),
        pair(child.group->session->id, child.credentials.uid)};
    rest.type = static_cast<std::uint32_t>(EventType::CallRest);
    (void)link.credits.take();
    ++torus.far->calls_out;
    phase(record) = Asked;
    send_two(torus, link, call, rest);
}

unsigned torus_to_ask(RestartRecord& record)
{
    Handle const relative = Handle::from_raw(farther(record));
    return relative.is_null() ? names_torus : relative.torus().number;
}

// An orphan here has left its parent; null: nobody stands for it, and nobody waits for it. News of a later
// ward may have come before.
void leave_parent(Process& orphan, Process& parent, Handle ward, std::int32_t adopter, std::uint32_t number)
{
    parent.children.erase(parent.children.iterator_to(orphan));
    orphan.parent = nullptr;
    if (number > orphan.ward_number) {
        orphan.parent_pid = adopter;
        orphan.ward = ward;
        orphan.ward_number = number;
    } else if (Process* const adopter = adopter_meanwhile(orphan)) {
        orphan.ward = Handle{};
        join(orphan, *adopter);
    }
    tell_of_death(orphan, parent);
    if (orphan.stopped && !orphan.stop_reported)
        tell_ward(orphan, Notice::Stopped);
    tell_of_end(orphan);
}

void forget_ward(Process& ward)
{
    auto& like = this_torus().processes->wards_like(ward.pid);
    like.erase(like.iterator_to(ward));
    group_leave(ward);
    signals_discard(ward);
}

void take_out_of_outbox(Process& process, unsigned torus)
{
    if (!process.kin_out.waits())
        return;
    auto& outbox = this_torus().links->links[torus]->outbox;
    outbox.erase(outbox.iterator_to(process.kin_out));
}

// Another one stands for the orphan, or nobody has to, and that is known there.
void drop_ward(Process& ward)
{
    take_out_of_outbox(ward, ward.home.torus().number);
    ward.parent->children.erase(ward.parent->children.iterator_to(ward));
    forget_ward(ward);
    this_torus().processes->processes.destroy(&ward);
}

// An answer to the request for an adopter.
void take_decision(Process& parent, Process& child, Found found, Event const& answer)
{
    constexpr std::int32_t first_pid = 1;
    if (child.is_ward)
        return found == Found::Nobody ? reap_ward(child) : drop_ward(child);
    if (found != Found::Ward)
        return leave_parent(child, parent, {}, first_pid, child.ward_number + 1);
    leave_parent(child, parent, Handle::from_raw(answer.arguments[2]),
        static_cast<std::int32_t>(answer.arguments[3]), static_cast<std::uint32_t>(answer.arguments[4]));
}

void forget_question(RestartRecord& record)
{
    record.small = 0;
    record.object = record.extra[1] = 0;
}

// True: there is nobody to ask, or no way to.
bool ask(Thread& thread, Process& child)
{
    Torus& torus = this_torus();
    Result<Link*> const link = link_to(torus, torus_to_ask(thread.restart));
    if (!link || torus.far == nullptr)
        return true;
    if (!may_send(**link, 2, Want::Call))
        return (void)block(thread, (*link)->callers, OnSignal::Never), false;
    send_request(torus, **link, thread, child);
    return (void)sleep_until(thread, no_deadline, OnSignal::Never), false;
}

// Whom the last answer has named, or who is nearest here.
Adopter next_adopter(RestartRecord& record, Process& parent)
{
    if (phase(record) == Begins)
        return adopter_of(&parent);
    Handle const relative = Handle::from_raw(farther(record));
    if (torus_to_ask(record) != this_torus().number)
        return {nullptr, relative};
    return adopter_of(this_torus().processes->processes.find(relative));
}

} // namespace

bool give_child_away(Thread& thread, Process& parent, Process& child)
{
    RestartRecord& record = thread.restart;
    if (phase(record) == Asked)
        return (void)sleep_until(thread, no_deadline, OnSignal::Never), false;
    Adopter const adopter = next_adopter(record, parent);
    if (adopter.process != nullptr) {
        forget_question(record);
        return adopt_here(child, parent, *adopter.process), true;
    }
    farther(record) = adopter.farther.raw();
    phase(record) = IsToAsk; // should it have to wait for room
    if (!ask(thread, child))
        return false;
    forget_question(record);
    return take_decision(parent, child, Found::Nobody, {}), true;
}

// At once, not when the thread runs: what comes next may be news of the ward.
void adopter_answered(Thread& thread, Event const& event)
{
    RestartRecord& record = thread.restart;
    if (record.kind != CallKind::Exit || phase(record) != Asked)
        return;
    bool const done = std::bit_cast<AnswerHead>(event.arguments[1]).kind == AnswerKind::Done;
    auto const found = done ? static_cast<Found>(event.arguments[0]) : Found::Nobody;
    if (found == Found::Again)
        return forget_question(record);
    if (found == Found::Farther) {
        phase(record) = IsToAsk;
        farther(record) = event.arguments[2];
        return;
    }
    forget_question(record);
    Process& parent = *thread.process; // whose first child it was about: the list only grows meanwhile
    take_decision(parent, parent.children.front(), found, event);
}

// ---- wards ------------------------------------------------------------------------------------------------

namespace {

Result<Process*> make_ward(Torus& torus, Process& adopter, Event const& call)
{
    ProcessTable& table = *torus.processes;
    Handle const orphan = Handle::from_raw(call.arguments[2]);
    TRY(link_to(torus, orphan.torus().number));
    Process* const ward = table.processes.live() < table.process_limit ? table.processes.create() : nullptr;
    if (ward == nullptr)
        return unexpected{Status::NoMemory};
    ward->is_ward = true;
    ward->home = orphan;
    ward->ward_number = static_cast<std::uint32_t>(call.arguments[1]);
    ward->pid = static_cast<std::int32_t>(call.arguments[3]);
    ward->credentials.uid = static_cast<std::uint32_t>(call.arguments[4] >> 32);
    if (auto const joined = group_join_part(*ward, static_cast<std::int32_t>(call.arguments[3] >> 32),
            static_cast<std::int32_t>(call.arguments[4]));
        !joined) {
        table.processes.destroy(ward);
        return unexpected{joined.error()};
    }
    table.wards_like(ward->pid).push_back(*ward);
    join(*ward, adopter);
    return ward;
}

// The orphan's record is where its new parent lives: who asks has its ward.
bool comes_home(Torus& torus, Process& adopter, Event const& call)
{
    Handle const handle = Handle::from_raw(call.arguments[2]);
    Process* const orphan
        = handle.torus().number == torus.number ? torus.processes->processes.find(handle) : nullptr;
    if (orphan == nullptr)
        return false;
    if (orphan->parent != nullptr) { // it has not heard of its first ward yet, and comes here when it does
        orphan->ward = torus.processes->processes.handle_of(&adopter);
        orphan->ward_number = static_cast<std::uint32_t>(call.arguments[1]);
        orphan->parent_pid = adopter.pid;
        return true;
    }
    take_out_of_outbox(*orphan, orphan->ward.torus().number);
    orphan->kin_notices = 0;
    orphan->ward = Handle{};
    orphan->ward_number = static_cast<std::uint32_t>(call.arguments[1]);
    join(*orphan, adopter);
    parent_changes(*orphan);
    if (orphan->parent_death_signal)
        signal_post(*orphan, orphan->parent_death_signal);
    tell_of_end(*orphan);
    return true;
}

} // namespace

void answer_adoption(Torus& torus, Link& link, Event const& call, Event& answer)
{
    auto const say = [&answer, &call](Found found, std::uint64_t first = 0, std::uint64_t second = 0) {
        answer.arguments[0] = static_cast<std::uint64_t>(found);
        answer.arguments[2] = first;
        answer.arguments[3] = second;
        answer.arguments[4] = call.arguments[1];
    };
    Process* const relative = call.target.is_null() ? nullptr : torus.processes->processes.find(call.target);
    if (relative == nullptr && !call.target.is_null())
        return say(Found::Again);
    Adopter const adopter = adopter_of(relative);
    if (adopter.process == nullptr)
        return say(Found::Farther, adopter.farther.raw());
    if (comes_home(torus, *adopter.process, call))
        return say(Found::Here);
    Result<Process*> const made = make_ward(torus, *adopter.process, call);
    if (!made)
        return say(Found::Nobody);
    Process& ward = **made;
    say(Found::Ward, torus.processes->processes.handle_of(&ward).raw(),
        static_cast<std::uint32_t>(adopter.process->pid));
    if (ward.home.torus().number != link.torus) // who asks has another ward
        tell_orphan(ward);
}

Process* find_ward(Process const& adopter, std::int32_t pid)
{
    for (Process& ward : this_torus().processes->wards_like(pid))
        if (ward.pid == pid && ward.parent == &adopter)
            return &ward;
    return nullptr;
}

void tell_orphan(Process& ward)
{
    Torus& torus = this_torus();
    if (ward.parent == nullptr)
        forget_ward(ward);
    send_from(torus, *torus.links->links[ward.home.torus().number], ward.kin_out);
}

void reap_ward(Process& ward)
{
    ward.parent->children.erase(ward.parent->children.iterator_to(ward));
    ward.parent = nullptr;
    tell_orphan(ward);
}

// ---- news -------------------------------------------------------------------------------------------------

void tell_ward(Process& orphan, Notice notice)
{
    Torus& torus = this_torus();
    Result<Link*> const link
        = orphan.ward.is_null() ? unexpected{Status::NoProcess} : link_to(torus, orphan.ward.torus().number);
    if (!link)
        return;
    auto const stops = static_cast<std::uint8_t>(
        static_cast<std::uint8_t>(Notice::Stopped) | static_cast<std::uint8_t>(Notice::Continued));
    if (static_cast<std::uint8_t>(notice) & stops) // the later one counts
        orphan.kin_notices &= static_cast<std::uint8_t>(~stops);
    orphan.kin_notices |= static_cast<std::uint8_t>(notice);
    send_from(torus, **link, orphan.kin_out);
}

namespace {

void make_orphan_news(Torus& torus, Process& orphan, Event& event)
{
    auto const notice = static_cast<std::uint8_t>(orphan.kin_notices & -orphan.kin_notices);
    orphan.kin_notices &= static_cast<std::uint8_t>(~notice);
    event.type = static_cast<std::uint32_t>(EventType::OrphanNews);
    event.sequence = notice;
    event.source = torus.processes->processes.handle_of(&orphan);
    event.target = orphan.ward;
    if (notice == static_cast<std::uint8_t>(Notice::Exited))
        write_end(orphan, event);
    else
        event.arguments[0] = orphan.stop_signal;
    if (orphan.kin_notices != 0)
        send_from(torus, *torus.links->links[orphan.ward.torus().number], orphan.kin_out);
}

// With a parent: that is its new one. Without: nobody stands for the orphan any more.
void make_ward_news(Torus& torus, Process& ward, Event& event)
{
    constexpr std::int32_t first_pid = 1;
    bool const stays = ward.parent != nullptr;
    event.type = static_cast<std::uint32_t>(EventType::WardNews);
    event.sequence = ward.ward_number + !stays;
    event.target = ward.home;
    event.arguments[0] = stays ? torus.processes->processes.handle_of(&ward).raw() : Handle{}.raw();
    event.arguments[1] = static_cast<std::uint32_t>(stays ? ward.parent->pid : first_pid);
    if (!stays)
        torus.processes->processes.destroy(&ward);
}

} // namespace

void make_kin_event(Torus& torus, OutItem& item, Event& event)
{
    Process& process = owner_of<&Process::kin_out>(item);
    if (process.is_ward)
        make_ward_news(torus, process, event);
    else
        make_orphan_news(torus, process, event);
}

void take_orphan_news(Torus& torus, Link&, Event const& event)
{
    Process* const ward = torus.processes->processes.find(event.target);
    if (ward == nullptr || !ward->is_ward || ward->parent == nullptr || ward->home != event.source
        || ward->state == ProcessState::Zombie)
        return; // another one stands for it, which is told as well
    if (take_stop(*ward, event))
        return;
    take_end(*ward, event);
    ward->state = ProcessState::Zombie;
    tell_of_end(*ward);
}

// From another ward than until now: that one is told how things stand.
void take_ward_news(Torus& torus, Link&, Event const& event)
{
    Process* const orphan = torus.processes->processes.find(event.target);
    if (orphan == nullptr || orphan->is_ward || event.sequence < orphan->ward_number)
        return;
    if (event.sequence > orphan->ward_number) {
        take_out_of_outbox(*orphan, orphan->ward.torus().number);
        orphan->kin_notices = 0;
    }
    bool const moves = orphan->ward_number != event.sequence;
    orphan->ward_number = event.sequence;
    orphan->ward = Handle::from_raw(event.arguments[0]);
    orphan->parent_pid = static_cast<std::int32_t>(event.arguments[1]);
    if (orphan->parent != nullptr) // who dies, and has not heard of the first ward yet
        return;
    if (orphan->ward.is_null() && orphan->state == ProcessState::Zombie)
        return reap(*orphan);
    parent_changes(*orphan);
    if (orphan->parent_death_signal)
        signal_post(*orphan, orphan->parent_death_signal);
    if (moves && orphan->stopped)
        tell_ward(*orphan, Notice::Stopped);
    if (moves)
        tell_of_end(*orphan);
}

} // namespace torc
