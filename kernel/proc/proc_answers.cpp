// SPDX-License-Identifier: MIT
// The owner's side of questions about processes: the same code that shows them to this torus's own readers
// writes into the page that the asker has lent. Nothing here waits.
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_operations.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/fs_context.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/files/page_cache.hpp"
#include "kernel/files/pipe.hpp"
#include "kernel/memory/frame_pool.hpp"
#include "kernel/objects.hpp"
#include "kernel/proc/link_end.hpp"
#include "kernel/proc/proc_asks.hpp"
#include "kernel/proc/proc_here.hpp"
#include "kernel/proc/proc_view.hpp"
#include "kernel/proc/process_tree.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/policy.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <utility>

namespace torc {
namespace {

constexpr std::size_t enough_text = 1024; // one record more fits the page, but the longest of maps

// ---- facts ------------------------------------------------------------------------------------------------

Result<ProcSubject> subject_of(AskPage const& page)
{
    if (page.kind == AskKind::DescribeThread)
        return proc_here::find_thread_numbered(static_cast<std::int32_t>(page.number));
    if (page.node == 0)
        return proc_here::find_numbered(static_cast<std::int32_t>(page.number));
    return find_subject(ProcNode::decode(page.node));
}

Result<void> describe(AskPage& page)
{
    ProcSubject const subject = TRY(subject_of(page));
    Process const& process = *subject.process;
    Credentials const& who = process.credentials;
    FsContext const* const places = process.fs;
    page.facts = {.node = proc_here::node_of(subject).encode(),
        .process = process.pid,
        .uid = who.uid,
        .euid = who.euid,
        .suid = who.suid,
        .gid = who.gid,
        .egid = who.egid,
        .sgid = who.sgid,
        .threads = process.thread_count,
        .permitted = who.permitted,
        .root = places != nullptr && places->far_root != nullptr ? far_handle(*places->far_root) : Handle{},
        .dumpable = process.dumpable,
        .has_memory = process.space != nullptr,
        .has_places = places != nullptr};
    return {};
}

Result<void> inform(AskPage& page)
{
    ProcNode const node = ProcNode::decode(page.node);
    page.info = TRY(proc_here::inspect(node));
    if (node.kind >= ProcClass::Descriptor)
        page.leads_to = far_end_of(node, TRY(find_subject(node))).object;
    return {};
}

// ---- texts and entries ----------------------------------------------------------------------------------

// Records until there is enough, or a look at interrupts is due.
template <typename Generate> Result<void> make_records(Thread& reader, AskPage& page, Generate&& generate)
{
    std::uint64_t cursor = page.next = page.from;
    page.length = page.holes.count = 0;
    do {
        std::uint32_t const holes = page.holes.count;
        FormatSink sink{std::span{page.text}.subspan(page.length)};
        page.more = TRY(generate(cursor, sink));
        if (sink.cut_off() && page.length != 0) { // this record comes first next time
            page.holes.count = holes;
            page.more = true;
            break;
        }
        for (std::uint32_t i = holes; i < page.holes.count; ++i)
            page.holes.list[i].at = static_cast<std::uint16_t>(page.holes.list[i].at + page.length);
        page.length += static_cast<std::uint32_t>(sink.size());
        page.next = cursor;
    } while (page.more && page.length < enough_text
        && page.holes.count + TextHoles::each_record <= TextHoles::limit && !must_yield(reader));
    return {};
}

Result<void> make_text(Thread& reader, AskPage& page)
{
    ProcNode const node = ProcNode::decode(page.node);
    return make_records(reader, page, [&](std::uint64_t& cursor, FormatSink& sink) {
        return proc_here::generate(reader, node, cursor, sink, &page.holes);
    });
}

Result<void> list(Thread& reader, AskPage& page)
{
    ProcNode const directory = ProcNode::decode(page.node);
    [[clang::uninitialized]] NodeEntry entry;
    page.node_count = 0;
    page.next = page.from;
    do {
        page.more = TRY(proc_here::next_entry(directory, page.next, entry));
        if (page.more)
            page.nodes[page.node_count++] = entry.info.node;
    } while (page.more && page.node_count < AskPage::node_limit && !must_yield(reader));
    return {};
}

// In the order of their numbers. The birth torus's record counts, wherever the process lives.
void list_processes(Thread& reader, AskPage& page)
{
    Torus const& torus = this_torus();
    std::uint64_t* const part = page.nodes + static_cast<std::size_t>(torus.number) * page.number;
    auto pid = static_cast<std::int32_t>(page.from);
    std::uint8_t count = 0;
    std::uint8_t last = 0;
    while (count < page.number && !(count != 0 && must_yield(reader))) {
        Process const* const process = next_process(pid);
        if (process == nullptr) {
            last = AskPage::last_ones;
            break;
        }
        part[count++] = node_of(*process).encode();
    }
    page.counts[torus.number] = count | last;
}

// ---- links ----------------------------------------------------------------------------------------------

Result<void> read_link(Thread& reader, AskPage& page)
{
    ProcNode const node = ProcNode::decode(page.node);
    ProcSubject const subject = TRY(proc_here::inspected(reader, node));
    LinkEnd const end = far_end_of(node, subject);
    page.leads_to = end.object;
    page.leads_to_root = end.root;
    page.length = 0;
    if (!end.object.is_null() || end.root)
        return {};
    page.length = static_cast<std::uint32_t>(TRY(proc_here::read_link(reader, node, page.text)));
    if (node.kind == ProcClass::Descriptor) // nobody else's, and without a name: it can still be opened here
        page.leads_to
            = file_records().open_files.handle_of(subject.process->files->get(static_cast<int>(node.number)));
    return {};
}

Result<void> path_of(AskPage& page)
{
    OpenFile const* const file = file_records().open_files.find(page.object);
    if (file == nullptr)
        return unexpected{Status::NotFound};
    page.length = static_cast<std::uint32_t>(path_text(*file, page.text));
    return {};
}

// ---- files ----------------------------------------------------------------------------------------------

Result<OpenFile*> file_of(AskPage const& page)
{
    OpenFile* const file = file_records().open_files.find(page.object);
    return file != nullptr ? Result<OpenFile*>{file} : unexpected{Status::BadDescriptor};
}

Result<void> describe_file(Thread& reader, AskPage& page)
{
    OpenFile& file = *TRY(file_of(page));
    return make_records(reader, page, [&](std::uint64_t& cursor, FormatSink& sink) {
        return Result<bool>{process_files::describe_file(file, page.number, cursor, sink)};
    });
}

Result<void> fetch(OpenFile& file, AskPage& page)
{
    if (file.kind != FileKind::Regular || !file.can_read)
        return unexpected{Status::BadArgument};
    page.next = page.node != AskPage::own_offset ? page.node : file.offset;
    std::size_t const size = std::min<std::size_t>(page.number, AskPage::text_size);
    page.length = static_cast<std::uint32_t>(read_pages(file, page.next, page.text, size));
    return {};
}

Result<void> file_answer(AskPage& page)
{
    OpenFile& file = *TRY(file_of(page));
    if (page.kind == AskKind::Fetch)
        return fetch(file, page);
    file.offset = page.node; // Seek
    return {};
}

// The file is not to be waited for, just now; what there is room for is written.
Outcome store_now(Thread& thread, OpenFile& file, AskPage& page)
{
    std::size_t const size
        = file.kind == FileKind::Pipe ? std::min<std::size_t>(page.length, file.pipe->room()) : page.length;
    if (size == 0 && page.length != 0 && file.pipe->readers != 0) {
        page.length = 0;
        page.blocks = true;
        return 0;
    }
    IoRequest io{.buffer = IoBuffer::kernel(page.text, size), .offset = file.offset, .in_kernel = true};
    std::uint32_t const flags = std::exchange(file.flags, file.flags | open_flag::nonblock);
    Outcome const outcome = operations_of(file).write(thread, file, io);
    file.flags = flags;
    file.offset = io.offset;
    if (io.done == 0 && !outcome.finished())
        return outcome;
    page.length = static_cast<std::uint32_t>(io.done);
    page.blocks = io.done == 0 && outcome.value() == Outcome{Status::WouldBlock}.value();
    if (io.done == 0 && outcome.failed() && !page.blocks)
        page.status = static_cast<std::uint32_t>(linux_abi::status_of(static_cast<int>(-outcome.value())));
    return 0;
}

Outcome store(Thread& thread, AskPage& page)
{
    OpenFile& file = *TRY(file_of(page));
    bool const fits = file.kind == FileKind::Pipe
        || (!file.appends() && file.kind != FileKind::Full && file.kind != FileKind::Zero);
    page.nonblocking = file.nonblocking();
    page.status = page.blocks = 0;
    if (fits && operations_of(file).write != nullptr)
        return store_now(thread, file, page);
    page.length = 0;
    page.status = static_cast<std::uint32_t>(Status::BadArgument);
    return 0;
}

Outcome punch(Thread& thread, AskPage& page)
{
    if (cutting(thread)) {
        Outcome const cut = go_on_cutting(thread);
        if (!cut.finished() || cut.failed())
            return cut;
        return 0;
    }
    OpenFile& file = *TRY(file_of(page));
    if (file.kind != FileKind::Regular || !file.can_write)
        return Status::AccessDenied;
    return punch_hole(thread, *file.inode, page.node, page.node + page.number * page_size);
}

// The rows have no names here: all tori that take programs have the same.
void count_objects(AskPage& page)
{
    static_assert(ObjectRows::limit * 3 <= AskPage::node_limit);
    char const* name = nullptr;
    ObjectCount count{};
    page.node_count = 0;
    for (unsigned row = 0; object_row(row, name, count); ++row)
        for (std::uint64_t const word : {count.live, count.limit, count.bytes})
            page.nodes[page.node_count++] = word;
}

Result<void> answer(Thread& reader, AskPage& page)
{
    switch (page.kind) {
    case AskKind::Describe:
    case AskKind::DescribeThread:
        return describe(page);
    case AskKind::Info:
        return inform(page);
    case AskKind::List:
        return list(reader, page);
    case AskKind::Text:
        return make_text(reader, page);
    case AskKind::Link:
        return read_link(reader, page);
    case AskKind::Write:
        return proc_here::write(reader, ProcNode::decode(page.node), {page.text, page.length});
    case AskKind::PathOf:
        return path_of(page);
    case AskKind::Description:
        return describe_file(reader, page);
    case AskKind::Processes:
        return list_processes(reader, page), Result<void>{};
    case AskKind::Policy:
        return set_policy(this_torus(), static_cast<TorusPolicy>(page.from));
    case AskKind::Objects:
        return count_objects(page), Result<void>{};
    default:
        return file_answer(page);
    }
}

// What may wait, and then runs again from its start.
Outcome run(Thread& thread, AskPage& page)
{
    if (page.kind == AskKind::Store)
        return store(thread, page);
    if (page.kind == AskKind::Punch)
        return punch(thread, page);
    Result<void> const answered = answer(thread, page);
    if (answered || answered.error() != Status::Elsewhere)
        return answered ? Outcome{0} : Outcome{answered.error()};
    page.elsewhere = this_torus().far->elsewhere + 1;
    return 0;
}

// Who asks, as handlers see it: a process of this torus is itself.
Process& reader_of(AskPage const& page)
{
    Process* const own = find_process(page.reader);
    if (own != nullptr && own->home.is_null())
        return *own;
    Process& reader = this_torus().far->asks->reader;
    reader.pid = page.reader;
    reader.credentials = page.credentials;
    reader.limits[Resource::FileSize].soft = page.file_limit;
    return reader;
}

} // namespace

Outcome ask_visit(Visitor& visitor, Arguments const& arguments)
{
    auto& page = *static_cast<AskPage*>(FramePool::pointer(Paddr{arguments[0]}));
    Thread& thread = visitor.thread;
    Process* const nobody = std::exchange(thread.process, &reader_of(page));
    Outcome const outcome = run(thread, page);
    thread.process = nobody;
    return outcome;
}

} // namespace torc
