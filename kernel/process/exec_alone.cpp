// SPDX-License-Identifier: MIT
#include "kernel/process/exec_alone.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/exec.hpp"
#include "kernel/process/exit.hpp"
#include "kernel/process/process.hpp"
#include "kernel/signals/signals.hpp"

namespace torc {
namespace {

// The copy takes the shared table's place once it is whole.
Outcome unshare_files(Thread& thread, ExecState& state)
{
    Process& process = *thread.process;
    if (!process.files->shared())
        return 0;
    if (state.files == nullptr)
        state.files = TRY(FdTable::create());
    while (state.files_cursor != ~0ull) {
        state.files_cursor = TRY(state.files->copy_step(*process.files, state.files_cursor));
        if (state.files_cursor != ~0ull && must_yield(thread))
            return Outcome::again();
    }
    if (!process.files->shared()) // meanwhile the others have gone: the copy is given back by undo_leaving
        return 0;
    process.files->release();
    process.files = state.files;
    state.files = nullptr;
    return 0;
}

} // namespace

Outcome leave_company(Thread& thread, ExecState& state)
{
    if (!end_siblings(thread))
        return sleep_until(thread, no_deadline, OnSignal::KillOnly);
    become_leader(thread);
    TRY(signals_unshare(*thread.process));
    return unshare_files(thread, state);
}

bool undo_leaving(ExecState& state)
{
    if (state.files == nullptr)
        return true;
    if (!state.closing_copy) {
        state.closing_copy = true;
        state.files_cursor = 0;
    }
    state.files_cursor = close_step(*state.files, state.files_cursor);
    if (state.files_cursor != ~0ull)
        return false;
    state.files->release();
    state.files->destroy();
    state.files = nullptr;
    return true;
}

} // namespace torc
