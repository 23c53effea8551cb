// SPDX-License-Identifier: MIT
// procfs as the file system sees it: nodes to names, names to nodes, what each looks like.
#include "kernel/files/dynamic_node.hpp"
#include "kernel/files/fd_table.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/proc/fixed_tree.hpp"
#include "kernel/proc/proc.hpp"
#include "kernel/proc/process_tree.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

using Children = ProcessNode::Children;

// ---- what a node looks like ----------------------------------------------------------------------------

NodeInfo fixed_info(std::uint32_t row)
{
    FixedNode const& node = fixed_tree::node(row);
    NodeInfo info{
        .node = ProcNode{.number = row + 1}.encode(), .kind = node.kind, .permissions = node.permissions};
    if (node.kind == InodeKind::Directory)
        info.links = 2 + fixed_tree::directories_in(row);
    if (row == fixed_tree::root)
        info.links += this_torus().processes->processes.live();
    return info;
}

// A process that others may not look into shows as root's, but for the directory itself.
void set_owner(NodeInfo& info, ProcSubject const& subject, bool always)
{
    if (!always && !subject.process->dumpable)
        return;
    info.uid = subject.process->credentials.euid;
    info.gid = subject.process->credentials.egid;
}

std::uint32_t links_of(ProcNode const& node, ProcSubject const& subject)
{
    if (node.file == 0)
        return node.kind == ProcClass::Process ? 5 : 4; // task, fd and fdinfo
    if (process_tree::node(node.file).children == Children::Threads)
        return 2 + subject.process->thread_count;
    return 2;
}

NodeInfo process_info(ProcNode const& node, ProcSubject const& subject)
{
    NodeInfo info{.node = node.encode(), .kind = InodeKind::Directory, .permissions = 0555};
    if (node.file != 0) {
        info.kind = process_tree::node(node.file).kind;
        info.permissions = process_tree::node(node.file).permissions;
    }
    bool const directory = info.kind == InodeKind::Directory;
    if (directory)
        info.links = links_of(node, subject);
    set_owner(info, subject, directory && info.permissions == 0555);
    return info;
}

Result<NodeInfo> descriptor_node_info(ProcNode const& node, ProcSubject const& subject)
{
    constexpr std::uint64_t link_size = 64; // Linux: unknown until read
    auto const permissions = process_files::descriptor_permissions(subject, node.number);
    if (!permissions)
        return unexpected{Status::NotFound};
    bool const link = node.kind == ProcClass::Descriptor;
    NodeInfo info{.node = node.encode(),
        .kind = link ? InodeKind::Symlink : InodeKind::Regular,
        .permissions = link ? *permissions : std::uint16_t{0444},
        .size = link ? link_size : 0};
    set_owner(info, subject, false);
    return info;
}

Result<NodeInfo> info_of(ProcNode const& node)
{
    if (node.kind == ProcClass::Fixed)
        return fixed_info(node.number - 1);
    auto const subject = find_subject(node);
    if (!subject)
        return unexpected{Status::NotFound};
    if (node.kind >= ProcClass::Descriptor)
        return descriptor_node_info(node, *subject);
    return process_info(node, *subject);
}

Result<NodeInfo> inspect(std::uint64_t node)
{
    return info_of(ProcNode::decode(node));
}

// ---- looking up ----------------------------------------------------------------------------------------

