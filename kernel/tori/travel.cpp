// SPDX-License-Identifier: MIT
// The birth torus's side of a move.
#include "kernel/tori/travel.hpp"
#include "kernel/files/far_file.hpp"
#include "kernel/files/fd_table.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/planes.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/exec.hpp"
#include "kernel/process/exit.hpp"
#include "kernel/process/lifecycle.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/scheduling.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/pending.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/move_state.hpp"
#include "kernel/tori/placement.hpp"
#include "kernel/tori/roles.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <bit>
#include <cstring>
#include <utility>

namespace torc {
// ---- what can be moved ------------------------------------------------------------------------------------

bool can_move(Thread const& thread)
{
    Torus const& torus = this_torus();
    Process const& process = *thread.process;
    return torus.far != nullptr && process.pid != 1 && !process.embryo && process.live_threads == 1
        && process.children.empty() && !process.files->shared() && !process.files->has_locks()
        && process.fs->references == 1 && !signals_shared(process)
        && process.files->count() <= TravelFile::limit
        && class_of(own_parameters(thread).policy) != SchedClass::deadline;
}

// ---- the document -----------------------------------------------------------------------------------------

Lent lend(OpenFile& file)
{
    if (file.kind == FileKind::Far)
        return {split_far_file(file), split_weight};
    retain(file);
    return {lend_file(file), lent_weight};
}

void take_back(std::uint32_t weight, OpenFile& file)
{
    if (file.kind == FileKind::Far)
        return rejoin_far_file(file);
    file.references -= weight;
}

namespace {

// Descriptors; false when one cannot be lent. `lent` says how many were.
bool write_files(Process& process, TravelFile* list, std::uint32_t& lent, Descriptors which)
{
    FdTable& files = *process.files;
    lent = 0;
    for (unsigned fd = files.next_used(0); fd < FdTable::limit; fd = files.next_used(fd + 1)) {
        bool const closes = files.close_on_exec(fd) == CloseOnExec::Yes;
        if (closes && which == Descriptors::Surviving)
            continue;
        Lent const part = lend(*files.get(static_cast<int>(fd)));
        if (part.handle.is_null())
            return false;
        list[lent++] = {part.handle, fd & 0x7fff'ffff, closes, part.weight};
    }
    return true;
}

void take_files_back(Process& process, TravelFile const* list, std::uint32_t lent)
{
    for (std::uint32_t i = 0; i < lent; ++i)
        take_back(list[i].weight, *process.files->get(static_cast<int>(list[i].fd)));
}

// The current directory, or the root, as a far process has it.
Result<Lent> lend_place(Path const& path, OpenFile* far)
{
    if (far != nullptr) {
        Lent const part = lend(*far);
        return part.handle.is_null() ? Result<Lent>{unexpected{Status::NoMemory}} : part;
    }
    if (path.name == nullptr || path == root_path())
        return Lent{};
    OpenFile* const file = TRY(open_place(path));
    return Lent{lend_file(*file), lent_weight};
}

void drop_place(Handle handle, std::uint32_t weight, OpenFile* far)
{
    if (handle.is_null())
        return;
    if (far != nullptr)
        return rejoin_far_file(*far);
    OpenFile* const file = file_records().open_files.find(handle);
    file->references -= weight - 1;
    release(*file);
}

void write_process(Thread const& thread, TravelDocument& to)
{
    Process const& process = *thread.process;
    copy_process(process, to);
    copy_thread(thread, to);
    to.pid = process.pid;
    to.parent_pid = process.parent != nullptr ? process.parent->pid : process.parent_pid;
    to.job_parent = has_job_parent(process);
    to.group = process.group->id;
    to.session = process.group->session->id;
    to.stub = process.stub.is_null() ? this_torus().processes->processes.handle_of(&process) : process.stub;
    to.ignored = ignored_signals(process);
    to.use.minor_faults += thread.minor_faults;
    to.use.voluntary_switches += thread.voluntary_switches;
    to.use.involuntary_switches += thread.involuntary_switches;
    to.scheduling = own_parameters(thread);
    to.umask = process.fs->umask;
}

void write_exec(ExecState const& exec, TravelDocument& to)
{
    to.stack_top = exec.stack_top;
    to.string_floor = exec.string_floor;
    to.string_point = exec.string_point;
    to.name_address = exec.name_address;
    to.mmap_base = exec.space->layout.mmap_base;
    to.argument_count = exec.argument_count;
    to.environment_count = exec.environment_count;
    std::memcpy(to.path, exec.path, std::strlen(exec.path) + 1);
    std::memcpy(to.name, exec.name, sizeof to.name);
}

// The frames under the strings.
void list_stack(ExecState& exec, std::uint64_t* list)
{
    std::uint64_t n = 0;
    for (std::uint64_t at = align_down(exec.string_point, page_size); at < exec.stack_top; at += page_size) {
        arch::Pte const* const entry = exec.space->table().find(Uaddr{at});
        list[n++] = entry != nullptr && entry->valid() ? entry->frame().raw() : 0;
    }
}

void drop_frames(TravelState& state)
{
    for (std::uint64_t& frame : state.frames)
        if (std::uint64_t const taken = std::exchange(frame, 0))
            this_torus().frames.release(Paddr{taken});
}

Result<void> take_frames(TravelState& state)
{
    for (std::uint64_t& frame : state.frames)
        frame = TRY(this_torus().frames.take_cleared(FrameKind::Special)).raw();
    return {};
}

Result<void> fill_document(Thread& thread, TravelState& state, Descriptors which)
{
    TRY(take_frames(state));
    auto& document = *at_frame<TravelDocument>(state.frames[0]);
    auto* const files = at_frame<TravelFile>(state.frames[1]);
    Process& process = *thread.process;
    write_process(thread, document);
    document.files = state.frames[1];
    if (!write_files(process, files, document.file_count, which)) {
        take_files_back(process, files, document.file_count);
        return unexpected{Status::NoMemory};
    }
    FsContext const& fs = *process.fs;
    auto const root = lend_place(fs.root, fs.far_root);
    auto const directory = root ? lend_place(fs.directory, fs.far_directory) : root;
    if (directory) {
        document.root = root->handle;
        document.root_weight = root->weight;
        document.directory = directory->handle;
        document.directory_weight = directory->weight;
        return {};
    }
    if (root)
        drop_place(root->handle, root->weight, fs.far_root);
    take_files_back(process, files, document.file_count);
    return unexpected{directory.error()};
}

// Nobody has taken it: everything lent is ours again.
void take_document_back(Thread& thread, TravelState& state)
{
    auto const& document = *at_frame<TravelDocument>(state.frames[0]);
    take_files_back(*thread.process, at_frame<TravelFile>(state.frames[1]), document.file_count);
    FsContext const& fs = *thread.process->fs;
    drop_place(document.root, document.root_weight, fs.far_root);
    drop_place(document.directory, document.directory_weight, fs.far_directory);
}

} // namespace

Result<void> write_document(Thread& thread, TravelState& state, Descriptors which)
{
    Result<void> const written = fill_document(thread, state, which);
    if (written)
        interval_timers_leave(*thread.process, at_frame<TravelDocument>(state.frames[0])->timers);
    else
        drop_frames(state);
    return written;
}

void drop_document(Thread& thread, TravelState& state)
{
    if (state.frames[0] == 0)
        return;
    if (!state.taken)
        take_document_back(thread, state);
    if (!has_gone(state))
        processor_check_changed(*thread.process);
    drop_frames(state);
}

// ---- sending ----------------------------------------------------------------------------------------------

Outcome send_document(Thread& thread, TravelState& state)
{
    Torus& torus = this_torus();
    Link& link = *torus.links->links[state.target];
    if (!may_send(link, 2, Want::Call))
        return block(thread, link.callers, OnSignal::Never);
    Event call{}, rest{};
    CallHead head{};
    head.number = static_cast<std::uint16_t>(FarRequest::Adopt);
    head.policy = own_parameters(thread).policy == SchedPolicy::deadline ? SchedPolicy::normal
                                                                         : own_parameters(thread).policy;
    head.priority = own_parameters(thread).priority;
    head.nice = own_parameters(thread).nice;
    state.sequence = torus.far->next_sequence++;
    call.type = static_cast<std::uint32_t>(EventType::Call);
    call.sequence = state.sequence;
    call.source = torus.processes->threads.handle_of(&thread);
    call.arguments = {std::bit_cast<std::uint64_t>(head), state.frames[0], 0, 0, 0};
    rest.type = static_cast<std::uint32_t>(EventType::CallRest);
    (void)link.credits.take();
    ++torus.far->calls_out;
    state.step = TravelState::sent;
    send_two(torus, link, call, rest);
    return sleep_until(thread, no_deadline, OnSignal::Never);
}

Outcome depart(Thread& thread, Handle home)
{
    thread.process->home = home;
    thread.in_call = false;
    begin_exit(thread);
    return Outcome::again();
}

void die_elsewhere(Process& process, Handle home)
{
    unsigned const signal = static_cast<unsigned>(process.wait_status) & 0x7f;
    process.home = home;
    process.pending.set |= signal_bit(signal != 0 ? signal : sig::kill);
}

namespace {

Outcome finish(Thread& thread, TravelState& state)
{
    if (has_gone(state) && !tell_new_home(thread, state))
        return Outcome::blocked();
    drop_document(thread, state);
    if (state.kills)
        force_default_signal(thread, sig::segv);
    if (state.outcome < 0) {
        sent_program_ended(this_torus(), thread.process->pid);
        return Outcome::from_far(state.outcome);
    }
    thread.process->executed = true;
    return depart(thread, state.home);
}

// False: it stays here.
bool write_exec_document(Thread& thread, ExecState& exec)
{
    TravelState& state = exec.travel;
    bool const fits
        = exec.stack_top - align_down(exec.string_point, page_size) <= TravelDocument::list_size * page_size;
    if (!fits || !link_to(this_torus(), state.target)
        || !write_document(thread, state, Descriptors::Surviving))
        return false;
    auto& document = *at_frame<TravelDocument>(state.frames[0]);
    write_exec(exec, document);
    list_stack(exec, at_frame<std::uint64_t>(state.frames[2]));
    document.stack_list = state.frames[2];
    return true;
}

} // namespace

unsigned choose_home(Thread& thread, ExecState const& exec)
{
    Torus& torus = this_torus();
    if (torus.links == nullptr || !can_move(thread)
        || std::strlen(exec.path) >= sizeof(TravelDocument{}.path))
        return torus.number;
    std::string_view name{exec.name, sizeof exec.name};
    name = name.substr(0, name.find('\0'));
    thread.process->habit = Habit::of_unknown(program_key(name)).raw(); // for its stub, if it goes
    return choose_place(torus, thread, expected_program(torus, thread, name));
}

Outcome travel(Thread& thread, ExecState& exec)
{
    TravelState& state = exec.travel; // the restart record stays exec's
    switch (state.step) {
    case TravelState::begins:
        if (state.frames[0] == 0 && !write_exec_document(thread, exec)) {
            sent_program_ended(this_torus(), thread.process->pid);
            return goes_nowhere;
        }
        return send_document(thread, state);
    case TravelState::sent:
        return sleep_until(thread, no_deadline, OnSignal::Never);
    default:
        return finish(thread, state);
    }
}

// Its process dies. If the other torus has it by then it is to die there, of the same signal.
bool travel_abandon_step(Thread& thread, ExecState& exec)
{
    TravelState& state = exec.travel;
    if (state.step == TravelState::sent)
        return (void)sleep_until(thread, no_deadline, OnSignal::Never), false;
    if (state.frames[0] == 0)
        return true; // never left, or has been here before
    if (has_gone(state) && !tell_new_home(thread, state))
        return false;
    drop_document(thread, state);
    if (has_gone(state)) {
        thread.process->executed = true;
        die_elsewhere(*thread.process, state.home);
    }
    return true;
}

void travel_answered(Thread& thread, Event const& event)
{
    RestartRecord const& record = thread.exiting ? thread.abandoned : thread.restart;
    // SAFETY: what the restart record's kind says
    TravelState& state = record.kind == CallKind::Exec ? reinterpret_cast<ExecState*>(record.object)->travel
                                                       : reinterpret_cast<MoveState*>(record.object)->travel;
    auto const head = std::bit_cast<AnswerHead>(event.arguments[1]);
    if (state.step == TravelState::rehoming && state.sequence == event.sequence) {
        bool const told = head.kind == AnswerKind::Done && event.arguments[0] == 0;
        state.step = told ? TravelState::settled : TravelState::answered; // no memory: once more
        return wake(thread);
    }
    if (state.step != TravelState::sent || state.sequence != event.sequence)
        return;
    state.step = TravelState::answered;
    state.taken = head.kind == AnswerKind::Done;
    state.outcome
        = state.taken ? static_cast<std::int64_t>(event.arguments[0]) : Outcome{Status::NoMemory}.value();
    state.home = Handle::from_raw(event.arguments[2]);
    state.kills = head.kills != 0;
    sent_program_arrived(this_torus(), thread.process->pid);
    wake(thread);
}

} // namespace torc
