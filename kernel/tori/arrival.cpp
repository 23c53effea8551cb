// SPDX-License-Identifier: MIT
// The target's side of a move: the embryo, and what the process that has come tells its stub.
#include "kernel/files/far_file.hpp"
#include "kernel/files/fd_table.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/exec.hpp"
#include "kernel/process/exec_space.hpp"
#include "kernel/process/exec_strings.hpp"
#include "kernel/process/exit.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/moving.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/tori/travel.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <cstring>
#include <utility>

namespace torc {
namespace {

enum Step : std::uint8_t { begins, copies, waits };

} // namespace

// ---- references -------------------------------------------------------------------------------------------

Result<OpenFile*> receive(Lent const& lent)
{
    if (lent.handle.torus().number == this_torus().number)
        return receive_own_file(lent.handle, lent.weight);
    OpenFile* const file = TRY(make_far_file());
    name_far_file(*file, lent.handle, lent.weight);
    return file;
}

namespace {

// The record goes, the references stay the sender's.
void unreceive(OpenFile& file, std::uint32_t weight)
{
    if (file.kind == FileKind::Far)
        name_far_file(file, Handle{}, 0);
    else
        file.references += weight;
    release(file);
}

Result<void> receive_place(Handle handle, std::uint32_t weight, OpenFile*& place)
{
    if (!handle.is_null())
        place = TRY(receive({handle, weight}));
    return {};
}

// All or none.
Result<void> receive_files(TravelDocument const& document, FdTable& files, FsContext& fs)
{
    auto const* const list = at_frame<TravelFile const>(document.files);
    std::uint32_t received = 0;
    Result<void> result{};
    while (result && received < document.file_count) {
        TravelFile const& entry = list[received];
        CloseOnExec const close = entry.closes_on_exec ? CloseOnExec::Yes : CloseOnExec::No;
        Result<OpenFile*> const file = receive({entry.handle, entry.weight});
        result = file ? files.install_at(**file, close, entry.fd) : unexpected{file.error()};
        if (!result && file)
            unreceive(**file, entry.weight);
        received += result.has_value();
    }
    if (result)
        result = receive_place(document.root, document.root_weight, fs.far_root);
    if (result)
        result = receive_place(document.directory, document.directory_weight, fs.far_directory);
    if (result)
        return {};
    while (received > 0) {
        --received;
        unreceive(*files.remove(list[received].fd), list[received].weight);
    }
    if (OpenFile* const root = std::exchange(fs.far_root, nullptr))
        unreceive(*root, document.root_weight);
    return result;
}

// Where the names are a directory is a path, and no file.
void settle_place(Path& place, OpenFile*& file)
{
    place = file != nullptr ? file->path : root_path();
    retain(place);
    if (OpenFile* const received = std::exchange(file, nullptr))
        release(*received);
}

void settle_places(FsContext& fs)
{
    if (this_torus().number != names_torus)
        return;
    settle_place(fs.root, fs.far_root);
    settle_place(fs.directory, fs.far_directory);
}

// ---- the embryo -------------------------------------------------------------------------------------------

void write_process(TravelDocument const& from, Process& process)
{
    copy_process(from, process);
    process.pid = from.pid;
    process.parent_pid = from.parent_pid;
    process.job_parent_elsewhere = from.job_parent;
    process.stub = from.stub;
    std::memcpy(process.timers, from.timers, sizeof process.timers);
}

void write_thread(TravelDocument const& from, Thread& thread)
{
    copy_thread(from, thread);
    thread.id = from.pid;
    this_torus().run_queue.set_parameters(thread.entity, from.scheduling);
    thread.frame = arch::Frame{};
    thread.frame.x[8] = execve_number;
    thread.float_state = arch::FloatState{};
}

Result<ExecState*> write_exec(TravelDocument const& from)
{
    ExecState* const exec = this_torus().processes->execs.create();
    if (exec == nullptr)
        return unexpected{Status::NoMemory};
    std::memcpy(exec->path, from.path, sizeof from.path);
    std::memcpy(exec->name, from.name, sizeof exec->name);
    exec->travel.target = this_torus().number;
    exec->stack_top = from.stack_top;
    exec->string_floor = from.string_floor;
    exec->string_point = from.string_point;
    exec->name_address = from.name_address;
    exec->argument_count = from.argument_count;
    exec->environment_count = from.environment_count;
    exec->phase = ExecState::Phase::Open;
    return exec;
}

// A space of an exec, with its stack; what exec at home has laid out.
Result<void> make_space(TravelDocument const& from, ExecState& exec)
{
    exec.space = TRY(Space::create());
    Space& space = *exec.space;
    set_space_limits(space, from.limits);
    space.layout.mmap_base = from.mmap_base;
    TRY(map_stack(exec));
    return {};
}

// `exec`: nullptr for who comes at rest.
Result<void> open_records(TravelDocument const& from, Process& process, ExecState* exec)
{
    process.files = TRY(FdTable::create());
    FsContext* const fs = file_records().contexts.create();
    if (fs == nullptr)
        return unexpected{Status::NoMemory};
    process.fs = fs;
    fs->umask = from.umask;
    TRY(signals_open(process));
    ignore_signals(process, from.ignored);
    TRY(exec != nullptr ? make_space(from, *exec) : open_at_rest(from, *process.leader()));
    TRY(group_join_part(process, from.group, from.session));
    TRY(receive_files(from, *process.files, *process.fs));
    settle_places(*process.fs);
    return {};
}

void drop_records(Process& process, ExecState* exec)
{
    Torus& torus = this_torus();
    if (process.group != nullptr)
        group_leave(process);
    if (exec != nullptr) {
        if (exec->space != nullptr) {
            while (!exec->space->tear_down_step()) { } // an empty stack
            exec->space->release();
        }
        torus.processes->execs.destroy(exec);
    } else if (process.space != nullptr) {
        process.space->release(); // an empty one
    }
    signals_close(process);
    if (process.fs != nullptr)
        release(*process.fs);
    if (process.files != nullptr) {
        process.files->release();
        process.files->destroy();
    }
    if (Thread* const thread = process.leader()) {
        process.threads.erase(process.threads.iterator_to(*thread));
        torus.processes->threads.destroy(thread);
    }
    torus.processes->processes.destroy(&process);
}

// Everything, or nothing and the references are the sender's still.
Result<Process*> make_embryo(TravelDocument const& from)
{
    ProcessTable& table = *this_torus().processes;
    if (table.processes.live() >= table.process_limit)
        return unexpected{Status::WouldBlock};
    Link const& link = *TRY(link_to(this_torus(), from.stub.torus().number));
    if (link.state != Link::State::Open) // for what it will have to tell its stub
        return unexpected{Status::NoMemory};
    Process* const process = table.processes.create();
    if (process == nullptr)
        return unexpected{Status::NoMemory};
    write_process(from, *process);
    process->embryo = true;
    Thread* const thread = table.threads.create();
    if (thread == nullptr) {
        table.processes.destroy(process);
        return unexpected{Status::NoMemory};
    }
    thread->process = process;
    process->add(*thread);
    write_thread(from, *thread);
    Result<ExecState*> const exec = from.rest != 0 ? nullptr : write_exec(from);
    Result<void> opened = exec ? open_records(from, *process, *exec) : unexpected{exec.error()};
    if (!opened) {
        drop_records(*process, exec.value_or(nullptr));
        return unexpected{opened.error()};
    }
    thread->in_call = true;
    if (*exec != nullptr) {
        thread->restart.kind = CallKind::Exec;
        thread->restart.object = reinterpret_cast<std::uint64_t>(*exec); // SAFETY: as call_execve does
    }
    return process;
}

// ---- the stack --------------------------------------------------------------------------------------------

ExecState& exec_of(Process& embryo)
{
    return *reinterpret_cast<ExecState*>(embryo.leader()->restart.object); // SAFETY: make_embryo put it there
}

// A page. True: it was the last.
Result<bool> copy_stack_page(TravelDocument const& from, ExecState& exec, std::uint64_t& n)
{
    std::uint64_t const at = align_down(from.string_point, page_size) + n * page_size;
    if (at >= from.stack_top)
        return true;
    std::uint64_t const frame = at_frame<std::uint64_t const>(from.stack_list)[n++];
    if (frame != 0)
        std::memcpy(TRY(new_page(*exec.space, at)), at_frame<std::byte const>(frame), page_size);
    return at + page_size >= from.stack_top;
}

Process& embryo_of(Visitor const& visitor)
{
    return *reinterpret_cast<Process*>(visitor.thread.restart.object); // SAFETY: adopt_visit put it there
}

// From here on others may be told that the process is here, and it is found by its number: before, who asks
// for that, as exec itself may for /proc/self/exe, must find the old record.
void tell_visitor(Process& embryo, std::int64_t outcome)
{
    ProcessTable& table = *this_torus().processes;
    Visitor* const visitor = std::exchange(embryo.waiting_visitor, nullptr);
    if (visitor == nullptr)
        return;
    visitor->thread.restart.done = static_cast<std::uint64_t>(outcome);
    visitor->thread.restart.step = waits + 1;
    if (outcome == 0) {
        table.arrivals_like(embryo.pid).push_back(embryo);
        visitor->made = table.processes.handle_of(&embryo);
    }
    wake(visitor->thread);
}

} // namespace

Outcome adopt_visit(Visitor& visitor, Arguments const& arguments)
{
    RestartRecord& record = visitor.thread.restart;
    auto const& document = *at_frame<TravelDocument const>(arguments[0]);
    if (record.kind == CallKind::None) {
        Result<Process*> const made = make_embryo(document);
        if (!made) {
            visitor.refused = true;
            return made.error();
        }
        record.kind = CallKind::Exec;
        record.object = reinterpret_cast<std::uint64_t>(*made); // SAFETY: it lives until it has told us
        record.cursor = 0;
        record.step = copies;
    }
    if (record.step == copies) {
        Process& embryo = embryo_of(visitor);
        Result<bool> const copied
            = document.rest != 0 ? true : copy_stack_page(document, exec_of(embryo), record.cursor);
        if (copied && !*copied)
            return Outcome::again();
        embryo.waiting_visitor = &visitor;
        record.step = waits;
        if (!copied)
            embryo_failed(*embryo.leader(), Outcome{copied.error()}, false);
        start_thread(*embryo.leader());
    }
    if (record.step == waits)
        return sleep_until(visitor.thread, no_deadline, OnSignal::Never);
    return Outcome::from_far(static_cast<std::int64_t>(record.done));
}

Outcome await_departure(Thread& thread)
{
    Process& embryo = *thread.process;
    if (!embryo.embryo)
        return 0;
    tell_visitor(embryo, 0);
    return sleep_until(thread, no_deadline, OnSignal::Never);
}

void embryo_failed(Thread& thread, Outcome outcome, bool kills)
{
    if (Visitor* const visitor = thread.process->waiting_visitor)
        visitor->kills = kills;
    tell_visitor(*thread.process, outcome.value());
    begin_exit(thread);
}

void take_go(Torus& torus, Link&, Event const& event)
{
    Process* const process = torus.processes->processes.find(event.target);
    if (process == nullptr || !process->embryo)
        return;
    process->embryo = false;
    ++torus.far->moved_in;
    interval_timers_arrive(*process);
    recompute_attention(*process->leader()); // its group may have been signalled meanwhile
    wake(*process->leader());
}

void take_signal_event(Torus& torus, Link&, Event const& event)
{
    Process* const process = torus.processes->processes.find(event.target);
    if (process == nullptr || process->stub != event.source)
        return;
    SignalInfo info;
    info.signo = static_cast<std::int32_t>(event.arguments[0] & 0xffff'ffff);
    info.code = static_cast<std::int32_t>(event.arguments[0] >> 32);
    for (unsigned i = 0; i < 4; ++i)
        info.words[i] = event.arguments[1 + i];
    if (info.signo == 0) { // no signal: it has another parent, or that another group
        process->parent_pid = static_cast<std::int32_t>(event.arguments[1]);
        process->job_parent_elsewhere = event.arguments[2] != 0;
    }
    if (info.signo >= 1 && info.signo <= static_cast<int>(signal_count))
        (void)signal_send(*process, info);
}

void tell_stub(Process& process, Notice notice)
{
    Torus& torus = this_torus();
    auto const bit = static_cast<std::uint8_t>(notice);
    // The later of stop and continuation is what counts.
    std::uint8_t const stops
        = static_cast<std::uint8_t>(Notice::Stopped) | static_cast<std::uint8_t>(Notice::Continued);
    if (bit & stops)
        process.notices &= static_cast<std::uint8_t>(~stops);
    process.notices |= bit;
    process.stub_out.kind = OutKind::Notice;
    send_from(torus, *torus.links->links[process.stub.torus().number], process.stub_out);
}

void make_notice_event(Torus& torus, OutItem& item, Event& event)
{
    Process& process = owner_of<&Process::stub_out>(item);
    auto const notice = static_cast<std::uint8_t>(process.notices & -process.notices);
    process.notices &= static_cast<std::uint8_t>(~notice);
    event.type = static_cast<std::uint32_t>(EventType::Notice);
    event.sequence = notice;
    event.source = torus.processes->processes.handle_of(&process);
    event.target = process.stub;
    event.arguments[0] = process.stop_signal;
    if (process.notices != 0)
        return send_from(torus, *torus.links->links[process.stub.torus().number], process.stub_out);
    if (notice != static_cast<std::uint8_t>(Notice::Exited))
        return;
    write_end(process, event);
    drop_ended(process);
}

} // namespace torc
