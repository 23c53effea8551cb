// SPDX-License-Identifier: MIT
#include "kernel/proc/proc_elsewhere.hpp"
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_operations.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/fs_context.hpp"
#include "kernel/files/nameless.hpp"
#include "kernel/proc/hole_text.hpp"
#include "kernel/proc/proc_asks.hpp"
#include "kernel/proc/proc_view.hpp"
#include "kernel/proc/process_files.hpp"
#include "kernel/proc/process_tree.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc::proc_elsewhere {
namespace {

using Children = ProcessNode::Children;

// ---- subjects -------------------------------------------------------------------------------------------

// An open file of this torus.
OpenFile* find_object(Handle object)
{
    bool const own = object.torus().number == this_torus().number;
    return own ? file_records().open_files.find(object) : nullptr;
}

// As a process, for code that shows and guards processes. Good for this grain.
ProcSubject subject_of(ProcFacts const& facts)
{
    Process& process = this_torus().far->asks->described;
    Credentials& who = process.credentials;
    process.pid = facts.process;
    who.uid = facts.uid, who.euid = facts.euid, who.suid = facts.suid;
    who.gid = facts.gid, who.egid = facts.egid, who.sgid = facts.sgid;
    who.permitted = facts.permitted;
    process.dumpable = facts.dumpable;
    process.thread_count = facts.threads;
    return {.process = &process,
        .thread = nullptr,
        .whole = ProcNode::decode(facts.node).kind == ProcClass::Process,
        .has_memory_elsewhere = facts.has_memory};
}

ProcNode process_node(ProcNode node)
{
    bool const task = node.kind == ProcClass::Task || node.of_task;
    return {
        .kind = task ? ProcClass::Task : ProcClass::Process, .pid = node.pid, .generation = node.generation};
}

Result<ProcFacts const*> facts_of(Thread& thread, unsigned knows, ProcNode const& node)
{
    std::uint64_t const about = process_node(node).encode();
    if (AskPage const* const known = find_facts(thread, about))
        return &known->facts;
    return &TRY(ask(thread, knows, {.kind = AskKind::Describe, .node = about}))->facts;
}

Result<ProcSubject> describe(Thread& thread, unsigned knows, ProcNode const& node)
{
    return subject_of(*TRY(facts_of(thread, knows, node)));
}

// ---- descriptors ----------------------------------------------------------------------------------------

// What it was opened for its owner knows: this torus, mostly.
Result<NodeInfo> descriptor_info(Thread& thread, unsigned knows, ProcNode const& node)
{
    AskPage const& page = *TRY(ask(thread, knows, {.kind = AskKind::Info, .node = node.encode()}));
    NodeInfo info = page.info;
    OpenFile const* const file = find_object(page.leads_to);
    if (file != nullptr && info.kind == InodeKind::Symlink)
        info.permissions
            = static_cast<std::uint16_t>((file->can_read ? 0500 : 0) | (file->can_write ? 0300 : 0));
    return info;
}

Result<NodeInfo> lookup_thread(Thread& thread, unsigned knows, ProcFacts const& facts, std::int32_t number)
{
    AskPage const& page = *TRY(
        ask(thread, knows, {.kind = AskKind::DescribeThread, .number = static_cast<std::uint32_t>(number)}));
    if (page.facts.process != facts.process)
        return unexpected{Status::NotFound};
    return view_of(ProcNode::decode(page.facts.node), subject_of(page.facts));
}

// ---- listing --------------------------------------------------------------------------------------------

std::uint32_t name_of(ProcNode const& node) // in a directory of threads or descriptors
{
    return node.kind == ProcClass::Task ? static_cast<std::uint32_t>(node.pid) : node.number;
}

InodeKind kind_of(ProcNode const& node)
{
    switch (node.kind) {
    case ProcClass::Task:
        return InodeKind::Directory;
    case ProcClass::Descriptor:
        return InodeKind::Symlink;
    default:
        return InodeKind::Regular;
    }
}

// The torus's part of the page, without those that come no later than `pid`.
struct Part {
    std::uint64_t const* begin;
    std::uint64_t const* end;
    bool last; // nobody comes behind them
};

Part part_of(AskPage const& page, unsigned torus, std::int32_t pid)
{
    std::uint8_t const count = page.counts[torus];
    std::uint64_t const* const begin = page.nodes + static_cast<std::size_t>(torus) * page.number;
    std::uint64_t const* const end = begin + (count & ~AskPage::last_ones);
    return {std::find_if(begin, end, [&](std::uint64_t node) { return ProcNode::decode(node).pid > pid; }),
        end, (count & AskPage::last_ones) != 0};
}

// One page for all tori; those that have no processes are done.
Result<AskPage*> open_list(Thread& thread)
{
    Torus const& torus = this_torus();
    std::uint32_t const room = std::min<std::uint32_t>(AskPage::node_limit / torus.tori, 100);
    AskPage* const page = TRY(page_of_processes(thread, room));
    if (page->counts[torus.number] != 0)
        return page;
    for (unsigned other = 0; other < torus.tori; ++other)
        if (other == torus.number || !is_processor(torus, other))
            page->counts[other] = AskPage::last_ones;
    return page;
}

bool goes_before(std::uint64_t one, std::uint64_t other)
{
    return other == 0 || ProcNode::decode(one).pid < ProcNode::decode(other).pid;
}

// ---- links ----------------------------------------------------------------------------------------------

Result<AskPage*> ask_link(Thread& thread, unsigned knows, ProcNode const& node)
{
    return ask(thread, knows, {.kind = AskKind::Link, .node = node.encode()});
}

// The root that the process sees, for the texts about mounts.
Result<Path> root_of(ProcFacts const& facts)
{
    if (!facts.has_places)
        return unexpected{Status::BadArgument}; // Linux: of a zombie
    if (facts.root.is_null())
        return root_path();
    OpenFile const* const file = find_object(facts.root);
    return file != nullptr ? Result<Path>{file->path} : unexpected{Status::NotFound};
}

bool is_about_mounts(MakeText make)
{
    return make == process_files::mounts || make == process_files::mountinfo;
}

// The mounts are here.
Result<bool> generate_mounts(
    Thread& thread, unsigned knows, ProcNode const& node, std::uint64_t& cursor, FormatSink& sink)
{
    ProcFacts const& facts = *TRY(facts_of(thread, knows, node));
    this_torus().far->asks->described_places.root = TRY(root_of(facts));
    ProcText text{thread, subject_of(facts), cursor, sink};
    return maker_of(node)(text);
}

// fdinfo of a file that is not the process's torus's.
bool is_description(AskPage const& page)
{
    return page.holes.count == 1 && page.holes.list[0].kind == HoleKind::Description;
}

Result<bool> generate_description(
    Thread& thread, AskPage const& page, std::uint64_t& cursor, FormatSink& sink)
{
    TextHole const hole = page.holes.list[0];
    bool const more = TRY(describe_object(thread, hole.object, hole.number, cursor, sink));
    forget(page);
    return more;
}

} // namespace

