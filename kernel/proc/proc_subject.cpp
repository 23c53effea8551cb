// SPDX-License-Identifier: MIT
#include "kernel/proc/proc_subject.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

template <typename T> std::uint32_t generation_of(Plane<T> const& plane, T const& object)
{
    return plane.handle_of(&object).generation() & ProcNode::generation_mask;
}

// Of its record at its birth torus, so that it stays the same when it moves.
std::uint32_t generation_of(Process const& process)
{
    if (!process.stub.is_null())
        return process.stub.generation() & ProcNode::generation_mask;
    return generation_of(this_torus().processes->processes, process);
}

Result<ProcSubject> find_process_of(ProcNode const& node)
{
    Process* const process = find_process(node.pid);
    if (process == nullptr || !process->home.is_null())
        return unexpected{absence_of(node.pid)};
    if (generation_of(*process) != node.generation)
        return unexpected{Status::NoProcess};
    return ProcSubject{process, process->leader(), true};
}

Result<ProcSubject> find_task_of(ProcNode const& node)
{
    Thread* const thread = find_thread(node.pid);
    if (thread == nullptr || !thread->process->home.is_null())
        return unexpected{absence_of(node.pid)};
    if (generation_of(this_torus().processes->threads, *thread) != node.generation)
        return unexpected{Status::NoProcess};
    return ProcSubject{thread->process, thread, false};
}

bool same_ids(Credentials const& reader, Credentials const& subject)
{
    return reader.fsuid == subject.euid && reader.fsuid == subject.suid && reader.fsuid == subject.uid
        && reader.fsgid == subject.egid && reader.fsgid == subject.sgid && reader.fsgid == subject.gid;
}

} // namespace

std::string_view ProcSubject::name() const
{
    char const* const text = thread != nullptr ? thread->name : process->last_name;
    std::size_t length = 0;
    while (length < sizeof thread->name && text[length] != '\0')
        ++length;
    return {text, length};
}

Result<ProcSubject> find_subject(ProcNode const& node)
{
    bool const task = node.kind == ProcClass::Task || node.of_task;
    return task ? find_task_of(node) : find_process_of(node);
}

ProcNode node_of(Process const& process)
{
    return {.kind = ProcClass::Process, .pid = process.pid, .generation = generation_of(process)};
}

ProcNode node_of(Thread const& thread)
{
    return {.kind = ProcClass::Task,
        .pid = thread.id,
        .generation = generation_of(this_torus().processes->threads, thread)};
}

bool may_inspect(Thread const& reader, ProcSubject const& subject)
{
    if (reader.process == subject.process)
        return true;
    Credentials const& mine = reader.process->credentials;
    Credentials const& theirs = subject.process->credentials;
    if (mine.capable(Capability::SysPtrace))
        return true;
    if (!same_ids(mine, theirs))
        return false;
    bool const has_memory = subject.process->space != nullptr || subject.has_memory_elsewhere;
    if (has_memory && !subject.process->dumpable)
        return false;
    return (theirs.permitted & ~mine.effective) == 0;
}

} // namespace torc
