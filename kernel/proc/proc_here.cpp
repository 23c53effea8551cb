// SPDX-License-Identifier: MIT
#include "kernel/proc/proc_here.hpp"
#include "kernel/proc/proc_view.hpp"
#include "kernel/proc/process_files.hpp"
#include "kernel/torus.hpp"

namespace torc::proc_here {
namespace {

using Children = ProcessNode::Children;

// The cursor is a tid: a thread that comes later has mostly a higher one.
bool next_thread_entry(ProcSubject const& subject, std::uint64_t& cursor, NodeEntry& entry)
{
    Thread const* next = nullptr;
    for (Thread const& thread : subject.process->threads)
        if (static_cast<std::uint64_t>(thread.id) >= cursor && (next == nullptr || thread.id < next->id))
            next = &thread;
    if (next == nullptr)
        return false;
    cursor = static_cast<std::uint64_t>(next->id) + 1;
    put_numbered(entry, view_of(torc::node_of(*next), subject), static_cast<std::uint32_t>(next->id));
    return true;
}

bool next_descriptor_entry(
    ProcNode const& directory, ProcSubject const& subject, std::uint64_t& cursor, NodeEntry& entry)
{
    auto number = static_cast<std::uint32_t>(cursor);
    if (!process_files::next_descriptor(subject, number))
        return false;
    cursor = number + 1;
    ProcNode const node = descriptor_node(directory, number);
    auto const permissions = process_files::descriptor_permissions(subject, number);
    put_numbered(entry, view_of_descriptor(node, subject, permissions.value_or(0)), number);
    return true;
}

Result<NodeInfo> descriptor_info(ProcNode const& node, ProcSubject const& subject)
{
    auto const permissions = process_files::descriptor_permissions(subject, node.number);
    if (!permissions)
        return unexpected{Status::NotFound};
    return view_of_descriptor(node, subject, *permissions);
}

} // namespace

Result<ProcSubject> find_numbered(std::int32_t id)
{
    if (Process* const process = find_process(id); process != nullptr && process->home.is_null())
        return ProcSubject{process, process->leader(), true};
    return find_thread_numbered(id);
}

Result<ProcSubject> find_thread_numbered(std::int32_t id)
{
    Thread* const thread = find_thread(id);
    if (thread == nullptr || !thread->process->home.is_null())
        return unexpected{absence_of(id)};
    return ProcSubject{thread->process, thread, false};
}

ProcNode node_of(ProcSubject const& subject)
{
    return subject.whole ? torc::node_of(*subject.process) : torc::node_of(*subject.thread);
}

Result<NodeInfo> inspect(ProcNode const& node)
{
    ProcSubject const subject = TRY(find_subject(node));
    if (node.kind >= ProcClass::Descriptor)
        return descriptor_info(node, subject);
    return view_of(node, subject);
}

Result<NodeInfo> lookup(ProcNode const& directory, std::string_view name)
{
    ProcSubject const subject = TRY(find_subject(directory));
    if (directory.file == 0)
        return view_of(TRY(named_node(directory, name)), subject);
    std::int32_t const number = number_in(name);
    if (number < 0)
        return unexpected{Status::NotFound};
    if (children_of(directory) != Children::Threads)
        return descriptor_info(descriptor_node(directory, static_cast<std::uint32_t>(number)), subject);
    Thread const* const thread = find_thread(number);
    if (thread == nullptr || thread->process != subject.process)
        return unexpected{Status::NotFound};
    return view_of(torc::node_of(*thread), subject);
}

Result<bool> next_entry(ProcNode const& directory, std::uint64_t& cursor, NodeEntry& entry)
{
    ProcSubject const subject = TRY(find_subject(directory));
    if (directory.file == 0)
        return next_row(directory, subject, cursor, entry);
    if (children_of(directory) == Children::Threads)
        return next_thread_entry(subject, cursor, entry);
    return next_descriptor_entry(directory, subject, cursor, entry);
}

Result<bool> generate(
    Thread& reader, ProcNode const& node, std::uint64_t& cursor, FormatSink& sink, TextHoles* holes)
{
    MakeText const make = maker_of(node);
    if (make == nullptr)
        return unexpected{Status::BadArgument};
    ProcText text{reader, TRY(find_subject(node)), cursor, sink, node.number, holes};
    return make(text);
}

Result<void> write(Thread& writer, ProcNode const& node, std::string_view text)
{
    TakeText const take = taker_of(node);
    if (take == nullptr)
        return unexpected{Status::BadArgument};
    return take(writer, TRY(find_subject(node)), text);
}

Result<void> check_open(Thread& reader, ProcNode const& node)
{
    ProcSubject const subject = TRY(find_subject(node));
    if (is_guarded(node) && !may_inspect(reader, subject))
        return unexpected{Status::AccessDenied};
    return {};
}

Result<ProcSubject> inspected(Thread& reader, ProcNode const& node)
{
    ProcSubject const subject = TRY(find_subject(node));
    if (!may_inspect(reader, subject))
        return unexpected{Status::AccessDenied};
    return subject;
}

Result<std::size_t> read_link(Thread& reader, ProcNode const& node, std::span<char> room)
{
    ProcSubject const subject = TRY(inspected(reader, node));
    if (node.kind == ProcClass::Descriptor)
        return process_files::read_descriptor(subject, node.number, room);
    return process_tree::node(node.file).read_link(reader, subject, room);
}

Result<Path> follow(Thread& reader, ProcNode const& node)
{
    ProcSubject const subject = TRY(inspected(reader, node));
    if (node.kind == ProcClass::Descriptor)
        return process_files::follow_descriptor(subject, node.number);
    return process_tree::node(node.file).follow(subject);
}

} // namespace torc::proc_here
