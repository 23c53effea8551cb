// SPDX-License-Identifier: MIT
#include "kernel/files/file_operations.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/thread.hpp"

namespace torc {

FileOperations const* const file_operations[static_cast<unsigned>(FileKind::count_)] = {
    &regular_operations,
    &directory_operations,
    &dynamic_text_operations,
    &dynamic_directory_operations,
    &pipe_operations,
    &path_only_operations,
    &null_operations,
    &zero_operations,
    &full_operations,
    &random_operations,
    &kernel_log_operations,
    &terminal_operations,
    &no_device_operations,
    &far_operations,
    &event_counter_operations,
    &timer_operations,
    &signal_operations,
    &epoll_operations,
    &process_operations,
};

Outcome wait_for_file(Thread& thread, OpenFile& file, IoRequest& io, WaitQueue& queue)
{
    if (file.nonblocking())
        return io_failed(io, Status::WouldBlock);
    Outcome const outcome = block(thread, queue, OnSignal::Restart);
    if (outcome.is_interrupted() && io.done != 0)
        return io_result(io);
    if (io.done != 0 || thread.restart.kind != CallKind::None) [[unlikely]]
        keep_progress(thread, io); // else it begins again
    return outcome;
}

Outcome yield_io(Thread& thread, IoRequest& io)
{
    keep_progress(thread, io);
    return Outcome::again();
}

void keep_progress(Thread& thread, IoRequest const& io)
{
    thread.restart.done = io.done;
    if (thread.restart.kind == CallKind::None)
        thread.restart.kind = CallKind::Read;
}

} // namespace torc
