// SPDX-License-Identifier: MIT
#include "kernel/subsystems.hpp"
#include "arch/clock.hpp"
#include "arch/page_table.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/futex/futex_table.hpp"
#include "kernel/memory/memory_records.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/objects.hpp"
#include "kernel/planes.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/session_records.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/random.hpp"
#include "kernel/signals/signal_records.hpp"
#include "kernel/terminal/terminal_records.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {
namespace {

// Every limit is fixed here, from the size of memory; nothing is taken before it is needed.
struct Sizes {
    std::uint32_t processes, threads, mappings, execs;
};
Sizes sizes_for(std::uint64_t pages)
{
    auto const by_memory = [pages](std::uint64_t pages_each, std::uint64_t most) {
        return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(pages / pages_each, 64, most));
    };
    std::uint32_t const processes = by_memory(16, 30000);
    return {processes, std::min(2 * processes + 64, pids_per_torus - 1), by_memory(1, 1u << 20),
        by_memory(1024, 1024)};
}

template <typename T> Result<T*> table()
{
    T* const made = create_for_ever<T>();
    if (made == nullptr)
        return unexpected{Status::NoMemory};
    return made;
}

// A static slice of the numbers the core has; 0 is nobody's. One of them is set aside later on.
Result<void> open_asids(Torus const& torus, AsidSlice& asids)
{
    std::uint32_t const each = ((1u << arch::asid_bits()) - 1) / torus.tori;
    if (each < 2)
        return unexpected{Status::NoSpace};
    asids.open(static_cast<std::uint16_t>(1 + torus.number * each), each);
    return {};
}

Result<void> open_memory(Torus& torus, Sizes const& sizes)
{
    torus.memory = TRY(table<MemoryRecords>());
    open_plane(torus.memory->spaces, PlaneNumber::Space, sizes.processes);
    open_pool(torus.memory->mappings, sizes.mappings);
    torus.memory->zero_frame = TRY(torus.frames.take_cleared(FrameKind::Special));
    TRY(open_asids(torus, torus.memory->asids));
    add_pool_row("space", torus.memory->spaces);
    add_pool_row("mapping", torus.memory->mappings);
    return {};
}

Result<void> open_processes(Torus& torus, Sizes const& sizes)
{
    torus.processes = TRY(table<ProcessTable>());
    ProcessTable& processes = *torus.processes;
    open_plane(processes.processes, PlaneNumber::Process, sizes.processes);
    open_plane(processes.threads, PlaneNumber::Thread, sizes.threads);
    open_pool(processes.execs, sizes.execs);
    open_pool(processes.moves, sizes.execs);
    processes.process_limit = sizes.processes;
    processes.pids.open(reserve_records(PidDirectory::bytes()), torus.number, torus.tori);
    add_pool_row("process", processes.processes);
    add_pool_row("thread", processes.threads);
    add_pool_row("exec", processes.execs);
    add_pool_row("move", processes.moves);
    return {};
}

Result<void> open_signals(Torus& torus, Sizes const& sizes)
{
    return signals_start(torus, *TRY(table<SignalRecords>()), sizes.processes);
}

Result<void> open_sessions(Torus& torus, Sizes const& sizes)
{
    return sessions_open(torus, *TRY(table<SessionRecords>()), sizes.processes);
}

Result<void> open_futexes(Torus& torus, Sizes const& sizes)
{
    torus.futexes = TRY(table<FutexTable>());
    open_pool(torus.futexes->locks, sizes.threads);
    add_pool_row("inheriting-lock", torus.futexes->locks);
    return {};
}

Result<void> open_random(Torus& torus, Sizes const&)
{
    torus.random = TRY(table<Random>());
    return {};
}

Result<void> open_file_records(Torus&, Sizes const&)
{
    return open_files();
}

Result<void> open_terminal_records(Torus&, Sizes const&)
{
    return open_terminals();
}

void add_frame_rows()
{
    struct Row {
        char const* name;
        FrameKind kind;
    };
    static constexpr Row rows[] = {{"frame-anonymous", FrameKind::Anonymous}, {"frame-file", FrameKind::File},
        {"frame-table", FrameKind::Table}, {"frame-record", FrameKind::Record},
        {"frame-special", FrameKind::Special}};
    for (Row const& row : rows) {
        add_object_row(
            row.name,
            [](void const* of) {
                FramePool const& frames = this_torus().frames;
                std::uint64_t const used = frames.used(static_cast<Row const*>(of)->kind);
                return ObjectCount{used, frames.present_pages(), used * page_size};
            },
            &row);
    }
}

} // namespace

Result<void> open_subsystems(Torus& torus, std::span<std::uint8_t const> entropy, char const*& what)
{
    struct Step {
        char const* what;
        Result<void> (*open)(Torus& torus, Sizes const& sizes);
    };
    static constexpr Step steps[] = {{"memory", open_memory}, {"processes", open_processes},
        {"signals", open_signals}, {"sessions", open_sessions}, {"futexes", open_futexes},
        {"random numbers", open_random}, {"files", open_file_records}, {"terminals", open_terminal_records}};
    Sizes const sizes = sizes_for(torus.frames.total_pages());
    for (Step const& step : steps) {
        what = step.what;
        TRY(step.open(torus, sizes));
    }
    torus.random->mix(entropy);
    add_frame_rows();
    torus.takes_programs = true;
    return {};
}

} // namespace torc
