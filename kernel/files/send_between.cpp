// SPDX-License-Identifier: MIT
#include "kernel/files/send_between.hpp"
#include "kernel/files/descriptor.hpp"
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_operations.hpp"
#include "kernel/files/pipe.hpp"
#include "kernel/memory/frame_pool.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/poll/poll_table.hpp"
#include "kernel/proc/proc_asks.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/far_inode.hpp"
#include <algorithm>
#include <bit>
#include <utility>

namespace torc {
namespace {

enum Step : std::uint8_t { checks, sends, ends };

bool is_far(OpenFile const& file)
{
    return file.kind == FileKind::Far;
}

struct Sending {
    Thread& thread;
    OpenFile& out;
    OpenFile& in;
    std::uint64_t place; // of the offset in user memory; 0: the file's own
    std::uint64_t count;
    RestartRecord& record{thread.restart};

    std::uint64_t& sent() { return record.done; }
    std::uint64_t offset() { return record.cursor + sent(); }
};

// ---- may it be? -------------------------------------------------------------------------------------------

Result<void> check_in(OpenFile& in)
{
    FileKind kind = in.kind;
    bool can_read = in.can_read;
    if (is_far(in)) {
        TRY(learn_far_file(in));
        kind = static_cast<FileKind>(far_facts(in).kind);
        can_read = far_facts(in).can_read;
    }
    if (!can_read || kind == FileKind::PathOnly)
        return unexpected{Status::BadDescriptor};
    return kind == FileKind::Regular ? Result<void>{} : unexpected{Status::BadArgument};
}

Result<void> check_out(OpenFile& out)
{
    if (is_far(out)) { // the rest its owner sees
        TRY(learn_far_file(out));
        return far_facts(out).can_write ? Result<void>{} : unexpected{Status::BadDescriptor};
    }
    if (!out.can_write || out.kind == FileKind::PathOnly)
        return unexpected{Status::BadDescriptor};
    bool const fits = out.kind == FileKind::Pipe
        || (!out.appends() && out.kind != FileKind::Full && out.kind != FileKind::Zero);
    return fits && operations_of(out).write != nullptr ? Result<void>{} : unexpected{Status::BadArgument};
}

Result<void> check(Sending& s)
{
    std::int64_t const given = s.place != 0 ? TRY(copy_in<std::int64_t>(Uaddr{s.place})) : 0;
    Result<void> const in = check_in(s.in), out = check_out(s.out);
    for (Status const status : {Status::NotYet, Status::BadDescriptor})
        if ((!in && in.error() == status) || (!out && out.error() == status))
            return unexpected{status};
    if (given < 0 || static_cast<std::int64_t>(s.count) < 0)
        return unexpected{Status::BadArgument};
    TRY(in);
    TRY(out);
    s.record.cursor = s.place != 0 ? static_cast<std::uint64_t>(given) : AskPage::own_offset;
    s.record.step = sends;
    return {};
}

// ---- a piece ----------------------------------------------------------------------------------------------

struct Piece {
    std::string_view bytes;
    AskPage* page{nullptr}; // that holds them, to be forgotten
};

Result<Piece> piece_here(Sending& s, std::size_t size)
{
    static constexpr char hole[AskPage::text_size]{};
    Inode& inode = *s.in.inode;
    std::uint64_t const offset = s.offset();
    std::size_t const in_page = page_size - offset % page_size;
    if (offset >= inode.size)
        return Piece{};
    size = std::min({size, in_page, static_cast<std::size_t>(inode.size - offset)});
    Paddr const frame = inode.file().pages.find(offset / page_size);
    char const* const from
        = frame.raw() != 0 ? static_cast<char const*>(FramePool::pointer(frame)) + offset % page_size : hole;
    return Piece{{from, size}};
}

Result<Piece> piece_there(Sending& s, std::size_t size)
{
    Handle const object = far_handle(s.in);
    bool const own = s.record.cursor == AskPage::own_offset;
    AskPage& page = *TRY(ask(s.thread, object.torus().number,
        {.kind = AskKind::Fetch,
            .node = own ? AskPage::own_offset : s.offset(),
            .number = static_cast<std::uint32_t>(size),
            .object = object}));
    if (own)
        s.record.cursor = page.next;
    return Piece{{page.text, page.length}, &page};
}

Result<Piece> next_piece(Sending& s)
{
    std::size_t const size = std::min<std::uint64_t>(s.count - s.sent(), AskPage::text_size);
    if (is_far(s.in))
        return piece_there(s, size);
    if (s.record.cursor == AskPage::own_offset)
        s.record.cursor = s.in.offset;
    return piece_here(s, size);
}

// ---- writing it -------------------------------------------------------------------------------------------

// Moves `sent` on. Not finished, or failed, when it could not go on.
Outcome write_here(Sending& s, std::string_view bytes)
{
    std::size_t const all = bytes.size();
    if (s.out.kind == FileKind::Pipe) // a part is as good as all
        bytes = bytes.substr(0, s.out.pipe->room());
    RestartRecord const kept = s.record; // the inner operation must not take it for its own
    s.record.clear();
    IoRequest io{
        .buffer = IoBuffer::kernel(bytes.data(), bytes.size()), .offset = s.out.offset, .in_kernel = true};
    Outcome const outcome = operations_of(s.out).write(s.thread, s.out, io);
    s.out.offset = io.offset;
    s.record = kept;
    s.sent() += io.done;
    return io.done == all ? Outcome{0} : io.done == bytes.size() ? Outcome::again() : outcome;
}

Outcome wait_for_room(Sending& s)
{
    PollTable table{s.thread, nullptr};
    table.want(poll_event::out | poll_event::error | poll_event::hang_up);
    std::uint32_t const ready = operations_of(s.out).poll(s.out, &table);
    if (ready == 0 && !table.failed()) {
        Outcome const waits = block_on(s.thread, table.first(), no_deadline, OnSignal::Restart);
        if (waits.is_blocked()) {
            s.record.object = reinterpret_cast<std::uint64_t>(table.first()); // SAFETY: see send_between
            return waits;
        }
        free_waiters(table.first());
        return waits;
    }
    free_waiters(table.first());
    return table.failed() ? Outcome{Status::NoMemory} : Outcome::again();
}

void raise(Thread& thread, SignalSet signals)
{
    for (; signals != 0; signals &= signals - 1)
        (void)signal_send(thread,
            user_signal(
                static_cast<unsigned>(std::countr_zero(signals)) + 1, signal_code::user, *thread.process));
}

Outcome write_there(Sending& s, std::string_view bytes)
{
    Handle const object = far_handle(s.out);
    AskPage const& page = *TRY(
        ask(s.thread, object.torus().number, {.kind = AskKind::Store, .object = object, .text = bytes}));
    std::uint32_t const written = page.length;
    auto const failure = static_cast<Status>(page.status);
    bool const blocks = page.blocks, nonblocking = page.nonblocking;
    SignalSet const raised = page.raised;
    forget(page);
    s.sent() += written;
    raise(s.thread, raised);
    if (failure != Status{})
        return failure;
    if (!blocks)
        return written == bytes.size() ? Outcome{0} : Outcome::again();
    if (s.sent() != 0)
        return Status::WouldBlock; // what went is the result
    return nonblocking ? Outcome{Status::WouldBlock} : wait_for_room(s);
}

// Finished with 1: there may be more; with 0: the file is at its end.
Outcome send_piece(Sending& s)
{
    if (s.out.kind == FileKind::Pipe) { // is waited for before the first byte only
        if (s.sent() != 0 && s.out.pipe->room() == 0)
            return 0;
        if (Outcome const room = pipe_wait_for_room(s.thread, s.out); !room.finished() || room.failed())
            return room;
    }
    Piece const piece = TRY(next_piece(s));
    if (piece.bytes.empty())
        return 0;
    Outcome const written = is_far(s.out) ? write_there(s, piece.bytes) : write_here(s, piece.bytes);
    if (written.is_not_yet())
        return written; // the piece is kept
    if (piece.page != nullptr)
        forget(*piece.page);
    return written.finished() && !written.failed() ? Outcome{1} : written;
}

// ---- the end ----------------------------------------------------------------------------------------------

Outcome end(Sending& s)
{
    s.record.step = ends;
    if (s.sent() == 0)
        return 0;
    if (s.place != 0)
        TRY(copy_out(Uaddr{s.place}, s.offset()));
    else if (!is_far(s.in))
        s.in.offset = s.offset();
    else
        TRY(ask(s.thread, far_handle(s.in).torus().number,
            {.kind = AskKind::Seek, .node = s.offset(), .object = far_handle(s.in)}));
    return s.sent();
}

Outcome run(Sending& s)
{
    if (s.record.step == checks)
        TRY(check(s));
    while (s.record.step == sends && s.sent() < s.count) {
        Outcome const outcome = send_piece(s);
        if (outcome.is_blocked() || outcome.is_again() || outcome.is_not_yet())
            return outcome;
        if (s.sent() == 0 && (!outcome.finished() || outcome.failed()))
            return outcome;
        if (!outcome.finished() || outcome.failed() || outcome.value() == 0)
            break;
        if (must_yield(s.thread))
            return Outcome::again();
    }
    return end(s);
}

} // namespace

Outcome send_between(Thread& thread, Arguments const& arguments)
{
    OpenFile* const out = thread.process->files->get(arguments.as_int(0));
    OpenFile* const in = thread.process->files->get(arguments.as_int(1));
    RestartRecord& record = thread.restart;
    free_waiters(
        reinterpret_cast<Waiter*>(std::exchange(record.object, 0))); // SAFETY: wait_for_room put it there
    if (out == nullptr || in == nullptr)
        return Status::BadDescriptor;
    record.kind = CallKind::SendBetween;
    Sending sending{
        thread, *out, *in, arguments[2], std::min<std::uint64_t>(arguments[3], IoBuffer::transfer_limit)};
    return run(sending);
}

} // namespace torc
