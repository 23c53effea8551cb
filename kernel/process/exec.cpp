// SPDX-License-Identifier: MIT
#include "kernel/process/exec.hpp"
#include "arch/cpu.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/filesystem.hpp"
#include "kernel/futex/futex.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/log.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/proc/proc_asks.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/exec_alone.hpp"
#include "kernel/process/exec_image.hpp"
#include "kernel/process/exec_script.hpp"
#include "kernel/process/exec_space.hpp"
#include "kernel/process/exec_strings.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/tori/travel.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <cstring>

namespace torc {
namespace {

using Phase = ExecState::Phase;

ExecState& state_of(RestartRecord const& record)
{
    return *reinterpret_cast<ExecState*>(record.object); // SAFETY: the record owns it while kind is Exec
}

// Cut to what fits, always ended.
template <std::size_t size> void copy_text(char (&to)[size], char const* from)
{
    std::size_t const length = std::min(std::strlen(from), size - 1);
    std::memmove(to, from, length);
    std::memset(to + length, 0, size - length);
}

char const* last_part(char const* path)
{
    char const* part = path;
    for (; *path != '\0'; ++path)
        if (*path == '/')
            part = path + 1;
    return part;
}

// ---- the file: an executable, or a script that names one ------------------------------------------------

Result<OpenFile*> open_path(Thread& thread, ExecState& state)
{
    if (state.opening == nullptr) {
        Result<OpenFile*> const opened = open_executable(thread, state.path);
        if (opened || opened.error() != Status::Elsewhere) [[likely]]
            return opened;
    }
    return open_far_program(thread, state.path, state.opening);
}

Result<void> open_program(Thread& thread, ExecState& state)
{
    if (state.program.file == nullptr) {
        OpenFile* const file = TRY(open_path(thread, state));
        state.program = LoadedImage{};
        state.program.file = file;
    }
    std::memset(state.header, 0, sizeof state.header);
    std::span<std::byte> const to{
        reinterpret_cast<std::byte*>(state.header), sizeof state.header}; // SAFETY: bytes of an array
    TRY(read_kernel(*state.program.file, 0, to));
    return {};
}

// The interpreter takes the script's place: argv becomes interpreter, [argument,] script, rest.
Result<void> follow_script(ExecState& state)
{
    if (++state.scripts > script_depth)
        return unexpected{Status::Loop};
    ScriptLine const line = TRY(parse_script(state.header));
    TRY(drop_first_argument(state));
    TRY(push_kernel_string(state, state.path));
    ++state.argument_count;
    if (line.argument) {
        TRY(push_kernel_string(state, line.argument));
        ++state.argument_count;
    }
    TRY(push_kernel_string(state, line.interpreter));
    ++state.argument_count;
    copy_text(state.path, line.interpreter);
    release(*state.program.file);
    state.program.file = nullptr;
    state.phase = Phase::Open;
    return {};
}

Result<void> open_interpreter(Thread& thread, ExecState& state)
{
    if (state.interpreter.file == nullptr)
        state.interpreter.file = TRY(open_path(thread, state));
    std::span<std::byte> const to{
        reinterpret_cast<std::byte*>(state.header), sizeof state.header}; // SAFETY: bytes of an array
    if (TRY(read_kernel(*state.interpreter.file, 0, to)) < sizeof(ElfHeader))
        return unexpected{Status::Io};
    if (!read_header(state.interpreter, state.header))
        return unexpected{Status::BadInterpreter};
    state.interpreter.placed = false;
    return {};
}

// ---- changing over --------------------------------------------------------------------------------------

// What the program may be and do, known before the change so that the auxiliary vector tells the truth.
void choose_credentials(Process const& process, ExecState& state)
{
    constexpr std::uint16_t set_uid = 04000, set_gid = 02000, group_execute = 010;
    Credentials& who = state.credentials;
    who = process.credentials;
    ProgramRights const rights = rights_of_program(*state.program.file);
    if (!process.no_new_privileges) {
        if (rights.permissions & set_uid)
            who.euid = rights.uid;
        if ((rights.permissions & (set_gid | group_execute)) == (set_gid | group_execute))
            who.egid = rights.gid;
    }
    who.suid = who.fsuid = who.euid;
    who.sgid = who.fsgid = who.egid;
    bool const root = who.uid == 0 || who.euid == 0;
    who.permitted = root ? who.bounding | who.inheritable : who.ambient;
    who.effective = who.euid == 0 ? who.permitted : who.ambient;
    state.secure = who.uid != who.euid || who.gid != who.egid;
}

void reset_registers(Thread& thread, ExecState const& state)
{
    arch::discard_float(thread);
    thread.float_used = false;
    thread.float_state = arch::FloatState{};
    thread.frame = arch::Frame{};
    LoadedImage const& entered = state.interpreter.file ? state.interpreter : state.program;
    thread.frame.pc = entered.header.entry + entered.bias;
    thread.frame.sp = state.table_point;
    thread.frame.pstate = arch::pstate_user;
}

void change_over(Thread& thread, ExecState& state)
{
    Process& process = *thread.process;
    state.old = thread.space;
    if (process.vfork_parent) {
        wake(*process.vfork_parent);
        process.vfork_parent = nullptr;
    }
    reset_registers(thread, state);
    thread.space = process.space = state.space;
    thread.thread_pointer = 0;
    adopt_space(thread);
    thread.clear_tid = thread.robust_list = thread.robust_length = thread.sequence_area = 0;
    signals_exec(thread);
    std::memcpy(thread.name, state.name, sizeof thread.name);
    thread.conduct = {};
    process.executed = true;
    process.dumpable = !state.secure;
    process.personality &= ~(state.secure ? 0x0040000u : 0u);
    if (process.executable)
        release(*process.executable);
    process.executable = state.program.file;
    if (state.interpreter.file)
        release(*state.interpreter.file);
    state.program.file = state.interpreter.file = nullptr;
    state.space = nullptr;
}

// The old space empties while the new one is in the core already; then the descriptors that do not survive.
bool drop_old(Thread& thread, ExecState& state, RestartRecord& record)
{
    if (!undo_leaving(state)) // a copy that turned out not to be needed
        return false;
    if (state.old) {
        if (state.old->last_reference() && !state.old->tear_down_step())
            return false;
        state.old->release();
        state.old = nullptr;
        record.cursor = 0;
    }
    record.cursor = close_on_exec_step(*thread.process->files, record.cursor);
    return record.cursor == ~0ull;
}

// ---- the phases -----------------------------------------------------------------------------------------

void next(ExecState& state, Phase phase)
{
    state.phase = phase;
}

Result<void> step(Thread& thread, ExecState& state)
{
    switch (state.phase) {
    case Phase::Strings:
        if (TRY(push_strings(state)))
            next(state,
                state.travel.target != this_torus().number ? Phase::Travel
                    : state.program.file != nullptr        ? Phase::Script
                                                           : Phase::Open);
        return {};
    case Phase::Open:
        TRY(open_program(thread, state));
        if (state.space != nullptr) { // a script's interpreter, or strings that have come along
            next(state, Phase::Script);
            return {};
        }
        next(state, Phase::LayOut);
        return {};
    case Phase::LayOut:
        next(state, Phase::Strings);
        return lay_out(thread, state);
    case Phase::Script:
        if (state.header[0] == '#' && state.header[1] == '!')
            return follow_script(state);
        TRY(read_header(state.program, state.header));
        next(state, Phase::Scan);
        return {};
    case Phase::Scan:
        if (!TRY(scan_step(state, state.program)))
            return {};
        next(state, Phase::OpenInterpreter);
        return {};
    case Phase::OpenInterpreter:
        if (state.interpreter.placed) // a name is in state.path
            TRY(open_interpreter(thread, state));
        choose_credentials(*thread.process, state);
        next(state, Phase::Load); // from here on failure kills
        return place(state, state.program, false);
    case Phase::Load:
        if (TRY(load_step(state, state.program)))
            next(state, state.interpreter.file ? Phase::ScanInterpreter : Phase::Break);
        return {};
    case Phase::ScanInterpreter:
        if (Result<bool> const scanned = scan_step(state, state.interpreter); !scanned)
            return unexpected{scanned.error() == Status::NotYet ? Status::NotYet : Status::BadInterpreter};
        else if (!*scanned)
            return {};
        next(state, Phase::LoadInterpreter);
        return place(state, state.interpreter, true);
    case Phase::LoadInterpreter:
        if (TRY(load_step(state, state.interpreter)))
            next(state, Phase::Break);
        return {};
    case Phase::Break:
        next(state, Phase::StartTables);
        return map_vdso_and_break(thread, state);
    case Phase::StartTables:
        next(state, Phase::Tables);
        return start_tables(state);
    case Phase::Tables:
        if (TRY(write_tables(state)))
            next(state, Phase::Alone);
        return {};
    default:
        return {};
    }
}

// One grain of undoing an exec that failed; true when all is given back.
bool undo(ExecState& state)
{
    if (state.space) {
        if (!state.space->tear_down_step())
            return false;
        state.space->release();
        state.space = nullptr;
    }
    if (state.old) {
        if (state.old->last_reference() && !state.old->tear_down_step())
            return false;
        state.old->release();
        state.old = nullptr;
    }
    if (!undo_leaving(state))
        return false;
    for (OpenFile* const file : {state.program.file, state.interpreter.file, state.opening})
        if (file)
            release(*file);
    this_torus().processes->execs.destroy(&state);
    return true;
}

constexpr std::uint8_t step_undo = 1; // restart.step: the exec has failed with the Status in restart.small

Outcome fail(Thread& thread, Outcome outcome)
{
    RestartRecord& record = thread.restart;
    ExecState& state = state_of(record);
    bool const first = !thread.process->executed && thread.process->pid == 1; // has more paths to try
    if (record.step != step_undo && first) { // what was asked for, not the interpreter it names
        (void)copy_in_string(state.path, Uaddr{thread.frame.x[0]});
        log("cannot run {}: error {}", state.path, -outcome.value());
    }
    record.step = step_undo;
    record.small = static_cast<std::uint32_t>(-outcome.value());
    bool const kills = state.phase >= Phase::Load && state.phase != Phase::ScanInterpreter && !first;
    if (!make_steps(thread, [&] { return undo(state); }))
        return Outcome::again();
    end_asks(thread);
    record.clear();
    if (thread.process->embryo) {
        embryo_failed(thread, outcome, kills);
        return Outcome::again();
    }
    if (kills)
        force_default_signal(thread, sig::segv);
    return outcome;
}

Outcome go_on(Thread& thread)
{
    RestartRecord& record = thread.restart;
    ExecState& state = state_of(record);
    if (record.step == step_undo)
        return fail(thread, Outcome::from_far(-static_cast<std::int64_t>(record.small)));
    while (state.phase < Phase::Alone) {
        if (state.phase == Phase::Travel) {
            Outcome const gone = travel(thread, state);
            if (!gone.finished())
                return gone;
            if (gone.failed())
                return fail(thread, gone);
            state.travel.target = this_torus().number; // it cannot go: here, then
            next(state, Phase::Open);
        }
        Result<void> const result = step(thread, state);
        if (!result && (page_is_coming(thread) || result.error() == Status::NotYet)) [[unlikely]]
            return Status::NotYet; // the step is made again
        if (!result)
            return fail(thread, result.error());
        if (must_yield(thread))
            return Outcome::again();
    }
    if (state.phase == Phase::Alone) {
        Outcome const alone = leave_company(thread, state);
        if (!alone.finished())
            return alone;
        if (alone.failed())
            return fail(thread, Outcome{Status::NoMemory});
        // As on Linux the old memory's locks and waiters hear of it.
        while (!futex_exit_step(thread)) {
            if (thread.state != ThreadState::Runnable) // for room in a strand
                return Outcome::blocked();
            if (must_yield(thread))
                return Outcome::again();
        }
        next(state, Phase::Commit);
    }
    if (state.phase == Phase::Commit) {
        Outcome const may_go_on = await_departure(thread);
        if (!may_go_on.finished())
            return may_go_on;
        thread.process->credentials = state.credentials;
        thread.process->has_changed();
        end_lending(thread);
        change_over(thread, state);
        thread.frame.x[8] = execve_number; // of the call that goes on: the program's registers are all zero
        next(state, Phase::DropOld);
        record.cursor = 0;
    }
    if (!make_steps(thread, [&] { return drop_old(thread, state, record); }))
        return Outcome::again();
    this_torus().processes->execs.destroy(&state);
    end_asks(thread);
    record.clear();
    thread.frame.x[8] = 0;
    return Outcome::no_return();
}

} // namespace

bool exec_abandon_step(Thread& thread)
{
    ExecState& state = state_of(thread.abandoned);
    return travel_abandon_step(thread, state) && undo(state);
}

namespace linux_abi {

Outcome call_execve(Thread& thread, Arguments const& arguments)
{
    RestartRecord& record = thread.restart;
    if (record.kind == CallKind::Exec)
        return go_on(thread);
    ExecState* const state = this_torus().processes->execs.create();
    if (!state)
        return Status::NoMemory;
    record.kind = CallKind::Exec;
    record.object = reinterpret_cast<std::uint64_t>(state);
    record.step = 0;
    Result<std::size_t> const path = copy_in_string(state->path, Uaddr{arguments[0]});
    if (!path)
        return fail(thread, Outcome{path.error()});
    if (*path == 0)
        return fail(thread, Outcome{Status::NotFound});
    copy_text(state->name, last_part(state->path));
    state->argv = arguments[1];
    state->envp = arguments[2];
    Result<std::uint32_t> const argument_count = count_strings(state->argv);
    Result<std::uint32_t> const environment_count
        = argument_count ? count_strings(state->envp) : argument_count;
    if (!environment_count)
        return fail(thread, environment_count.error());
    state->travel.target = choose_home(thread, *state);
    state->argument_count = *argument_count;
    state->environment_count = *environment_count;
    state->part = ExecState::Part::Environment;
    state->phase = Phase::Open;
    if (state->travel.target != this_torus().number) { // where it goes it opens the program, too
        state->phase = Phase::Strings;
        Result<void> const laid_out = lay_out(thread, *state);
        if (!laid_out)
            return fail(thread, laid_out.error());
    }
    return go_on(thread);
}

} // namespace linux_abi

} // namespace torc