// A number as Linux writes it: no sign, no leading zero. -1: none.
std::int32_t number_in(std::string_view name)
{
    if (name.empty() || name.size() > 7 || (name.front() == '0' && name.size() > 1))
        return -1;
    std::int32_t value = 0;
    for (char const c : name) {
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

Result<NodeInfo> lookup_fixed(std::uint32_t directory, std::string_view name)
{
    std::uint32_t const row = fixed_tree::find(directory, name);
    if (row != fixed_tree::none)
        return fixed_info(row);
    if (directory != fixed_tree::root)
        return unexpected{Status::NotFound};
    std::int32_t const id = number_in(name);
    if (Process const* const process = id > 0 ? find_process(id) : nullptr)
        return info_of(node_of(*process));
    // As on Linux, a thread's directory is found by its number, though not listed.
    if (Thread const* const thread = id > 0 ? find_thread(id) : nullptr)
        return info_of(node_of(*thread));
    return unexpected{Status::NotFound};
}

ProcNode descriptor_node(ProcNode const& directory, std::uint32_t number)
{
    bool const info = process_tree::node(directory.file).children == Children::DescriptorInfo;
    return {.kind = info ? ProcClass::DescriptorInfo : ProcClass::Descriptor,
        .number = number,
        .pid = directory.pid,
        .generation = directory.generation,
        .of_task = directory.kind == ProcClass::Task};
}

// Row 1 is the directory of threads, which a thread has not.
bool has_row(ProcClass kind, std::uint8_t row)
{
    return kind == ProcClass::Process || process_tree::node(row).children != Children::Threads;
}

Result<NodeInfo> lookup_in_process(
    ProcNode const& directory, ProcSubject const& subject, std::string_view name)
{
    if (directory.file == 0) {
        ProcNode found = directory;
        found.file = process_tree::find(name);
        if (found.file == process_tree::none || !has_row(found.kind, found.file))
            return unexpected{Status::NotFound};
        return process_info(found, subject);
    }
    std::int32_t const number = number_in(name);
    if (number < 0)
        return unexpected{Status::NotFound};
    if (process_tree::node(directory.file).children != Children::Threads)
        return info_of(descriptor_node(directory, static_cast<std::uint32_t>(number)));
    Thread const* const thread = find_thread(number);
    if (thread == nullptr || thread->process != subject.process)
        return unexpected{Status::NotFound};
    return info_of(node_of(*thread));
}

Result<NodeInfo> lookup(Thread&, std::uint64_t directory, std::string_view name)
{
    ProcNode const node = ProcNode::decode(directory);
    if (node.kind == ProcClass::Fixed)
        return lookup_fixed(node.number - 1, name);
    auto const subject = find_subject(node);
    if (!subject)
        return unexpected{Status::NotFound};
    return lookup_in_process(node, *subject, name);
}

// ---- listing -------------------------------------------------------------------------------------------

bool put_entry(NodeEntry& entry, Result<NodeInfo> const& info, std::string_view name)
{
    if (!info)
        return false;
    entry.info = *info;
    std::size_t const length = name.copy(entry.name, name_limit);
    entry.name[length] = '\0';
    return true;
}

bool put_numbered(NodeEntry& entry, Result<NodeInfo> const& info, std::uint32_t number)
{
    FormatBuffer<12> name;
    put_decimal(name, number);
    return put_entry(entry, info, name.view());
}

// Cursor of the root: rows first, then first_process + pid.
constexpr std::uint64_t first_process = 1u << 16;

bool next_process_entry(std::uint64_t& cursor, NodeEntry& entry)
{
    auto pid = static_cast<std::int32_t>(cursor - first_process);
    Process const* const process = next_process(pid); // the first one after `pid`
    if (process == nullptr)
        return false;
    cursor = first_process + static_cast<std::uint64_t>(pid);
    return put_numbered(entry, info_of(node_of(*process)), static_cast<std::uint32_t>(pid));
}

bool next_fixed_entry(std::uint32_t directory, std::uint64_t& cursor, NodeEntry& entry)
{
    if (cursor < first_process) {
        std::uint32_t const row = fixed_tree::next_child(directory, static_cast<std::uint32_t>(cursor));
        if (row != fixed_tree::none) {
            cursor = row + 1;
            return put_entry(entry, fixed_info(row), fixed_tree::name(row));
        }
        cursor = first_process;
    }
    return directory == fixed_tree::root && next_process_entry(cursor, entry);
}

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
    return put_numbered(entry, info_of(node_of(*next)), static_cast<std::uint32_t>(next->id));
}

bool next_descriptor_entry(
    ProcNode const& directory, ProcSubject const& subject, std::uint64_t& cursor, NodeEntry& entry)
{
    auto number = static_cast<std::uint32_t>(cursor);
    if (!process_files::next_descriptor(subject, number))
        return false;
    cursor = number + 1;
    return put_numbered(entry, info_of(descriptor_node(directory, number)), number);
}

bool next_file_entry(
    ProcNode const& directory, ProcSubject const& subject, std::uint64_t& cursor, NodeEntry& entry)
{
    for (std::uint64_t row = cursor + 1; row <= process_tree::count(); ++row) {
        if (!has_row(directory.kind, static_cast<std::uint8_t>(row)))
            continue;
        cursor = row;
        ProcNode found = directory;
        found.file = static_cast<std::uint8_t>(row);
        return put_entry(entry, process_info(found, subject), process_tree::node(found.file).name);
    }
    return false;
}

bool next_entry(Thread&, std::uint64_t directory, std::uint64_t& cursor, NodeEntry& entry)
{
    ProcNode const node = ProcNode::decode(directory);
    if (node.kind == ProcClass::Fixed)
        return next_fixed_entry(node.number - 1, cursor, entry);
    auto const subject = find_subject(node);
    if (!subject)
        return false;
    if (node.file == 0)
        return next_file_entry(node, *subject, cursor, entry);
    if (process_tree::node(node.file).children == Children::Threads)
        return next_thread_entry(*subject, cursor, entry);
    return next_descriptor_entry(node, *subject, cursor, entry);
}

// ---- texts ---------------------------------------------------------------------------------------------

MakeText maker_of(ProcNode const& node)
{
    switch (node.kind) {
    case ProcClass::Fixed:
        return fixed_tree::node(node.number - 1).make;
    case ProcClass::DescriptorInfo:
        return process_files::descriptor_info;
    case ProcClass::Process:
    case ProcClass::Task:
        return process_tree::node(node.file).make;
    case ProcClass::Descriptor:
        break;
    }
    return nullptr;
}

Result<ProcSubject> subject_of(ProcNode const& node)
{
    if (node.kind == ProcClass::Fixed)
        return ProcSubject{};
    return find_subject(node);
}

Result<bool> generate(Thread& reader, std::uint64_t raw, std::uint64_t& cursor, FormatSink& sink)
{
    ProcNode const node = ProcNode::decode(raw);
    MakeText const make = maker_of(node);
    if (make == nullptr)
        return unexpected{Status::BadArgument};
    ProcText text{reader, TRY(subject_of(node)), cursor, sink, node.number};
    return make(text);
}

Result<std::size_t> write(Thread& writer, std::uint64_t raw, std::string_view text)
{
    ProcNode const node = ProcNode::decode(raw);
    TakeText take = nullptr;
    if (node.kind == ProcClass::Fixed)
        take = fixed_tree::node(node.number - 1).take;
    else if (node.kind <= ProcClass::Task)
        take = process_tree::node(node.file).take;
    if (take == nullptr)
        return unexpected{Status::BadArgument};
    TRY(take(writer, TRY(subject_of(node)), text));
    return text.size();
}

Result<void> check_open(Thread& thread, std::uint64_t raw)
{
    ProcNode const node = ProcNode::decode(raw);
    if (node.kind == ProcClass::Fixed)
        return {};
    auto const subject = find_subject(node);
    if (!subject)
        return unexpected{Status::NotFound};
    bool const guarded = node.kind >= ProcClass::Descriptor
        || (node.file != 0 && process_tree::node(node.file).guard == ProcessNode::Guard::Inspectors);
    if (guarded && !may_inspect(thread, *subject))
        return unexpected{Status::AccessDenied};
    return {};
}

// ---- links ---------------------------------------------------------------------------------------------

Result<std::size_t> read_link(Thread& reader, std::uint64_t raw, std::span<char> room)
{
    ProcNode const node = ProcNode::decode(raw);
    if (node.kind == ProcClass::Fixed) {
        FormatSink sink{room};
        return fixed_tree::node(node.number - 1).link(reader, sink);
    }
    auto const subject = find_subject(node);
    if (!subject)
        return unexpected{Status::NotFound};
    if (!may_inspect(reader, *subject))
        return unexpected{Status::AccessDenied};
    if (node.kind == ProcClass::Descriptor)
        return process_files::read_descriptor(*subject, node.number, room);
    return process_tree::node(node.file).read_link(reader, *subject, room);
}

Result<Path> follow(Thread& reader, std::uint64_t raw)
{
    ProcNode const node = ProcNode::decode(raw);
    if (node.kind == ProcClass::Fixed)
        return Path{};
    auto const subject = find_subject(node);
    if (!subject)
        return unexpected{Status::NotFound};
    if (!may_inspect(reader, *subject))
        return unexpected{Status::AccessDenied};
    if (node.kind == ProcClass::Descriptor)
        return process_files::follow_descriptor(*subject, node.number);
    return process_tree::node(node.file).follow(*subject);
}

constexpr DynamicOperations operations{
    .root_node = ProcNode{.number = fixed_tree::root + 1}.encode(),
    .lookup = lookup,
    .inspect = inspect,
    .next_entry = next_entry,
    .generate = generate,
    .read_link = read_link,
    .follow = follow,
    .write = write,
    .check_open = check_open,
};

} // namespace

void start_proc(std::string_view command_line)
{
    fixed_files::keep_command_line(command_line);
    register_proc(operations);
}

} // namespace torc