Result<NodeInfo> find_numbered(Thread& thread, unsigned knows, std::int32_t id)
{
    AskPage const& page
        = *TRY(ask(thread, knows, {.kind = AskKind::Describe, .number = static_cast<std::uint32_t>(id)}));
    return view_of(ProcNode::decode(page.facts.node), subject_of(page.facts));
}

Result<NodeInfo> inspect(Thread& thread, unsigned knows, ProcNode const& node)
{
    if (node.kind >= ProcClass::Descriptor)
        return descriptor_info(thread, knows, node);
    return view_of(node, TRY(describe(thread, knows, node)));
}

Result<NodeInfo> lookup(Thread& thread, unsigned knows, ProcNode const& directory, std::string_view name)
{
    if (directory.file == 0)
        return view_of(TRY(named_node(directory, name)), TRY(describe(thread, knows, directory)));
    std::int32_t const number = number_in(name);
    if (number < 0)
        return unexpected{Status::NotFound};
    if (children_of(directory) == Children::Threads)
        return lookup_thread(thread, knows, *TRY(facts_of(thread, knows, directory)), number);
    return descriptor_info(thread, knows, descriptor_node(directory, static_cast<std::uint32_t>(number)));
}

Result<bool> next_entry(
    Thread& thread, unsigned knows, ProcNode const& directory, std::uint64_t& cursor, NodeEntry& entry)
{
    if (directory.file == 0)
        return next_row(directory, TRY(describe(thread, knows, directory)), cursor, entry);
    Question const question{.kind = AskKind::List, .node = directory.encode(), .from = cursor};
    AskPage const& page = *TRY(ask(thread, knows, question));
    for (std::uint32_t i = 0; i < page.node_count; ++i) {
        ProcNode const node = ProcNode::decode(page.nodes[i]);
        if (name_of(node) < cursor)
            continue;
        put_numbered(entry, {.node = node.encode(), .kind = kind_of(node)}, name_of(node));
        cursor = std::uint64_t{name_of(node)} + 1;
        return true;
    }
    if (!page.more)
        return false;
    forget(page);
    return unexpected{ask(thread, knows, question).error()}; // NotYet, as nobody has answered
}

