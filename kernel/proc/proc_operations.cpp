// SPDX-License-Identifier: MIT
// procfs as the file system sees it: what is always there is answered here, what is about a process where
// that lives.
#include "kernel/files/dynamic_node.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/proc/fixed_tree.hpp"
#include "kernel/proc/link_end.hpp"
#include "kernel/proc/proc.hpp"
#include "kernel/proc/proc_elsewhere.hpp"
#include "kernel/proc/proc_here.hpp"
#include "kernel/proc/proc_view.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

// ---- here or elsewhere -----------------------------------------------------------------------------------

template <typename T> bool is_elsewhere(Result<T> const& result)
{
    return !result && result.error() == Status::Elsewhere;
}

// Whom to ask, after somebody has said Elsewhere.
unsigned who_knows()
{
    return this_torus().far->elsewhere;
}

// A process that is gone was never there, to whoever looks for a name.
template <typename T> Result<T> or_not_found(Result<T> result)
{
    if (!result && result.error() == Status::NoProcess)
        return unexpected{Status::NotFound};
    return result;
}

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

Result<NodeInfo> inspect(std::uint64_t raw)
{
    ProcNode const node = ProcNode::decode(raw);
    if (node.kind == ProcClass::Fixed)
        return fixed_info(node.number - 1);
    Result<NodeInfo> info = proc_here::inspect(node);
    if (is_elsewhere(info))
        info = proc_elsewhere::inspect(*this_torus().current, who_knows(), node);
    return or_not_found(info);
}

// ---- looking up ----------------------------------------------------------------------------------------

Result<NodeInfo> lookup_numbered(Thread& thread, std::int32_t id)
{
    Result<ProcSubject> const subject = proc_here::find_numbered(id);
    if (subject)
        return view_of(proc_here::node_of(*subject), *subject);
    if (!is_elsewhere(subject) || !programs_elsewhere(this_torus()))
        return unexpected{Status::NotFound};
    return proc_elsewhere::find_numbered(thread, who_knows(), id);
}

Result<NodeInfo> lookup_fixed(Thread& thread, std::uint32_t directory, std::string_view name)
{
    std::uint32_t const row = fixed_tree::find(directory, name);
    if (row != fixed_tree::none)
        return fixed_info(row);
    std::int32_t const id = directory == fixed_tree::root ? number_in(name) : -1;
    if (id <= 0)
        return unexpected{Status::NotFound};
    return lookup_numbered(thread, id);
}

Result<NodeInfo> lookup(Thread& thread, std::uint64_t raw, std::string_view name)
{
    ProcNode const directory = ProcNode::decode(raw);
    if (directory.kind == ProcClass::Fixed)
        return or_not_found(lookup_fixed(thread, directory.number - 1, name));
    Result<NodeInfo> info = proc_here::lookup(directory, name);
    if (is_elsewhere(info))
        info = proc_elsewhere::lookup(thread, who_knows(), directory, name);
    return or_not_found(info);
}

// ---- listing -------------------------------------------------------------------------------------------

// Cursor of the root: rows first, then first_process + pid.
constexpr std::uint64_t first_process = 1u << 16;

Result<bool> next_process_of_machine(Thread& thread, std::int32_t& pid, ProcNode& node)
{
    if (programs_elsewhere(this_torus())) [[unlikely]]
        return proc_elsewhere::next_process(thread, pid, node);
    Process const* const process = next_process(pid); // the first one after `pid`
    if (process == nullptr)
        return false;
    node = node_of(*process);
    return true;
}

Result<bool> next_process_entry(Thread& thread, std::uint64_t& cursor, NodeEntry& entry)
{
    auto pid = static_cast<std::int32_t>(cursor - first_process);
    ProcNode node;
    if (!TRY(next_process_of_machine(thread, pid, node))) {
        cursor = first_process + pid_limit; // nobody is asked again
        return false;
    }
    cursor = first_process + static_cast<std::uint64_t>(pid);
    put_numbered(
        entry, {.node = node.encode(), .kind = InodeKind::Directory}, static_cast<std::uint32_t>(pid));
    return true;
}

