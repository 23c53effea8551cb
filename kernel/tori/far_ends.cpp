// SPDX-License-Identifier: MIT
#include "kernel/tori/far_ends.hpp"
#include "kernel/files/descriptor.hpp"
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/call_shape.hpp"
#include "kernel/tori/far_closing.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <bit>

namespace torc {

Result<void> prepare_made(Thread& thread, FarState state)
{
    std::uint8_t const flags = call_shape(number_of(thread)).flags;
    if (!(flags & (makes_descriptor | moves_directory | moves_root)) || state.made() != nullptr)
        return {};
    OpenFile* const file = TRY(make_far_file());
    if (flags & makes_descriptor) {
        retain(*file); // the table's
        auto const fd = thread.process->files->install(*file, CloseOnExec::No, descriptor_limit(thread));
        if (!fd) {
            release(*file);
            release(*file);
            return unexpected{fd.error()};
        }
        state.descriptor() = static_cast<std::uint64_t>(*fd);
    }
    state.set_made(file);
    return {};
}

namespace {

bool make_present(Thread& thread, std::uint64_t from, std::uint64_t size, Access access)
{
    constexpr std::uint64_t at_most = 16 * page_size;
    std::uint64_t const end = from + std::min(size, at_most);
    for (std::uint64_t at = from; at < end; at = align_down(at, page_size) + page_size) {
        if (thread.space->is_present(Uaddr{at}, access))
            continue;
        if (auto const resolved = thread.space->resolve(Uaddr{at}, access); !resolved)
            return resolved.error() != Status::NotYet;
    }
    return true;
}

} // namespace

bool make_buffer_present(Thread& thread)
{
    CallShape const& shape = call_shape(number_of(thread));
    if (shape.buffer == 0)
        return true;
    std::uint64_t const from = thread.frame.x[shape.buffer - 1], size = thread.frame.x[shape.size - 1];
    if (!user_range(Uaddr{from}, size))
        return true;
    return make_present(thread, from, size, shape.writes ? Access::Write : Access::Read);
}

void follow_group(Thread& thread)
{
    Process& process = *thread.process;
    unsigned const number = number_of(thread);
    if (process.stub.is_null() || (number != 154 && number != 157)) // setpgid, setsid
        return;
    auto const asked = static_cast<std::int32_t>(thread.frame.x[1]);
    std::int32_t const group = number == 157 || asked == 0 ? process.pid : asked;
    std::int32_t const session = number == 157 ? process.pid : process.group->session->id;
    if (process.group->id == group && process.group->session->id == session)
        return;
    ProcessGroup& before = *process.group;
    group_leave(process);
    if (!group_join_part(process, group, session))
        group_join(process, before);
}

void raise_here(Thread& thread, SignalSet signals, FarState state)
{
    for (; signals != 0; signals &= signals - 1) {
        auto const signal = static_cast<unsigned>(std::countr_zero(signals)) + 1;
        ProcessGroup& group = *thread.process->group;
        bool const of_terminal = signal == sig::ttin || signal == sig::ttou;
        if (!of_terminal)
            (void)signal_send(thread, user_signal(signal, signal_code::user, *thread.process));
        else if (!group_is_orphaned(group)) {
            if (static_cast<std::int64_t>(state.outcome()) < 0) // else it had done something before
                state.outcome() = static_cast<std::uint64_t>(Outcome::interrupted(OnSignal::Restart).value());
            signal_post(group, signal);
        }
    }
}

void take_opened(OpenFile& made, Event const& event, AnswerHead head)
{
    name_far_file(made, Handle::from_raw(event.arguments[2]), lent_weight);
    if (head.quiet)
        close_quietly(made);
}

} // namespace torc
