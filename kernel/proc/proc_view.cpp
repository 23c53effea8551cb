// SPDX-License-Identifier: MIT
#include "kernel/proc/proc_view.hpp"
#include "kernel/proc/fixed_tree.hpp"
#include "kernel/proc/process_files.hpp"

namespace torc {
namespace {

using Children = ProcessNode::Children;

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
    if (children_of(node) == Children::Threads)
        return 2 + subject.process->thread_count;
    return 2;
}

} // namespace

NodeInfo view_of(ProcNode const& node, ProcSubject const& subject)
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

NodeInfo view_of_descriptor(ProcNode const& node, ProcSubject const& subject, std::uint16_t permissions)
{
    constexpr std::uint64_t link_size = 64; // Linux: unknown until read
    bool const link = node.kind == ProcClass::Descriptor;
    NodeInfo info{.node = node.encode(),
        .kind = link ? InodeKind::Symlink : InodeKind::Regular,
        .permissions = link ? permissions : std::uint16_t{0444},
        .size = link ? link_size : 0};
    set_owner(info, subject, false);
    return info;
}

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

// Row 1 is the directory of threads.
bool has_row(ProcClass kind, std::uint8_t row)
{
    return kind == ProcClass::Process || process_tree::node(row).children != Children::Threads;
}

ProcNode descriptor_node(ProcNode const& directory, std::uint32_t number)
{
    bool const info = children_of(directory) == Children::DescriptorInfo;
    return {.kind = info ? ProcClass::DescriptorInfo : ProcClass::Descriptor,
        .number = number,
        .pid = directory.pid,
        .generation = directory.generation,
        .of_task = directory.kind == ProcClass::Task};
}

Result<ProcNode> named_node(ProcNode const& directory, std::string_view name)
{
    ProcNode found = directory;
    found.file = process_tree::find(name);
    if (found.file == process_tree::none || !has_row(found.kind, found.file))
        return unexpected{Status::NotFound};
    return found;
}

Children children_of(ProcNode const& directory)
{
    return process_tree::node(directory.file).children;
}

void put_entry(NodeEntry& entry, NodeInfo const& info, std::string_view name)
{
    entry.info = info;
    std::size_t const length = name.copy(entry.name, name_limit);
    entry.name[length] = '\0';
}

void put_numbered(NodeEntry& entry, NodeInfo const& info, std::uint32_t number)
{
    FormatBuffer<12> name;
    put_decimal(name, number);
    put_entry(entry, info, name.view());
}

bool next_row(ProcNode const& directory, ProcSubject const& subject, std::uint64_t& cursor, NodeEntry& entry)
{
    for (std::uint64_t row = cursor + 1; row <= process_tree::count(); ++row) {
        if (!has_row(directory.kind, static_cast<std::uint8_t>(row)))
            continue;
        cursor = row;
        ProcNode found = directory;
        found.file = static_cast<std::uint8_t>(row);
        put_entry(entry, view_of(found, subject), process_tree::node(found.file).name);
        return true;
    }
    return false;
}

bool is_guarded(ProcNode const& node)
{
    return node.kind >= ProcClass::Descriptor
        || (node.file != 0 && process_tree::node(node.file).guard == ProcessNode::Guard::Inspectors);
}

MakeText maker_of(ProcNode const& node)
{
    switch (node.kind) {
    case ProcClass::Fixed:
        return fixed_tree::node(node.number - 1).make;
    case ProcClass::DescriptorInfo:
        return process_files::descriptor_info;
    case ProcClass::Process:
    case ProcClass::Task:
        return node.file != 0 ? process_tree::node(node.file).make : nullptr;
    case ProcClass::Descriptor:
        break;
    }
    return nullptr;
}

TakeText taker_of(ProcNode const& node)
{
    if (node.kind == ProcClass::Fixed)
        return fixed_tree::node(node.number - 1).take;
    return node.kind <= ProcClass::Task && node.file != 0 ? process_tree::node(node.file).take : nullptr;
}

} // namespace torc
