// SPDX-License-Identifier: MIT
#include "kernel/tori/visitors.hpp"
#include "arch/clock.hpp"
#include "arch/cpu.hpp"
#include "kernel/files/fd_table.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_operations.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/linux/call_table.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/proc/proc_asks.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/tori/block_loans.hpp"
#include "kernel/tori/call_shape.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_call.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/guests.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/tori/visit_places.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <bit>
#include <utility>

namespace torc {
namespace {

Visitor& visitor_of(Thread& thread)
{
    return owner_of<&Visitor::thread>(thread);
}

// ---- answering ------------------------------------------------------------------------------------------

Event make_answer(Visitor const& visitor, AnswerKind kind, std::int64_t outcome)
{
    AnswerHead head{};
    head.kind = kind;
    head.write = visitor.missed_write;
    head.has_object = !visitor.made.is_null();
    head.close_on_exec = visitor.made_closes_on_exec;
    head.quiet = visitor.made_quiet;
    head.kills = visitor.kills;
    Event event{};
    event.sequence = visitor.sequence;
    event.target = visitor.caller;
    event.arguments = {static_cast<std::uint64_t>(outcome), std::bit_cast<std::uint64_t>(head),
        kind == AnswerKind::Missing || kind == AnswerKind::Elsewhere ? visitor.missing : visitor.made.raw(),
        visitor.raised, visitor.used_ticks};
    for (unsigned i = 0; visitor.has_details && i < visitor.details.size(); ++i)
        event.arguments[2 + i] = visitor.details[i];
    return event;
}

void reply(Torus& torus, Link& link, Event event)
{
    event.type = static_cast<std::uint32_t>(EventType::Reply);
    send_reply(torus, link, event);
}

// Without a visitor: there is no memory for one, or no need.
[[gnu::noinline]] void answer_at_once(Torus& torus, Link& link, Event const& call, AnswerKind kind)
{
    Event event{};
    AnswerHead head{};
    head.kind = kind;
    event.sequence = call.sequence;
    event.target = call.source;
    event.arguments[1] = std::bit_cast<std::uint64_t>(head);
    reply(torus, link, event);
}

void drop_objects(Visitor& visitor)
{
    for (OpenFile*& object : visitor.objects)
        if (OpenFile* const file = std::exchange(object, nullptr))
            release(*file);
    if (OpenFile* const root = std::exchange(visitor.root, nullptr))
        release(*root);
}

// As new, but for the registers, which the next call sets. What a call about a file may have left behind.
void refresh(Visitor& visitor)
{
    Thread& thread = visitor.thread;
    thread.restart.clear();
    thread.attention = 0;
    thread.timed_out = false;
    thread.kernel_ticks = 0;
    thread.voluntary_switches = 0;
    thread.asked = false;
    thread.state = ThreadState::Blocked;
    visitor.raised = 0;
    visitor.missing = 0;
    visitor.made = {};
    visitor.parked = visitor.cancelled = visitor.kills = visitor.refused = false;
    visitor.missed = visitor.missed_write = visitor.made_closes_on_exec = visitor.has_details = false;
}

// A few records stay as they are: to make one takes longer than most calls.
void drop_visitor(Torus& torus, Visitor& visitor)
{
    FarRecords& far = *torus.far;
    Guest& guest = *visitor.guest;
    guest.visitors.erase(guest.visitors.iterator_to(visitor));
    if (visitor.about_a_file && far.spare_count < FarRecords::most_spare) {
        refresh(visitor);
        far.spare.push_front(visitor);
        ++far.spare_count;
    } else {
        far.visitors.destroy(&visitor);
    }
    guest_loses_visitor(torus, guest);
}

Visitor* new_visitor(FarRecords& far)
{
    if (far.spare.empty())
        return far.visitors.create();
    Visitor& visitor = far.spare.front();
    far.spare.pop_front();
    --far.spare_count;
    return &visitor;
}

// The visit is over: the caller's tables are left, then it is told.
void finish(Visitor& visitor, AnswerKind kind, Outcome outcome)
{
    Torus& torus = this_torus();
    Thread& thread = visitor.thread;
    arch::leave_user_space();
    end_asks(thread);
    charge_current();
    retire_thread(thread);
    visitor.used_ticks = thread.kernel_ticks;
    if (torus.current == &thread)
        torus.current = nullptr;
    drop_objects(visitor);
    Event answer = make_answer(visitor, kind, outcome.value());
    Link& link = *torus.links->links[visitor.torus];
    if (visitor.parked) {
        copy(visitor.answer, answer);
        send_from(torus, link, visitor.out);
        return;
    }
    reply(torus, link, answer);
    drop_visitor(torus, visitor);
}

// ---- running ----------------------------------------------------------------------------------------------

// A call about one open file that nothing with a name belongs to: no places are needed for it.
bool is_about_a_file(Visitor const& visitor)
{
    CallShape const& shape = call_shape(visitor.head.number);
    OpenFile const* const file = visitor.objects[0];
    return shape.descriptors == 1 && shape.flags == 0 && file != nullptr
        && (file->kind == FileKind::Pipe || file->kind == FileKind::Regular
            || file->kind == FileKind::Terminal);
}

Outcome run_handler(Visitor& visitor)
{
    auto const& arguments
        = reinterpret_cast<Arguments const&>(visitor.thread.frame.x); // SAFETY: x0..x5 come first
    std::uint16_t const number = visitor.head.number;
    if (number >= static_cast<std::uint16_t>(FarRequest::first))
        return run_request(visitor, static_cast<FarRequest>(number), arguments);
    if (number >= linux_abi::call_limit || linux_abi::call_table.rows[number].handler == nullptr)
        return Status::NotImplemented;
    return linux_abi::call_table.rows[number].handler(visitor.thread, arguments);
}

// An answer, or a block of memory: the only waits for another torus. It says something at once, and waits for
// nobody.
Outcome wait_for_answer(Thread& thread)
{
    Outcome const outcome = wait_for_far(thread);
    if (!outcome.is_blocked())
        abandon_file_call(thread);
    return outcome;
}

void park(Visitor& visitor)
{
    Torus& torus = this_torus();
    arch::leave_user_space();
    torus.current = nullptr;
    if (std::exchange(visitor.parked, true))
        return;
    reply(torus, *torus.links->links[visitor.torus], make_answer(visitor, AnswerKind::Parked, 0));
}

// What a run of the handler has come to. True: it is to run again.
bool end_of_grain(Visitor& visitor, Outcome outcome, Handle there)
{
    Thread& thread = visitor.thread;
    FarRecords& far = *this_torus().far;
    if (outcome.is_not_yet() && (thread.asked || frames_are_awaited(this_torus())))
        outcome = wait_for_answer(thread);
    if (outcome.is_blocked())
        return park(visitor), false;
    if (outcome.is_again())
        return true;
    if (outcome.is_elsewhere() || outcome.is_not_yet()) {
        if (outcome.is_elsewhere() && call_shape(visitor.head.number).flags & names_process) {
            visitor.missing = far.elsewhere; // its home asks there
            finish(visitor, AnswerKind::Elsewhere,
                Outcome::from_far(static_cast<std::int64_t>(std::exchange(far.so_far, 0))));
            return false;
        }
        if (outcome.is_elsewhere() && may_lead_to_file(visitor.head.number) && !there.is_null()) {
            visitor.missing = there.raw();
            return finish(visitor, AnswerKind::Elsewhere, 0), false;
        }
        outcome = Status::CrossDevice; // two owners
    }
    if (visitor.missed && outcome.finished() && visitor.made.is_null()) {
        ++far.misses;
        return finish(visitor, AnswerKind::Missing, outcome), false;
    }
    finish(visitor, visitor.refused ? AnswerKind::Refused : AnswerKind::Done, outcome);
    return false;
}

// ---- arriving -------------------------------------------------------------------------------------------

// The file a handle names, with a reference; nullptr when it names none.
OpenFile* object_of(Handle handle)
{
    OpenFile* const file = file_records().open_files.find(handle);
    if (file != nullptr)
        retain(*file);
    return file;
}

void fill(Visitor& visitor, Guest& guest, unsigned torus, Event const& call, Event const& rest)
{
    visitor.torus = torus;
    Thread& thread = visitor.thread;
    visitor.guest = &guest;
    guest.visitors.push_back(visitor);
    visitor.caller = call.source;
    visitor.sequence = call.sequence;
    visitor.head = std::bit_cast<CallHead>(call.arguments[0]);
    visitor.tables = rest.arguments[2];
    thread.visiting = true;
    thread.in_call = true;
    thread.process = guest.stub != nullptr ? guest.stub : &guest.process;
    for (unsigned i = 0; i < 4; ++i)
        thread.frame.x[i] = call.arguments[1 + i];
    thread.frame.x[4] = rest.arguments[0];
    thread.frame.x[5] = rest.arguments[1];
    thread.frame.x[8] = visitor.head.number;
    thread.id = static_cast<std::int32_t>(rest.sequence);
    visitor.objects[0] = object_of(call.target);
    visitor.objects[1] = object_of(rest.target);
    visitor.root = object_of(Handle::from_raw(rest.arguments[3]));
    visitor.about_a_file = is_about_a_file(visitor);
    if (visitor.head.flags & call_has_progress) {
        thread.restart.kind = CallKind::Read; // both directions only look at `done`
        thread.restart.done = rest.arguments[4];
    }
}

// Descriptor n's argument says n from here on: that is where lay_out() puts the object.
void number_descriptors(Visitor& visitor)
{
    std::uint8_t const descriptors = call_shape(visitor.head.number).descriptors;
    for (unsigned place = 0; place < 6; ++place)
        if (descriptors >> place & 1
            && static_cast<std::int32_t>(visitor.thread.frame.x[place]) != at_flag::current_directory)
            visitor.thread.frame.x[place] = place;
}

// Nobody else wants the core: the call is made where it has come in, and the run queue hears of it only if it
// takes longer. No call about a file looks for its caller's space or processor time.
void run_at_once(Torus& torus, Visitor& visitor)
{
    Thread& thread = visitor.thread;
    charge_current(); // as idle time
    arch::switch_user(torus, torus.current, thread);
    torus.current = &thread;
    if (!run_visitor(thread))
        return;
    arch::leave_user_space();
    torus.current = nullptr;
    wake(thread);
}

void take_urgency(Torus& torus, Visitor& visitor)
{
    SchedParameters parameters;
    parameters.policy = visitor.head.policy;
    parameters.priority = visitor.head.priority;
    parameters.nice = visitor.head.nice;
    if (visitor.thread.entity.parameters() != parameters)
        torus.run_queue.set_parameters(visitor.thread.entity, parameters);
}

void start(Torus& torus, Visitor& visitor)
{
    take_urgency(torus, visitor);
    visitor.thread.state = ThreadState::Blocked;
    if (visitor.about_a_file && torus.run_queue.runnable() == 0)
        run_at_once(torus, visitor);
    else
        wake(visitor.thread);
}

// ---- calls about one file ---------------------------------------------------------------------------------

// What the handler looks at.
void describe(Visitor& visitor, Guest& guest, Event const& call)
{
    Thread& thread = visitor.thread;
    visitor.head = std::bit_cast<CallHead>(call.arguments[0]);
    visitor.tables = call.arguments[3];
    thread.visiting = true;
    thread.in_call = true;
    thread.state = ThreadState::Blocked;
    thread.process = guest.stub != nullptr ? guest.stub : &guest.process;
    thread.frame.x[0] = 0; // where lay_out() puts the file
    thread.frame.x[1] = call.arguments[1];
    thread.frame.x[2] = call.arguments[2];
    thread.frame.x[8] = visitor.head.number;
}

// The rest: it may wait, so others must find it.
void take_in(Torus& torus, Link const& link, Visitor& visitor, Guest& guest, Event const& call)
{
    visitor.torus = link.torus;
    visitor.guest = &guest;
    guest.visitors.push_back(visitor);
    visitor.caller = call.source;
    visitor.sequence = call.sequence;
    visitor.thread.id = 0;
    visitor.objects[0] = object_of(call.target);
    visitor.about_a_file = is_about_a_file(visitor);
    take_urgency(torus, visitor);
}

bool is_plain_transfer(Event const& call, OpenFile const& file)
{
    std::uint16_t const number = std::bit_cast<CallHead>(call.arguments[0]).number;
    return (number == 63 || number == 64) // read, write
        && (file.kind == FileKind::Pipe || file.kind == FileKind::Regular || file.kind == FileKind::Terminal);
}

// It was not as plain as it looked, or takes longer: goes on as any visit.
[[gnu::noinline]] void goes_on(Torus& torus, Link& link, Visitor& visitor, Guest& guest, Event const& call,
    Thread* before, Outcome outcome)
{
    torus.far->spare.pop_front();
    --torus.far->spare_count;
    describe(visitor, guest, call);
    arch::switch_user(torus, before, visitor.thread);
    take_in(torus, link, visitor, guest, call);
    if (!end_of_grain(visitor, outcome, {}))
        return;
    arch::leave_user_space();
    torus.current = nullptr;
    wake(visitor.thread);
}

// As if the caller's core had made the call: what ends at once leaves no trace but its answer, and the
// visitor stays a spare one.
void transfer_in_passing(Torus& torus, Link& link, Guest& guest, OpenFile& file, Event const& call)
{
    FarRecords& far = *torus.far;
    Visitor& visitor = far.spare.front();
    Thread& thread = visitor.thread;
    visitor.head = std::bit_cast<CallHead>(call.arguments[0]);
    thread.process = guest.stub != nullptr ? guest.stub : &guest.process;
    Thread* const before = std::exchange(torus.current, &thread);
    std::uint64_t const tables = arch::enter_visit(call.arguments[3], far.visitor_asid);
    auto const& arguments = reinterpret_cast<Arguments const&>(call.arguments); // SAFETY: x1, x2 are in place
    Outcome const outcome
        = visitor.head.number == 64 ? write_by(thread, file, arguments) : read_by(thread, file, arguments);
    if (outcome.finished() && !outcome.failed() && !visitor.missed && visitor.raised == 0) [[likely]] {
        arch::leave_visit(tables); // before the answer is stored
        torus.current = before;
        std::uint64_t const now = arch::ticks_at_entry(),
                            used = now - torus.charged_at; // behind leave_visit()
        torus.charged_at = now;
        torus.kernel_ticks += used;
        Event& answer = link.out->answer_place();
        answer.type = static_cast<std::uint32_t>(EventType::Reply);
        answer.sequence = call.sequence;
        answer.source = Handle{};
        answer.target = call.source;
        answer.arguments = {static_cast<std::uint64_t>(outcome.value()), 0, 0, 0, used};
        return send_placed(torus, link);
    }
    goes_on(torus, link, visitor, guest, call, before, outcome);
}

[[gnu::noinline]] void visit_about_file(
    Torus& torus, Link& link, Guest& guest, bool placed, Event const& call)
{
    Visitor* const visitor = placed ? new_visitor(*torus.far) : nullptr;
    if (visitor == nullptr)
        return answer_at_once(torus, link, call, AnswerKind::Refused);
    describe(*visitor, guest, call);
    take_in(torus, link, *visitor, guest, call);
    start(torus, *visitor);
}

} // namespace

bool run_visitor(Thread& thread)
{
    Visitor& visitor = visitor_of(thread);
    FarRecords& far = *this_torus().far;
    if (visitor.tables != 0)
        arch::enter_visit(visitor.tables, far.visitor_asid);
    visitor.missed = false;
    lay_out(visitor);
    Outcome outcome = run_handler(visitor);
    Handle const there = std::exchange(far.leads_to, Handle{});
    if (!take_made(visitor, outcome))
        outcome = Status::NoMemory;
    clear_away(visitor);
    return end_of_grain(visitor, outcome, there);
}

void take_call(Torus&, Link& link, Event const& event)
{
    copy(link.half, event);
    link.has_half = true;
}

void take_call_rest(Torus& torus, Link& link, Event const& rest)
{
    if (!std::exchange(link.has_half, false))
        return;
    Event const& call = link.half;
    if (torus.far == nullptr)
        return answer_at_once(torus, link, call, AnswerKind::Refused);
    auto const head = std::bit_cast<CallHead>(call.arguments[0]);
    if (answered_in_passing(torus, link, call, head.number))
        return;
    FarRecords& far = *torus.far;
    ++far.calls_in;
    // A watch is nobody's in particular.
    Guest* const guest = rest.source.is_null() ? &far.watchers : find_guest(torus, rest.source);
    if (guest == nullptr)
        return answer_at_once(torus, link, call, AnswerKind::Stranger);
    bool const placed = guest == &far.watchers || guest->stub != nullptr || guest->process.group != nullptr;
    Visitor* const visitor = placed ? new_visitor(far) : nullptr;
    if (visitor == nullptr)
        return answer_at_once(torus, link, call, AnswerKind::Refused);
    fill(*visitor, *guest, link.torus, call, rest);
    number_descriptors(*visitor);
    start(torus, *visitor);
}

void take_file_call(Torus& torus, Link& link, Event const& call)
{
    FarRecords* const far = torus.far;
    if (far == nullptr) [[unlikely]]
        return answer_at_once(torus, link, call, AnswerKind::Refused);
    ++far->calls_in;
    Guest* const guest = find_guest(torus, Handle::from_raw(call.arguments[4]));
    if (guest == nullptr) [[unlikely]]
        return answer_at_once(torus, link, call, AnswerKind::Stranger);
    bool const placed = guest->stub != nullptr || guest->process.group != nullptr;
    OpenFile* const file = torus.files->open_files.find(call.target);
    if (placed && file != nullptr && torus.run_queue.runnable() == 0 && !far->spare.empty()
        && is_plain_transfer(call, *file)) [[likely]]
        return transfer_in_passing(torus, link, *guest, *file, call);
    visit_about_file(torus, link, *guest, placed, call);
}

void take_cancel(Torus& torus, Link&, Event const& event)
{
    Guest* const guest = torus.far != nullptr ? find_guest(torus, event.target) : nullptr;
    if (guest == nullptr)
        return;
    for (Visitor& visitor : guest->visitors) {
        if (visitor.caller != event.source || visitor.sequence != event.sequence || visitor.out.waits())
            continue;
        visitor.cancelled = true;
        visitor.thread.attention |= attend_kill; // its waits are interrupted from now on
        return wake(visitor.thread);
    }
}

void make_answer_event(Torus& torus, OutItem& item, Event& event)
{
    Visitor& visitor = owner_of<&Visitor::out>(item);
    copy(event, visitor.answer);
    event.type = static_cast<std::uint32_t>(EventType::Answer);
    drop_visitor(torus, visitor);
}

} // namespace torc
