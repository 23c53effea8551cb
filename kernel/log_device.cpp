// SPDX-License-Identifier: MIT
// /dev/kmsg: each read gives one record, each write makes one. The file's node is the number of the next
// record.
#include "arch/clock.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/log_reading.hpp"
#include "kernel/log_text.hpp"
#include "kernel/poll/poll_table.hpp"
#include "kernel/process/process.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

std::uint64_t microseconds_of(LogRing::Line const& line)
{
    return arch::ticks_to_ns(line.ticks) / 1000;
}

Result<void> open_log(Thread& thread, OpenFile& file)
{
    if (file.can_read && !may_read_log(thread))
        return unexpected{Status::NotPermitted};
    file.node = torus_log().first_sequence();
    return {};
}

void release_log(OpenFile& file)
{
    file.node = 0;
}

Outcome read_record(Thread& thread, OpenFile& file, IoRequest& io)
{
    LogRing::Line const line = torus_log().at_or_after(file.node);
    if (!line.found)
        return wait_for_file(thread, file, io, this_torus().log_readers);
    if (line.sequence != file.node) { // what came next has made room for newer ones
        file.node = line.sequence;
        return Status::BrokenPipe;
    }
    [[clang::uninitialized]] char storage[longest_log_text];
    FormatSink record{storage};
    put_kmsg_record(record, line, microseconds_of(line));
    ++file.node;
    if (record.size() > io.buffer.left())
        return Status::BadArgument;
    if (io.buffer.put(storage, record.size()) < record.size())
        return Status::BadAddress;
    io.done += record.size();
    return io_result(io);
}

Outcome write_record(Thread&, OpenFile&, IoRequest& io)
{
    [[clang::uninitialized]] char text[LogRing::longest_line];
    std::size_t const size = io.buffer.left();
    if (size > sizeof text)
        return Status::BadArgument;
    if (io.buffer.take(text, size) < size)
        return Status::BadAddress;
    WrittenLine const line = parse_written_line({text, size});
    log_line(line.text, line.priority);
    io.done += size;
    return io_result(io);
}

std::uint32_t poll_log(OpenFile& file, PollTable* table)
{
    if (table != nullptr)
        table->wait_in(this_torus().log_readers, poll_event::in | poll_event::read_normal);
    LogRing const& ring = torus_log();
    if (file.node >= ring.next_sequence())
        return 0;
    bool const missed = file.node < ring.first_sequence();
    return poll_event::in | poll_event::read_normal | (missed ? poll_event::error | poll_event::priority : 0);
}

Outcome seek_log(OpenFile& file, std::int64_t offset, Whence whence)
{
    if (offset != 0)
        return Status::IllegalSeek;
    switch (whence) {
    case Whence::Set:
        file.node = torus_log().first_sequence();
        return 0;
    case Whence::Data:
        file.node = cleared_log_sequence();
        return 0;
    case Whence::End:
        file.node = torus_log().next_sequence();
        return 0;
    default:
        return Status::BadArgument;
    }
}

} // namespace

constinit FileOperations const kernel_log_operations{.open = open_log,
    .release = release_log,
    .read = read_record,
    .write = write_record,
    .poll = poll_log,
    .seek = seek_log};

} // namespace torc
