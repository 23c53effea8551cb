// SPDX-License-Identifier: MIT
// Calls that send: kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo. Signal 0 only asks whether one
// may.
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/signals.hpp"

namespace torc {
namespace {

constexpr std::int32_t init_pid = 1;

// One of several targets of kill(0), kill(-group), kill(-1).
struct Tally {
    bool any{false}, sent{false}, refused{false};
    Outcome outcome() const
    {
        if (sent)
            return 0;
        return refused ? Status::NotPermitted : Status::NoProcess;
    }
};

Result<void> checked_send(Process const& sender, Process& target, SignalInfo const& info)
{
    auto const signal = static_cast<unsigned>(info.signo);
    if (!may_signal(sender, target, signal))
        return unexpected{Status::NotPermitted};
    if (signal == 0)
        return {};
    return signal_send(target, info);
}

void send_one_of_many(Process const& sender, Process& target, SignalInfo const& info, Tally& tally)
{
    if (checked_send(sender, target, info))
        tally.sent = true;
    else
        tally.refused = true;
}

Outcome send_to_group(Process const& sender, ProcessGroup* group, SignalInfo const& info)
{
    Tally tally;
    if (group != nullptr)
        for (auto it = group->members.begin(); it != group->members.end();)
            send_one_of_many(sender, *it++, info, tally);
    return tally.outcome();
}

// Everyone but the first process and the sender, in the order of the pids; restart.cursor says how far.
Outcome send_to_all(Thread& thread, SignalInfo const& info)
{
    enum Bits : std::uint32_t { sent = 1, refused = 2 };
    RestartRecord& record = thread.restart;
    bool const again = record.kind == CallKind::Other;
    auto pid = again ? static_cast<std::int32_t>(record.cursor) : 0;
    std::uint32_t bits = again ? record.small : 0;
    while (Process* const target = next_process(pid)) {
        if (target->pid == init_pid || target == thread.process)
            continue;
        bits |= checked_send(*thread.process, *target, info) ? sent : refused;
        if (must_yield(thread)) {
            record.kind = CallKind::Other;
            record.cursor = static_cast<std::uint64_t>(pid);
            record.small = bits;
            return Outcome::again();
        }
    }
    return Tally{bits != 0, (bits & sent) != 0, (bits & refused) != 0}.outcome();
}

Outcome send_to_thread(Thread& sender, std::int32_t group, std::int32_t tid, SignalInfo const& info)
{
    Thread* const target = find_thread(tid);
    if (target == nullptr || (group > 0 && target->process->pid != group))
        return Status::NoProcess;
    auto const signal = static_cast<unsigned>(info.signo);
    if (!may_signal(*sender.process, *target->process, signal))
        return Status::NotPermitted;
    if (signal == 0)
        return 0;
    return signal_send(*target, info);
}

Outcome send_tkill(Thread& thread, std::int32_t group, std::int32_t tid, int signal)
{
    if (signal < 0 || signal > static_cast<int>(signal_count))
        return Status::BadArgument;
    SignalInfo const info = user_signal(static_cast<unsigned>(signal), signal_code::tkill, *thread.process);
    return send_to_thread(thread, group, tid, info);
}

// sigqueue: the caller's siginfo, which may not pretend to come from the kernel or from kill of another.
Result<SignalInfo> queued_info(Thread const& thread, std::int32_t target, int signal, Uaddr from)
{
    auto info = TRY(copy_in<SignalInfo>(from));
    info.signo = signal;
    bool const forged = info.code >= 0 || info.code == signal_code::tkill;
    if (forged && thread.process->pid != target)
        return unexpected{Status::NotPermitted};
    if (signal < 0 || signal > static_cast<int>(signal_count))
        return unexpected{Status::BadArgument};
    return info;
}

} // namespace

namespace linux_abi {

Outcome call_kill(Thread& thread, Arguments const& arguments)
{
    Process& sender = *thread.process;
    std::int32_t const pid = arguments.as_int(0);
    int const signal = arguments.as_int(1);
    if (signal < 0 || signal > static_cast<int>(signal_count)) [[unlikely]]
        return pid == INT32_MIN ? Status::NoProcess : Status::BadArgument;
    SignalInfo const info = user_signal(static_cast<unsigned>(signal), signal_code::user, sender);
    if (pid > 0) [[likely]] {
        Process* const target = pid == sender.pid ? &sender : find_process(pid);
        if (target == nullptr)
            return Status::NoProcess;
        return checked_send(sender, *target, info);
    }
    if (pid == INT32_MIN)
        return Status::NoProcess;
    if (pid == -1)
        return send_to_all(thread, info);
    return send_to_group(sender, pid == 0 ? sender.group : group_find(-pid), info);
}

Outcome call_tkill(Thread& thread, Arguments const& arguments)
{
    if (arguments.as_int(0) <= 0)
        return Status::BadArgument;
    return send_tkill(thread, 0, arguments.as_int(0), arguments.as_int(1));
}

Outcome call_tgkill(Thread& thread, Arguments const& arguments)
{
    if (arguments.as_int(0) <= 0 || arguments.as_int(1) <= 0)
        return Status::BadArgument;
    return send_tkill(thread, arguments.as_int(0), arguments.as_int(1), arguments.as_int(2));
}

Outcome call_rt_sigqueueinfo(Thread& thread, Arguments const& arguments)
{
    std::int32_t const pid = arguments.as_int(0);
    auto const info = queued_info(thread, pid, arguments.as_int(1), Uaddr{arguments[2]});
    if (!info)
        return info.error();
    Process* const target = find_process(pid);
    if (target == nullptr)
        return Status::NoProcess;
    return checked_send(*thread.process, *target, *info);
}

Outcome call_rt_tgsigqueueinfo(Thread& thread, Arguments const& arguments)
{
    if (arguments.as_int(0) <= 0 || arguments.as_int(1) <= 0)
        return Status::BadArgument;
    auto const info = queued_info(thread, arguments.as_int(1), arguments.as_int(2), Uaddr{arguments[3]});
    if (!info)
        return info.error();
    return send_to_thread(thread, arguments.as_int(0), arguments.as_int(1), *info);
}

} // namespace linux_abi
} // namespace torc
