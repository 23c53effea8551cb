// SPDX-License-Identifier: MIT
// wait4 and waitid: one commit, last. A child is looked for; if none has news, the parent waits for a change
// of any of its children.
#include "arch/clock.hpp"
#include "kernel/files/fd_table.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/exit.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/process_file.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/process/usage.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/adoption.hpp"
#include "kernel/tori/far_inode.hpp"

namespace torc::linux_abi {
namespace {

// linux/wait.h
constexpr std::uint32_t no_hang = 1, untraced = 2, stopped = 2, exited = 4, continued = 8,
                        no_wait = 0x01000000, no_thread = 0x20000000, all = 0x40000000, clone = 0x80000000;
constexpr std::uint32_t not_now = 0x00800000; // ours: the descriptor that was given does not block

enum class Which : std::uint8_t { Any, Pid, Group };
struct Wanted {
    Which which;
    std::int32_t id;
    std::uint32_t options; // exited, stopped, continued, no_wait, no_hang, all, clone
};
struct News {
    Process* child{nullptr};
    bool any_eligible{false};
    bool unfinished{false}; // the call must be run again to know
    std::int32_t status{0};
    int code{0}; // CLD_
};

bool matches(Process const& child, Wanted const& wanted)
{
    if (wanted.which == Which::Pid && child.pid != wanted.id)
        return false;
    if (wanted.which == Which::Group && (!child.group || child.group->id != wanted.id))
        return false;
    bool const clone_child = child.exit_signal != sig::chld;
    return wanted.options & all || clone_child == static_cast<bool>(wanted.options & clone);
}

// Fills in what there is to tell of a child that is one of those asked for.
void look_at(Process& child, Wanted const& wanted, News& news)
{
    if (!matches(child, wanted))
        return;
    bool const dead = child.state == ProcessState::Zombie;
    if (dead && !(wanted.options & exited))
        return; // not one to wait for either
    news.any_eligible = true;
    if (dead) {
        bool const killed = child.wait_status & 0x7f;
        news.code = !killed            ? signal_code::child_exited
            : child.wait_status & 0x80 ? signal_code::child_dumped
                                       : signal_code::child_killed;
        news.status = child.wait_status;
    } else if (child.stopped && !child.stop_reported && wanted.options & stopped) {
        news.code = signal_code::child_stopped;
        news.status = child.stop_signal << 8 | 0x7f;
    } else if (child.continued && wanted.options & continued) {
        news.code = signal_code::child_continued;
        news.status = 0xffff;
    } else {
        return;
    }
    news.child = &child;
}

// A walk over the children that stops now and then: the record keeps the pid of the next child, whether one
// was worth waiting for, and how much news there had been when the walk began.
constexpr unsigned children_in_a_grain = 32;

Process* begin_walk(Process& parent, RestartRecord& record)
{
    record.done = 0;
    record.object = parent.child_news;
    return parent.children.empty() ? nullptr : &parent.children.front();
}

// nullptr: it is no child of that parent's.
Process* find_child(Process const& parent, std::int32_t pid)
{
    Process* const child = find_process(pid);
    return child != nullptr && child->parent == &parent ? child : find_ward(parent, pid);
}

// Where the last grain ended; from the beginning if that child is gone.
Process* resume_walk(Process& parent, RestartRecord& record)
{
    Process* const next = record.kind == CallKind::Wait
        ? find_child(parent, static_cast<std::int32_t>(record.cursor))
        : nullptr;
    return next ? next : begin_walk(parent, record);
}

Process* next_child(Process& parent, Process& child)
{
    auto const it = ++parent.children.iterator_to(child);
    return it == parent.children.end() ? nullptr : &*it;
}

News walk_children(Thread& thread, Wanted const& wanted)
{
    Process& parent = *thread.process;
    RestartRecord& record = thread.restart;
    News news;
    Process* child = resume_walk(parent, record);
    news.any_eligible = record.done != 0;
    for (unsigned looked_at = 1; child; ++looked_at) {
        look_at(*child, wanted, news);
        if (news.child)
            break;
        child = next_child(parent, *child);
        if (!child && record.kind == CallKind::Wait && record.object != parent.child_news) {
            child = begin_walk(parent, record); // those passed already may have had news since
            news.any_eligible = false;
        }
        if (child && looked_at % children_in_a_grain == 0 && must_yield(thread)) {
            record.kind = CallKind::Wait;
            record.cursor = static_cast<std::uint64_t>(child->pid);
            record.done = news.any_eligible;
            news.unfinished = true;
            return news;
        }
    }
    record.clear();
    return news;
}

News look(Thread& thread, Wanted const& wanted)
{
    if (wanted.which != Which::Pid)
        return walk_children(thread, wanted);
    News news;
    if (Process* const child = find_child(*thread.process, wanted.id))
        look_at(*child, wanted, news);
    return news;
}

// The parent has been told: forget the news, or the child.
void consume(Process& parent, News const& news, Wanted const& wanted)
{
    if (wanted.options & no_wait)
        return;
    Process& child = *news.child;
    if (news.code == signal_code::child_stopped) {
        child.stop_reported = true;
    } else if (news.code == signal_code::child_continued) {
        child.continued = false;
    } else {
        add_usage(parent.children_use, child.use);
        add_usage(parent.children_use, child.children_use);
        reap(child);
    }
}

std::int32_t waitid_status(News const& news)
{
    switch (news.code) {
    case signal_code::child_exited:
        return news.status >> 8 & 0xff;
    case signal_code::child_stopped:
        return news.status >> 8;
    case signal_code::child_continued:
        return sig::cont;
    default:
        return news.status & 0x7f;
    }
}

Result<void> tell_usage(Process const& child, Uaddr to)
{
    ResourceUse use = child.use;
    add_usage(use, child.children_use);
    return copy_out_usage(to, use);
}

} // namespace

Outcome call_wait4(Thread& thread, Arguments const& arguments)
{
    std::int32_t const pid = arguments.as_int(0);
    auto const options = static_cast<std::uint32_t>(arguments[2]);
    if (options & ~(no_hang | untraced | continued | no_thread | all | clone))
        return Status::BadArgument;
    if (pid == INT32_MIN)
        return Status::NoProcess;
    Process& parent = *thread.process;
    Wanted wanted{Which::Any, 0, (options & ~no_hang) | exited};
    if (pid > 0)
        wanted = {Which::Pid, pid, wanted.options};
    else if (pid == 0)
        wanted = {Which::Group, parent.group->id, wanted.options};
    else if (pid < -1)
        wanted = {Which::Group, -pid, wanted.options};
    News const news = look(thread, wanted);
    if (news.unfinished)
        return Outcome::again();
    if (!news.any_eligible)
        return Status::NoChild;
    if (!news.child)
        return options & no_hang ? Outcome{0} : block(thread, parent.child_change, OnSignal::Restart);
    std::int32_t const found = news.child->pid;
    Result<void> told{};
    if (arguments[1] != 0)
        told = copy_out(Uaddr{arguments[1]}, news.status);
    if (told && arguments[3] != 0)
        told = tell_usage(*news.child, Uaddr{arguments[3]});
    consume(parent, news, wanted); // as on Linux: it is gone even if the caller could not be told
    return told ? Outcome{found} : Outcome{told.error()};
}

namespace {

// The process that a descriptor names; nobody's number for one that is no child here. NotYet.
Result<std::int32_t> pid_of_descriptor(Thread const& thread, std::int32_t fd, std::uint32_t& options)
{
    constexpr std::int32_t nobody = -1;
    if (fd < 0)
        return unexpected{Status::BadArgument};
    OpenFile* const file = thread.process->files->get(fd);
    if (file == nullptr)
        return unexpected{Status::BadDescriptor};
    bool const far = file->kind == FileKind::Far; // a child is born where its parent is
    if (far)
        TRY(learn_far_file(*file));
    if ((far ? static_cast<FileKind>(far_facts(*file).kind) : file->kind) != FileKind::Process)
        return unexpected{Status::BadDescriptor};
    if (far)
        return nobody;
    if (file->nonblocking())
        options |= not_now;
    Process const* const process = process_of(*file);
    return process != nullptr ? process->pid : nobody;
}

// Whom and what waitid is about, or BadArgument.
Result<Wanted> waitid_wanted(Thread const& thread, Arguments const& arguments)
{
    Process const& parent = *thread.process;
    constexpr int p_all = 0, p_pid = 1, p_pgid = 2, p_pidfd = 3;
    auto options = static_cast<std::uint32_t>(arguments[3]);
    std::int32_t const id = arguments.as_int(1);
    if (options & ~(no_hang | no_wait | exited | stopped | continued | no_thread | all | clone)
        || !(options & (exited | stopped | continued)))
        return unexpected{Status::BadArgument};
    switch (arguments.as_int(0)) {
    case p_all:
        return Wanted{Which::Any, id, options};
    case p_pid:
        if (id <= 0)
            break;
        return Wanted{Which::Pid, id, options};
    case p_pidfd: {
        std::int32_t const pid = TRY(pid_of_descriptor(thread, id, options));
        return Wanted{Which::Pid, pid, options};
    }
    case p_pgid:
        if (id < 0)
            break;
        return Wanted{Which::Group, id == 0 ? parent.group->id : id, options};
    default:
        break;
    }
    return unexpected{Status::BadArgument};
}

// The fields that Linux writes, not the whole 128 bytes; zeroes where there is no news.
Result<void> tell_info(News const& news, Uaddr to)
{
    if (to.raw() == 0)
        return {};
    SignalInfo info;
    if (news.child) {
        info.signo = sig::chld;
        info.code = news.code;
        info.child.pid = news.child->pid;
        info.child.uid = news.child->credentials.uid;
        info.child.status = waitid_status(news);
    }
    return copy_out(to, &info, 32);
}

} // namespace

Outcome call_waitid(Thread& thread, Arguments const& arguments)
{
    Process& parent = *thread.process;
    Result<Wanted> const wanted = waitid_wanted(thread, arguments);
    if (!wanted && wanted.error() == Status::NotYet)
        return Status::NotYet;
    News const news = wanted ? look(thread, *wanted) : News{};
    if (news.unfinished)
        return Outcome::again();
    bool const nothing_yet = wanted && news.any_eligible && !news.child && !(wanted->options & no_hang);
    if (nothing_yet && wanted->options & not_now)
        return Status::WouldBlock;
    if (nothing_yet)
        return block(thread, parent.child_change, OnSignal::Restart);
    Result<void> told{};
    if (news.child && arguments[4] != 0)
        told = tell_usage(*news.child, Uaddr{arguments[4]});
    if (told)
        told = tell_info(news, Uaddr{arguments[2]}); // after an error too
    if (news.child)
        consume(parent, news, *wanted); // as wait4
    if (!told)
        return told.error();
    if (!wanted)
        return wanted.error();
    return news.any_eligible ? Outcome{0} : Outcome{Status::NoChild};
}

} // namespace torc::linux_abi
