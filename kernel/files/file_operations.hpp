// SPDX-License-Identifier: MIT
// What each kind of open file can do. A null entry means the call's usual refusal (given in brackets). The
// table is indexed by FileKind; a subsystem that owns a kind defines its row (terminal_operations in
// kernel/terminal/, kernel_log_operations next to the log).
#pragma once
#include "kernel/files/file_flags.hpp"
#include "kernel/files/io_buffer.hpp"
#include "kernel/files/open_file.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/process/wait_queue.hpp"

namespace torc {
class FormatSink;
struct Thread;

// Where a poll registers its waiters; null when it only wants to know what is ready.
class PollTable;

// Moves what it can and says: io.done (> 0, or 0 at the end of the file), an error when nothing was moved
// yet, blocked or again through wait_for_file / yield_file, which keep io.done for the next run.
using ReadOrWrite = Outcome (*)(Thread& thread, OpenFile& file, IoRequest& io);

struct FileOperations {
    Result<void> (*open)(Thread& thread, OpenFile& file){
        nullptr}; // after inode and flags are set; null: nothing to do
    void (*release)(OpenFile& file){nullptr}; // the last reference goes; must not block
    ReadOrWrite read{nullptr}; // [EINVAL]
    ReadOrWrite write{nullptr}; // [EINVAL]
    // Events that are ready now (poll_event); registers in the queues whose wake-ups may change that.
    // [always readable and writable]
    std::uint32_t (*poll)(OpenFile& file, PollTable* table){nullptr};
    Outcome (*ioctl)(Thread& thread, OpenFile& file, std::uint32_t command, std::uint64_t argument){
        nullptr}; // [ENOTTY]
    Outcome (*seek)(OpenFile& file, std::int64_t offset, Whence whence){nullptr}; // [ESPIPE]
    Outcome (*read_directory)(Thread& thread, OpenFile& file, Uaddr buffer, std::size_t size){
        nullptr}; // [ENOTDIR]
    // What fdinfo says of this kind besides what it says of all: the record at `cursor` (0 at first), which
    // moves on; false: that was the last. [nothing]
    bool (*describe)(OpenFile& file, std::uint64_t& cursor, FormatSink& out){nullptr};
};

extern FileOperations const* const file_operations[static_cast<unsigned>(FileKind::count_)];
inline FileOperations const& operations_of(OpenFile const& file)
{
    return *file_operations[static_cast<unsigned>(file.kind)];
}

// The calls read and write, of a file that has been looked up already.
Outcome read_by(Thread& thread, OpenFile& file, Arguments const& arguments);
Outcome write_by(Thread& thread, OpenFile& file, Arguments const& arguments);

// Waits in `queue`, unless the file is non-blocking (WouldBlock); with bytes moved already, returns those
// instead of failing or being interrupted.
Outcome wait_for_file(Thread& thread, OpenFile& file, IoRequest& io, WaitQueue& queue);
// A grain is over: keeps io.done and runs again.
Outcome yield_io(Thread& thread, IoRequest& io);
// The usual end: bytes moved, or the error if there were none.
inline Outcome io_result(IoRequest const& io)
{
    return Outcome{static_cast<std::int64_t>(io.done)};
}
inline Outcome io_failed(IoRequest const& io, Status status)
{
    return io.done ? io_result(io) : Outcome{status};
}

} // namespace torc
