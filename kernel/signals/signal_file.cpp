// SPDX-License-Identifier: MIT
// signalfd: signals read as records. The file is a mask and nothing else: what it shows are the signals of
// the thread that reads or polls it.
#include "kernel/files/anonymous_file.hpp"
#include "kernel/files/descriptor.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/format.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/poll/poll_table.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/pending.hpp"
#include "kernel/signals/signal_file_record.hpp"
#include "kernel/signals/signal_records.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

SignalSet awaited_now(Thread const& thread, OpenFile const& file)
{
    return (thread.pending.set | thread.process->pending.set) & file.signal_mask;
}

// The next signal goes out before it is taken: a bad address loses none.
Result<void> give_next(Thread& thread, OpenFile const& file, IoRequest& io)
{
    SignalInfo scratch;
    Process& process = *thread.process;
    SignalSet const own = thread.pending.set & file.signal_mask;
    bool const from_own = own != 0;
    unsigned const signal = next_signal(from_own ? own : process.pending.set & file.signal_mask);
    PendingSignals const& pending = from_own ? thread.pending : process.pending;
    SignalFileRecord const record = record_of(pending_look(pending, signal, scratch));
    if (io.buffer.put(&record, sizeof record) != sizeof record)
        return unexpected{Status::BadAddress};
    take_signal(thread, signal_bit(signal), scratch);
    io.done += sizeof record;
    return {};
}

Outcome read_signals(Thread& thread, OpenFile& file, IoRequest& io)
{
    if (io.done == 0 && io.buffer.left() < sizeof(SignalFileRecord))
        return Status::BadArgument;
    if (awaited_now(thread, file) == 0)
        return io.done != 0 ? io_result(io)
                            : wait_for_file(thread, file, io, thread.process->handlers->watchers);
    Result<void> given;
    while (given && io.buffer.left() >= sizeof(SignalFileRecord) && awaited_now(thread, file) != 0) {
        given = give_next(thread, file, io);
        if (given && must_yield(thread)) {
            recompute_attention(thread);
            return yield_io(thread, io);
        }
    }
    recompute_attention(thread);
    return given ? io_result(io) : io_failed(io, given.error());
}

std::uint32_t poll_signals(OpenFile& file, PollTable* table)
{
    Thread const& thread = *this_torus().current;
    if (table != nullptr)
        table->wait_in(thread.process->handlers->watchers, poll_event::in);
    return awaited_now(thread, file) != 0 ? poll_event::in : 0;
}

bool describe_signals(OpenFile& file, std::uint64_t&, FormatSink& out)
{
    format_to(out, "sigmask:\t{:016x}\n", file.signal_mask);
    return false;
}

} // namespace

constinit FileOperations const signal_operations{
    .read = read_signals, .poll = poll_signals, .seek = seek_nowhere, .describe = describe_signals};

Outcome linux_abi::call_signalfd4(Thread& thread, Arguments const& arguments)
{
    auto const flags = static_cast<std::uint32_t>(arguments[3]);
    if (arguments[2] != sizeof(SignalSet))
        return Status::BadArgument;
    SignalSet const mask = TRY(copy_in<SignalSet>(Uaddr{arguments[1]})) & ~unblockable_signals;
    if (flags & ~(open_flag::nonblock | open_flag::close_on_exec))
        return Status::BadArgument;
    if (arguments.as_int(0) == -1) {
        OpenFile& file = *TRY(create_anonymous_file(FileKind::Signals, flags));
        file.signal_mask = mask;
        return give_descriptor(thread, file, flags);
    }
    OpenFile& file = *TRY(descriptor(thread, arguments.as_int(0)));
    if (file.kind != FileKind::Signals)
        return Status::BadArgument;
    file.signal_mask = mask;
    thread.process->handlers->watchers.wake(~0u, poll_event::in); // who waits may have been sent it long ago
    return arguments.as_int(0);
}

} // namespace torc
