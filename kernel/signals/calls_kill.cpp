// SPDX-License-Identifier: MIT
// Calls that send: kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_send_signal. Signal 0 only
// asks whether one may.
#include "kernel/files/descriptor.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/process_file.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/going_round.hpp"
#include <bit>

namespace torc {
namespace {

constexpr std::int32_t init_pid = 1;

bool is_signal_or_probe(int signal)
{
    return signal >= 0 && signal <= static_cast<int>(signal_count);
}

// Linux looks for the target first, so that a wrong number at a wrong target says ESRCH.
Result<void> checked_send(Process const& sender, Process& target, SignalInfo const& info)
{
    if (!is_signal_or_probe(info.signo))
        return unexpected{Status::BadArgument};
    auto const signal = static_cast<unsigned>(info.signo);
    if (!may_signal(sender, target, signal))
        return unexpected{Status::NotPermitted};
    if (signal == 0)
        return {};
    return signal_send(target, info);
}

// kill(0), kill(-group): one that worked is enough; else the last failure.
Outcome send_to_group(Process const& sender, ProcessGroup* group, SignalInfo const& info)
{
    if (group == nullptr)
        return Status::NoProcess;
    bool sent = false;
    Result<void> last = unexpected{Status::NoProcess};
    for (auto it = group->members.begin(); it != group->members.end();) {
        Process& member = *it++;
        if (member.is_guest || (!member.home.is_null() && member.threads.empty()))
            continue; // it is a member where it lives
        last = checked_send(sender, member, info);
        sent |= last.has_value();
    }
    if (group_has_parts(*group)) { // who of them it is for they see themselves
        if (info.signo != 0)
            signal_parts(*group, info, &sender);
        sent = true;
    }
    return sent ? Outcome{0} : Outcome{last};
}

// How far kill(-1) has come, in restart.done: also what one torus tells the next.
struct Sendings {
    std::uint32_t count; // processes there were
    std::uint32_t failed; // a Status: the last that was no lack of permission
};

// All that were born here but the first process and the sender, in the order of their pids; restart.cursor
// says how far. Who has moved is reached through its stub, so that nobody is missed or sent to twice who
// moves meanwhile. True: those were all.
bool send_to_all_here(Thread& thread, SignalInfo const& info, Sendings& sendings)
{
    RestartRecord& record = thread.restart;
    auto pid = record.kind == CallKind::Other ? static_cast<std::int32_t>(record.cursor) : 0;
    while (Process* const target = next_process(pid)) {
        if (target->pid == init_pid || target->pid == thread.process->pid)
            continue;
        ++sendings.count;
        auto const sent = checked_send(*thread.process, *target, info);
        if (!sent && sent.error() != Status::NotPermitted)
            sendings.failed = static_cast<std::uint32_t>(sent.error());
        if (must_yield(thread)) {
            record.kind = CallKind::Other;
            record.cursor = static_cast<std::uint64_t>(pid);
            return false;
        }
    }
    return true;
}

// kill(-1): the sender's torus first, then the others round the ring, each for its own. As on Linux, that one
// may not is no failure here, only that there is nobody.
Outcome send_to_all(Thread& thread, SignalInfo const& info)
{
    RestartRecord& record = thread.restart;
    auto sendings = std::bit_cast<Sendings>(record.done);
    bool const finished = send_to_all_here(thread, info, sendings);
    record.done = std::bit_cast<std::uint64_t>(sendings);
    if (!finished)
        return Outcome::again();
    if (goes_round(thread, record.done)) [[unlikely]]
        return Status::Elsewhere;
    if (sendings.count == 0)
        return Status::NoProcess;
    return sendings.failed == 0 ? Outcome{0} : Outcome{static_cast<Status>(sendings.failed)};
}

Outcome send_to_thread(Thread& sender, std::int32_t group, std::int32_t tid, SignalInfo const& info)
{
    Thread* const target = find_thread(tid);
    if (target == nullptr)
        return absence_of(tid);
    if (group > 0 && target->process->pid != group)
        return Status::NoProcess;
    if (!is_signal_or_probe(info.signo))
        return Status::BadArgument;
    auto const signal = static_cast<unsigned>(info.signo);
    if (!may_signal(*sender.process, *target->process, signal))
        return Status::NotPermitted;
    if (signal == 0)
        return 0;
    return signal_send(*target, info);
}

Outcome send_tkill(Thread& thread, std::int32_t group, std::int32_t tid, int signal)
{
    SignalInfo const info = user_signal(static_cast<unsigned>(signal), signal_code::tkill, *thread.process);
    return send_to_thread(thread, group, tid, info);
}

// Of the 128 bytes Linux reads those that it knows; others have to be zeroes where the code tells it nothing.
Result<SignalInfo> copy_info(Uaddr from)
{
    constexpr int lowest_known = -7, name_lookup = -60; // SI_DETHREAD, SI_ASYNCNL
    auto const info = TRY(copy_in<SignalInfo>(from));
    if (info.code >= lowest_known || info.code == name_lookup)
        return info;
    for (std::size_t at = sizeof info; at < user_signal_info_size; at += sizeof(std::uint64_t))
        if (TRY(copy_in<std::uint64_t>(from + at)) != 0)
            return unexpected{Status::ArgumentsTooLong};
    return info;
}

// sigqueue: the caller's siginfo, which may not pretend to come from the kernel or from kill of another.
Result<SignalInfo> queued_info(Thread const& thread, std::int32_t target, int signal, Uaddr from)
{
    auto info = TRY(copy_info(from));
    info.signo = signal;
    bool const forged = info.code >= 0 || info.code == signal_code::tkill;
    if (forged && thread.process->pid != target)
        return unexpected{Status::NotPermitted};
    return info;
}

} // namespace

namespace linux_abi {

Outcome call_kill(Thread& thread, Arguments const& arguments)
{
    Process& sender = *thread.process;
    std::int32_t const pid = arguments.as_int(0);
    int const signal = arguments.as_int(1);
    SignalInfo const info = user_signal(static_cast<unsigned>(signal), signal_code::user, sender);
    if (pid > 0) [[likely]] {
        Process* const target = pid == sender.pid ? &sender : find_process_of(pid);
        if (target == nullptr)
            return absence_of(pid);
        return checked_send(sender, *target, info);
    }
    if (pid == INT32_MIN)
        return Status::NoProcess;
    if (pid == -1)
        return send_to_all(thread, info);
    std::int32_t const group = pid == 0 ? sender.group->id : -pid;
    if (Status const elsewhere = absence_of_group(group); elsewhere != Status{})
        return elsewhere;
    return send_to_group(sender, group_find(group), info);
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
    Process* const target = find_process_of(pid);
    if (target == nullptr)
        return absence_of(pid);
    return checked_send(*thread.process, *target, *info);
}

Outcome call_pidfd_send_signal(Thread& thread, Arguments const& arguments)
{
    if (static_cast<std::uint32_t>(arguments[3]) != 0)
        return Status::BadArgument;
    OpenFile const& file = *TRY(descriptor(thread, arguments.as_int(0)));
    if (file.kind != FileKind::Process)
        return Status::BadDescriptor;
    Process* const target = process_of(file);
    int const signal = arguments.as_int(1);
    SignalInfo info = user_signal(static_cast<unsigned>(signal), signal_code::user, *thread.process);
    if (Uaddr const from{arguments[2]}; from.raw() != 0) {
        if (TRY(copy_info(from)).signo != signal)
            return Status::BadArgument;
        info = TRY(queued_info(thread, target != nullptr ? target->pid : 0, signal, from));
    }
    return target != nullptr ? Outcome{checked_send(*thread.process, *target, info)}
                             : Outcome{Status::NoProcess};
}

Outcome call_rt_tgsigqueueinfo(Thread& thread, Arguments const& arguments)
{
    if (auto const readable = copy_info(Uaddr{arguments[3]}); !readable)
        return readable.error();
    if (arguments.as_int(0) <= 0 || arguments.as_int(1) <= 0)
        return Status::BadArgument;
    auto const info = queued_info(thread, arguments.as_int(1), arguments.as_int(2), Uaddr{arguments[3]});
    if (!info)
        return info.error();
    return send_to_thread(thread, arguments.as_int(0), arguments.as_int(1), *info);
}

} // namespace linux_abi
} // namespace torc