Result<bool> generate(
    Thread& thread, unsigned knows, ProcNode const& node, std::uint64_t& cursor, FormatSink& sink)
{
    if (is_about_mounts(maker_of(node)))
        return generate_mounts(thread, knows, node, cursor, sink);
    Question const question{.kind = AskKind::Text, .node = node.encode(), .from = cursor};
    AskPage const& page = *TRY(ask(thread, knows, question));
    if (is_description(page))
        return generate_description(thread, page, cursor, sink);
    put_filled(sink, page);
    bool const more = page.more;
    cursor = page.next;
    forget(page);
    return more;
}

Result<void> write(Thread& thread, unsigned knows, ProcNode const& node, std::string_view text)
{
    AskPage const& page
        = *TRY(ask(thread, knows, {.kind = AskKind::Write, .node = node.encode(), .text = text}));
    forget(page);
    return {};
}

Result<void> check_open(Thread& thread, unsigned knows, ProcNode const& node)
{
    ProcFacts const& facts = *TRY(facts_of(thread, knows, node));
    if (is_guarded(node) && facts.process != thread.process->pid && !may_inspect(thread, subject_of(facts)))
        return unexpected{Status::AccessDenied};
    return {};
}

Result<std::size_t> read_link(Thread& thread, unsigned knows, ProcNode const& node, std::span<char> room)
{
    AskPage const& page = *TRY(ask_link(thread, knows, node));
    if (page.leads_to_root)
        return path_text(root_path(), thread.process->fs->root, room);
    if (page.length != 0)
        return std::string_view{page.text, page.length}.copy(room.data(), room.size());
    return read_object(thread, page.leads_to, room);
}

Result<Path> follow(Thread& thread, unsigned knows, ProcNode const& node)
{
    AskPage const& page = *TRY(ask_link(thread, knows, node));
    if (!page.leads_to_root)
        return follow_object(page.leads_to);
    Path const root = root_path();
    retain(root);
    return root;
}

Result<std::size_t> read_object(Thread& thread, Handle object, std::span<char> room)
{
    if (object.is_null())
        return unexpected{Status::NotFound};
    if (object.torus().number == this_torus().number) {
        OpenFile const* const file = find_object(object);
        return file != nullptr ? Result<std::size_t>{path_text(*file, room)} : unexpected{Status::NotFound};
    }
    AskPage const& page
        = *TRY(ask(thread, object.torus().number, {.kind = AskKind::PathOf, .object = object}));
    return std::string_view{page.text, page.length}.copy(room.data(), room.size());
}

Result<bool> describe_object(
    Thread& thread, Handle object, std::uint32_t descriptor_flags, std::uint64_t& cursor, FormatSink& sink)
{
    if (OpenFile* const file = find_object(object))
        return process_files::describe_file(*file, descriptor_flags, cursor, sink);
    if (object.is_null() || object.torus().number == this_torus().number)
        return false;
    auto const asked = ask(thread, object.torus().number,
        {.kind = AskKind::Description, .number = descriptor_flags, .object = object, .from = cursor});
    if (!asked && asked.error() == Status::BadDescriptor)
        return false;
    AskPage const& page = *TRY(asked);
    sink.put({page.text, page.length});
    bool const more = page.more;
    cursor = page.next;
    forget(page);
    return more;
}

Result<Path> follow_object(Handle object)
{
    if (!object.is_null() && object.torus().number != this_torus().number) {
        this_torus().far->leads_to = object; // its owner is asked, if that is all the path says
        return unexpected{Status::Elsewhere};
    }
    OpenFile const* const file = find_object(object);
    if (file == nullptr)
        return unexpected{Status::NotFound};
    if (!file->path)
        return path_of_nameless(*file);
    retain(file->path);
    return file->path;
}

Result<bool> next_process(Thread& thread, std::int32_t& pid, ProcNode& node)
{
    Torus const& torus = this_torus();
    std::int32_t here = pid;
    Process const* const own = torc::next_process(here);
    std::uint64_t next = own != nullptr ? node_of(*own).encode() : 0;
    AskPage& page = *TRY(open_list(thread));
    for (unsigned other = 0; other < torus.tori; ++other) {
        Part const part = part_of(page, other, pid);
        if (part.begin == part.end && !part.last)
            return unexpected{ask_for_part(page, other, static_cast<std::uint64_t>(pid))};
        if (part.begin != part.end && goes_before(*part.begin, next))
            next = *part.begin;
    }
    if (next == 0)
        return false;
    node = ProcNode::decode(next);
    pid = node.pid;
    return true;
}

} // namespace torc::proc_elsewhere