Result<bool> next_fixed_entry(
    Thread& thread, std::uint32_t directory, std::uint64_t& cursor, NodeEntry& entry)
{
    if (cursor < first_process) {
        std::uint32_t const row = fixed_tree::next_child(directory, static_cast<std::uint32_t>(cursor));
        if (row != fixed_tree::none) {
            cursor = row + 1;
            put_entry(entry, fixed_info(row), fixed_tree::name(row));
            return true;
        }
        cursor = first_process;
    }
    if (directory != fixed_tree::root || cursor >= first_process + pid_limit)
        return false;
    return next_process_entry(thread, cursor, entry);
}

Result<bool> next_entry(Thread& thread, std::uint64_t raw, std::uint64_t& cursor, NodeEntry& entry)
{
    ProcNode const directory = ProcNode::decode(raw);
    if (directory.kind == ProcClass::Fixed)
        return next_fixed_entry(thread, directory.number - 1, cursor, entry);
    Result<bool> next = proc_here::next_entry(directory, cursor, entry);
    if (is_elsewhere(next))
        next = proc_elsewhere::next_entry(thread, who_knows(), directory, cursor, entry);
    return !next && next.error() == Status::NoProcess ? Result<bool>{false} : next;
}

// ---- texts ---------------------------------------------------------------------------------------------

Result<bool> generate(Thread& reader, std::uint64_t raw, std::uint64_t& cursor, FormatSink& sink)
{
    ProcNode const node = ProcNode::decode(raw);
    MakeText const make = maker_of(node);
    if (make == nullptr)
        return unexpected{Status::BadArgument};
    if (node.kind == ProcClass::Fixed) {
        ProcText text{reader, ProcSubject{}, cursor, sink};
        return make(text);
    }
    Result<bool> const more = proc_here::generate(reader, node, cursor, sink);
    return is_elsewhere(more) ? proc_elsewhere::generate(reader, who_knows(), node, cursor, sink) : more;
}

Result<std::size_t> write(Thread& writer, std::uint64_t raw, std::string_view text)
{
    ProcNode const node = ProcNode::decode(raw);
    TakeText const take = taker_of(node);
    if (take == nullptr)
        return unexpected{Status::BadArgument};
    Result<void> written = node.kind == ProcClass::Fixed ? take(writer, ProcSubject{}, text)
                                                         : proc_here::write(writer, node, text);
    if (is_elsewhere(written))
        written = proc_elsewhere::write(writer, who_knows(), node, text);
    TRY(written);
    return text.size();
}

Result<void> check_open(Thread& thread, std::uint64_t raw)
{
    ProcNode const node = ProcNode::decode(raw);
    if (node.kind == ProcClass::Fixed)
        return {};
    Result<void> allowed = proc_here::check_open(thread, node);
    if (is_elsewhere(allowed))
        allowed = proc_elsewhere::check_open(thread, who_knows(), node);
    return or_not_found(allowed);
}

// ---- links ---------------------------------------------------------------------------------------------

// What a process of this torus has, and another one owns.
Result<Handle> far_object_of(Thread& reader, ProcNode const& node)
{
    return far_end_of(node, TRY(proc_here::inspected(reader, node))).object;
}

Result<std::size_t> read_link(Thread& reader, std::uint64_t raw, std::span<char> room)
{
    ProcNode const node = ProcNode::decode(raw);
    if (node.kind == ProcClass::Fixed) {
        FormatSink sink{room};
        return fixed_tree::node(node.number - 1).link(reader, sink);
    }
    Result<Handle> const object = far_object_of(reader, node);
    if (is_elsewhere(object))
        return or_not_found(proc_elsewhere::read_link(reader, who_knows(), node, room));
    if (object && !object->is_null())
        return proc_elsewhere::read_object(reader, *object, room);
    return or_not_found(proc_here::read_link(reader, node, room));
}

Result<Path> follow(Thread& reader, std::uint64_t raw)
{
    ProcNode const node = ProcNode::decode(raw);
    if (node.kind == ProcClass::Fixed)
        return Path{};
    Result<Handle> const object = far_object_of(reader, node);
    if (is_elsewhere(object))
        return or_not_found(proc_elsewhere::follow(reader, who_knows(), node));
    if (object && !object->is_null())
        return proc_elsewhere::follow_object(*object);
    return or_not_found(proc_here::follow(reader, node));
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
