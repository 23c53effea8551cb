// SPDX-License-Identifier: MIT
#include "kernel/tori/far_call.hpp"
#include "arch/user_copy.hpp"
#include "kernel/files/descriptor.hpp"
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/fs_context.hpp"
#include "kernel/files/open_path.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/planes.hpp"
#include "kernel/proc/proc_asks.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/call_shape.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_closing.hpp"
#include "kernel/tori/far_ends.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/tori/far_numbers.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/far_state.hpp"
#include "kernel/tori/far_targets.hpp"
#include "kernel/tori/guests.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/page_loans.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/tori/travel.hpp"
#include "kernel/tori/watch.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <algorithm>
#include <bit>
#include <utility>

namespace torc {
namespace {

// ---- sending ----------------------------------------------------------------------------------------------

bool takes_no_notice(Thread const& thread, unsigned signal)
{
    return in_set(thread.blocked, signal) || thread.process->actions[signal - 1].handler == handler_ignore;
}

inline std::uint8_t notices_of(Thread const& thread)
{
    return static_cast<std::uint8_t>((takes_no_notice(thread, sig::ttin) ? call_ignores_ttin : 0)
        | (takes_no_notice(thread, sig::ttou) ? call_ignores_ttou : 0));
}

CallHead make_head(Thread const& thread, std::uint64_t progress)
{
    SchedParameters const& parameters = thread.entity.parameters();
    CallHead head{};
    head.number = static_cast<std::uint16_t>(number_of(thread));
    head.flags = static_cast<std::uint8_t>(notices_of(thread) | (progress ? call_has_progress : 0));
    // A reservation holds on its own torus only: elsewhere the most urgent of the others takes its place.
    bool const reserved = parameters.policy == SchedPolicy::deadline;
    head.policy = reserved ? SchedPolicy::fifo : parameters.policy;
    head.priority = reserved ? highest_priority : parameters.priority;
    head.nice = parameters.nice;
    head.umask = static_cast<std::uint16_t>(thread.process->fs->umask);
    return head;
}

// openat or newfstatat: the path has led to an open file that another torus has. It is named instead.
void ask_there(Thread const& thread, CallHead& head, Event& call)
{
    std::uint64_t const* const x = thread.frame.x;
    bool const opens = number_of(thread) == call_openat;
    head.number = opens ? static_cast<std::uint16_t>(FarRequest::Reopen) : call_fstat;
    call.arguments = {0, 0, opens ? 0 : x[2], x[2], x[3]};
}

void send(Torus& torus, Thread& thread, Link& link, Targets const& targets, FarState state)
{
    ProcessTable& table = *torus.processes;
    std::uint64_t const* const x = thread.frame.x;
    Event call{}, rest{};
    state.sequence() = torus.far->next_sequence++;
    call.type = static_cast<std::uint32_t>(EventType::Call);
    call.sequence = state.sequence();
    call.source = table.threads.handle_of(&thread);
    call.target = targets.objects[0];
    CallHead head = make_head(thread, state.progress());
    call.arguments = {0, x[0], x[1], x[2], x[3]};
    if (state.record.step == begins_there)
        ask_there(thread, head, call);
    call.arguments[0] = std::bit_cast<std::uint64_t>(head);
    rest.type = static_cast<std::uint32_t>(EventType::CallRest);
    rest.sequence = static_cast<std::uint32_t>(thread.id);
    rest.source = table.processes.handle_of(thread.process);
    rest.target = targets.objects[1];
    rest.arguments = {x[4], x[5], thread.space->table().root(),
        place_handle(thread.process->fs->far_root).raw(), state.progress()};
    (void)link.credits.take();
    ++torus.far->calls_out;
    thread.space->gains_walker();
    send_two(torus, link, call, rest);
    state.record.step = sent;
}

Outcome wait_for_answer(Thread& thread)
{
    FarState state{thread.restart};
    OnSignal const how = state.record.step == sent ? OnSignal::Restart : OnSignal::Never;
    Outcome outcome = wait_nowhere(thread, how);
    if (outcome.is_interrupted()) [[unlikely]] {
        state.record.step = cancelled;
        Torus& torus = this_torus();
        send_from(torus, *torus.links->links[state.owner()], thread.cancel);
        outcome = wait_nowhere(thread, OnSignal::Never);
    }
    return outcome;
}

// The call ends here: nothing of it is kept.
Outcome give_up(Thread& thread, Outcome outcome)
{
    FarState state{thread.restart};
    if (OpenFile* const made = state.made()) {
        auto const fd = static_cast<unsigned>(state.descriptor());
        FdTable& files = *thread.process->files;
        if (call_shape(number_of(thread)).flags & makes_descriptor && files.get(static_cast<int>(fd)) == made)
            release(*files.remove(fd));
        release(*made);
    }
    thread.restart.clear();
    return outcome;
}

Result<Targets> file_there(FarState state)
{
    Handle const handle = Handle::from_raw(state.detail());
    return Targets{.owner = handle.torus().number, .objects = {handle, Handle{}}};
}

Outcome begin(Thread& thread)
{
    Torus& torus = this_torus();
    FarState state{thread.restart};
    Result<Targets> const targets
        = state.record.step == begins_there ? file_there(state) : targets_of(thread, state.owner());
    if (!targets)
        return give_up(thread, targets.error());
    Result<Link*> const found = link_to(torus, targets->owner);
    if (!found)
        return give_up(thread, found.error());
    Link& link = **found;
    state.owner() = targets->owner;
    if (auto const prepared = prepare_made(thread, state); !prepared)
        return give_up(thread, prepared.error());
    // Before there is room: it asks the owner of the page, perhaps the same.
    if (!torus.links->tight && !make_buffer_present(thread))
        return wait_for_far(thread);
    if (!introduce(torus, *thread.process, link) || !may_send(link, 2, Want::Call)) {
        Outcome const waits = block(thread, link.callers, OnSignal::RestartAlways);
        return waits.is_interrupted() ? give_up(thread, waits) : waits;
    }
    send(torus, thread, link, *targets, state);
    return wait_for_answer(thread);
}

// ---- calls about one file ---------------------------------------------------------------------------------

inline bool buffer_is_there(Torus const& torus, Thread const& thread, unsigned number)
{
    std::uint64_t const from = thread.frame.x[1], size = thread.frame.x[2];
    bool const reads = number == 63, writes = number == 64;
    if ((!reads && !writes) || torus.links->tight)
        return true;
    bool const in_page = size <= page_size - from % page_size && user_range(Uaddr{from}, 0);
    return in_page && arch::user_reaches(from, reads);
}

// As make_head(): the mask for new files means nothing here.
inline CallHead file_call_head(Thread const& thread, unsigned number)
{
    if (thread.entity.sched_class() != SchedClass::fair) [[unlikely]]
        return make_head(thread, 0);
    SchedParameters const& parameters = thread.entity.parameters();
    CallHead head{};
    head.number = static_cast<std::uint16_t>(number);
    head.flags = notices_of(thread);
    head.policy = parameters.policy;
    head.nice = parameters.nice;
    return head;
}

// Where everything is as it mostly is, the call leaves in one event. False: nothing has happened, begin()
// sees to it.
inline bool left_in_one(Torus& torus, Thread& thread, unsigned number)
{
    Process& process = *thread.process;
    OpenFile const* const file = process.files->get(static_cast<int>(thread.frame.x[0]));
    if (file == nullptr || file->kind != FileKind::Far || process.fs->far_root != nullptr)
        return false;
    Handle const handle = far_handle(*file);
    unsigned const owner = handle.torus().number;
    Link* const link = torus.links->links[owner];
    if (handle.is_null() || link == nullptr || (process.acquainted[owner / 64] >> owner % 64 & 1) == 0)
        return false;
    if (!may_call_now(*link) && !may_send(*link, 1, Want::Call))
        return false;
    if (!buffer_is_there(torus, thread, number))
        return false;
    FarRecords& far = *torus.far;
    FarState state{thread.restart};
    std::uint32_t const sequence = far.next_sequence++;
    state.record.kind = CallKind::Far;
    state.record.step = sent;
    state.sequence() = sequence;
    state.owner() = owner;
    state.set_in_one();
    ProcessTable const& table = *torus.processes;
    Space& space = *thread.space;
    Event& call = link->out->place();
    call.type = static_cast<std::uint32_t>(EventType::FileCall);
    call.sequence = sequence;
    call.source = table.threads.handle_of(&thread);
    call.target = handle;
    call.arguments = {std::bit_cast<std::uint64_t>(file_call_head(thread, number)), thread.frame.x[1],
        thread.frame.x[2], space.table().root(), table.processes.handle_of(&process).raw()};
    (void)link->credits.take();
    ++far.calls_out;
    space.gains_walker();
    send_placed(torus, *link);
    return true;
}

// Its answer: what a program would see of it is put into its frame at once. False: it is more than that, and
// finish() sees to it.
[[gnu::always_inline]] inline bool ended_in_one(Torus& torus, Event const& answer)
{
    if (answer.arguments[1] != 0 || answer.arguments[3] != 0
        || static_cast<std::int64_t>(answer.arguments[0]) < 0)
        return false; // not merely Done
    Thread* const thread = torus.processes->threads.find(answer.target);
    if (thread == nullptr || thread->exiting)
        return false;
    FarState state{thread->restart};
    RestartRecord& record = state.record;
    if (record.kind != CallKind::Far || record.step != sent || state.sequence() != answer.sequence
        || !state.in_one())
        return false;
    record.kind = CallKind::None; // and whatever left_in_one() has set
    record.step = 0;
    record.small = 0;
    record.cursor = record.extra[0] = 0;
    thread->in_call = false;
    thread->frame.x[0] = answer.arguments[0];
    std::uint64_t const used = answer.arguments[4];
    thread->kernel_ticks += used;
    thread->process->use.kernel_ticks += used;
    thread->space->loses_walker();
    wake_from_nowhere(*thread);
    return true;
}

// ---- answered ---------------------------------------------------------------------------------------------

Outcome done(Thread& thread, FarState state)
{
    Outcome const outcome = Outcome::from_far(static_cast<std::int64_t>(state.outcome()));
    std::uint8_t const flags = call_shape(number_of(thread)).flags;
    if (outcome.finished() && !outcome.failed()) {
        follow_group(thread);
        if (number_of(thread) == 25) // fcntl: perhaps a lock
            thread.process->files->set_has_locks();
    }
    if (!state.head().has_object || !outcome.finished() || outcome.failed())
        return give_up(thread, outcome);
    OpenFile& made = *state.made();
    FsContext& fs = *thread.process->fs;
    Outcome value = outcome;
    if (flags & makes_descriptor) {
        FdTable& files = *thread.process->files;
        auto const fd = static_cast<unsigned>(state.outcome());
        if (state.head().close_on_exec && files.get(static_cast<int>(fd)) == &made)
            files.set_close_on_exec(fd, CloseOnExec::Yes);
        release(made); // the table keeps it
    } else {
        OpenFile*& place = flags & moves_root ? fs.far_root : fs.far_directory;
        OpenFile* const before = std::exchange(place, &made);
        if (before != nullptr)
            release(*before);
    }
    thread.restart.clear();
    return value;
}

Outcome page_missing(Thread& thread, FarState state)
{
    auto const moved = static_cast<std::int64_t>(state.outcome());
    bool const goes_on = moved < 0 || (moved > 0 && moves_bytes(number_of(thread)));
    Access const access = state.head().write ? Access::Write : Access::Read;
    Result<void> const resolved
        = goes_on ? thread.space->resolve(Uaddr{state.detail()}, access) : unexpected{Status::BadAddress};
    if (!resolved && resolved.error() == Status::NotYet)
        return wait_for_far(thread); // and looks here again: it may turn out that there is no such page
    bool const goes_without = number_of(thread) == call_timerfd_settime && state.progress() == 0;
    if (!resolved && !goes_without)
        return give_up(thread, Outcome::from_far(moved));
    state.progress() = moved > 0 ? static_cast<std::uint64_t>(moved)
        : resolved               ? state.progress()
                                 : 1; // there is no such page
    state.record.step = begins;
    return begin(thread);
}

// The path has led to that open file: it is asked itself, here or at its owner.
Outcome go_there(Thread& thread, FarState state)
{
    Handle const handle = Handle::from_raw(state.detail());
    if (handle.torus().number != this_torus().number) {
        state.record.step = begins_there;
        return begin(thread);
    }
    (void)give_up(thread, 0);
    OpenFile* const file = file_records().open_files.find(handle);
    if (file == nullptr)
        return Status::NotFound;
    std::uint64_t const* const x = thread.frame.x;
    if (number_of(thread) == call_openat)
        return reopen_file(thread, *file, static_cast<std::uint32_t>(x[2]), static_cast<std::uint32_t>(x[3]));
    return stat_file(*file, Uaddr{x[2]});
}

Outcome finish(Thread& thread)
{
    FarState state{thread.restart};
    switch (state.head().kind) {
    case AnswerKind::Missing:
        return page_missing(thread, state);
    case AnswerKind::Stranger:
        forget_acquaintance(*thread.process, static_cast<unsigned>(state.owner()));
        state.record.step = begins;
        return begin(thread);
    case AnswerKind::Elsewhere:
        if (may_lead_to_file(number_of(thread)))
            return go_there(thread, state);
        if (state.owner() == state.detail()) // as good as nobody
            return give_up(thread, Status::NoProcess);
        state.owner() = state.detail();
        state.progress() = state.outcome();
        state.record.step = begins;
        return state.owner() == this_torus().number ? give_up(thread, Outcome::again()) : begin(thread);
    case AnswerKind::Refused:
        return give_up(thread, Status::NoMemory);
    case AnswerKind::Done:
    case AnswerKind::Parked:
        break;
    }
    return done(thread, state);
}

// What was asked about a file.
void file_answered(Torus& torus, Event const& event)
{
    OpenFile* const file = torus.files->open_files.find(event.target);
    if (file == nullptr || file->kind != FileKind::Far)
        return; // closed meanwhile
    if (!weight_answered(*file, event) && !errand_answered(torus, *file, event)
        && !pages_answered(torus, *file, event))
        watch_answered(torus, event);
}

[[gnu::noinline]] void take_outcome(Torus& torus, Link& link, Event const& event)
{
    if (event.target.plane().number == static_cast<std::uint16_t>(PlaneNumber::OpenFile))
        return file_answered(torus, event);
    if (event.target.plane().number == static_cast<std::uint16_t>(PlaneNumber::Loan))
        return loan_answered(torus, link, event);
    if (event.target.plane().number == static_cast<std::uint16_t>(PlaneNumber::Ask))
        return ask_answered(torus, event);
    auto const head = std::bit_cast<AnswerHead>(event.arguments[1]);
    Thread* const thread = torus.processes->threads.find(event.target);
    if (thread == nullptr) { // no thread that waits goes
        number_answered(torus, event);
        return group_answered(torus, event);
    }
    if (head.kind == AnswerKind::Parked)
        return;
    if (closing_answered(*thread, event))
        return;
    RestartRecord& record = thread->exiting ? thread->abandoned : thread->restart;
    if (record.kind == CallKind::Exec || record.kind == CallKind::Move)
        return travel_answered(*thread, event);
    FarState state{record};
    if (record.kind != CallKind::Far || state.sequence() != event.sequence || record.step <= begins_there)
        return;
    if (thread->cancel.waits())
        link.outbox.erase(link.outbox.iterator_to(thread->cancel));
    // The descriptor was reserved here; the value that the owner's table gave it means nothing.
    bool const opened = head.has_object && state.made() != nullptr;
    bool const numbered = opened && call_shape(number_of(*thread)).flags & makes_descriptor;
    state.outcome() = numbered ? state.descriptor() : event.arguments[0];
    if (opened)
        take_opened(*state.made(), event, head);
    else if (head.kind == AnswerKind::Missing || head.kind == AnswerKind::Elsewhere)
        state.detail() = event.arguments[2];
    record.extra[0] = event.arguments[1];
    record.step = answered;
    thread->kernel_ticks += event.arguments[4];
    thread->process->use.kernel_ticks += event.arguments[4];
    if (thread->space != nullptr)
        thread->space->loses_walker();
    if (event.arguments[3] != 0 && !thread->exiting)
        raise_here(*thread, event.arguments[3], state);
    wake(*thread);
}

} // namespace

bool introduce(Torus& torus, Process& process, Link& link)
{
    std::uint64_t& known = process.acquainted[link.torus / 64];
    std::uint64_t const bit = 1ull << link.torus % 64;
    if (known & bit) [[likely]]
        return true;
    unsigned const pieces = identity_pieces(process);
    if (!may_send(link, pieces, Want::Event))
        return false;
    for (unsigned n = 0; n < pieces; ++n)
        send_one(torus, link, identity_piece(torus, process, n));
    known |= bit;
    process.visited[link.torus / 64] |= bit;
    return true;
}

void forget_acquaintance(Process& process, unsigned owner)
{
    process.acquainted[owner / 64] &= ~(1ull << owner % 64);
}

Outcome far_call(Thread& thread)
{
    Torus& torus = this_torus();
    if (torus.far == nullptr)
        return Status::NotImplemented; // alone, nothing is elsewhere
    unsigned const number = number_of(thread);
    if (fits_one_event(number) && left_in_one(torus, thread, number)) [[likely]]
        return wait_for_answer(thread);
    thread.restart.kind = CallKind::Far;
    thread.restart.step = begins;
    FarRecords& far = *torus.far;
    FarState{thread.restart}.owner() = far.elsewhere; // for calls that name a process
    FarState{thread.restart}.progress() = std::exchange(far.so_far, 0);
    if (Handle const there = std::exchange(far.leads_to, Handle{}); !there.is_null()) {
        if (!may_lead_to_file(number_of(thread)))
            return give_up(thread, Status::CrossDevice);
        FarState{thread.restart}.detail() = there.raw();
        return go_there(thread, FarState{thread.restart});
    }
    return begin(thread);
}

Outcome far_resume(Thread& thread)
{
    switch (thread.restart.step) {
    case begins:
    case begins_there:
        return begin(thread);
    case answered:
        return finish(thread);
    default:
        return wait_for_answer(thread);
    }
}

void take_reply(Torus& torus, Link& link, Event const& event)
{
    if (!ended_in_one(torus, event)) // links.cpp gives the credit back
        take_outcome(torus, link, event);
}

void take_answer(Torus& torus, Link& link, Event const& event)
{
    if (!ended_in_one(torus, event))
        take_outcome(torus, link, event);
}

} // namespace torc
