// SPDX-License-Identifier: MIT
// A terminal as a file: open, read, write, poll.
#include "arch/clock.hpp"
#include "kernel/files/file_operations.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/poll/poll_table.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/terminal/job_control.hpp"
#include "kernel/terminal/terminal_control.hpp"
#include "kernel/terminal/terminal_records.hpp"
#include "kernel/time/clock.hpp"

namespace torc {
namespace {

constexpr Device controlling_device{5, 0}, console_device{5, 1};

Terminal* find_terminal(Thread const& thread, Device device)
{
    if (device == controlling_device)
        return controlling_terminal(*thread.process);
    TerminalRecords const* const records = this_torus().terminals;
    if (records == nullptr || records->console == nullptr)
        return nullptr;
    return device == console_device || device == records->console->device ? records->console : nullptr;
}

Result<void> terminal_open(Thread& thread, OpenFile& file)
{
    Device const device = file.inode->device;
    Terminal* const terminal = find_terminal(thread, device);
    if (terminal == nullptr)
        return unexpected{Status::NoDevice};
    if (terminal->exclusive && !thread.process->credentials.capable(Capability::SysAdmin))
        return unexpected{Status::Busy};
    file.terminal = terminal;
    file.offset = device == console_device ? opened_as_console : terminal->hang_ups;
    if (!(file.flags & open_flag::no_terminal) && device != console_device && file.can_read)
        become_controlling_at_open(thread, *terminal);
    return {};
}

// ---- reading ------------------------------------------------------------------------------------------

// False: the caller's address was bad.
bool move_input(IoRequest& io, InputQueue& input, std::size_t count)
{
    while (count != 0) {
        std::span<char const> const piece = input.front(count);
        std::size_t const moved = io.buffer.put(piece.data(), piece.size());
        input.consume(moved);
        io.done += moved;
        if (moved < piece.size())
            return false;
        count -= moved;
    }
    return true;
}

Outcome read_line(Thread& thread, OpenFile& file, IoRequest& io)
{
    InputQueue& input = file.terminal->discipline.input;
    InputQueue::Line const line = input.first_line(io.buffer.left());
    if (line.consumed == 0)
        return wait_for_file(thread, file, io, file.terminal->readers);
    bool const moved = move_input(io, input, line.bytes);
    if (moved)
        input.consume(line.consumed - line.bytes);
    terminal_has_room(*file.terminal);
    return moved ? io_result(io) : io_failed(io, Status::BadAddress);
}

Outcome wait_until(Thread& thread, OpenFile& file, IoRequest& io, std::uint64_t deadline)
{
    if (file.nonblocking())
        return io_failed(io, Status::WouldBlock);
    RestartRecord& record = thread.restart;
    Outcome const outcome = block_until(thread, file.terminal->readers, deadline, OnSignal::Restart);
    if (outcome.is_interrupted() && io.done != 0)
        return io_result(io);
    keep_progress(thread, io);
    record.timed = true;
    record.deadline_ticks = deadline;
    return outcome;
}

// The four cases of VMIN and VTIME: with VMIN, VTIME is the longest pause between two bytes; without, the
// time to wait for the first one.
Outcome wait_for_bytes(Thread& thread, OpenFile& file, IoRequest& io, bool moved_some)
{
    TerminalSettings const& settings = file.terminal->discipline.settings();
    std::uint64_t const time_ns = settings.character(ControlCharacter::Time) * 100'000'000ull;
    bool const minimum = settings.character(ControlCharacter::Minimum) != 0;
    if (time_ns == 0)
        return minimum ? wait_for_file(thread, file, io, file.terminal->readers) : io_result(io);
    if (minimum && io.done == 0)
        return wait_for_file(thread, file, io, file.terminal->readers);
    RestartRecord const& record = thread.restart;
    bool const starts = moved_some || record.kind == CallKind::None || !record.timed;
    std::uint64_t const deadline = starts ? deadline_after(time_ns) : record.deadline_ticks;
    if (!starts && arch::now_ticks() >= deadline)
        return io_result(io);
    return wait_until(thread, file, io, deadline);
}

Outcome read_bytes(Thread& thread, OpenFile& file, IoRequest& io)
{
    constexpr std::size_t grain = 2048;
    LineDiscipline& discipline = file.terminal->discipline;
    std::size_t const before = io.done;
    std::size_t const least = discipline.settings().character(ControlCharacter::Minimum);
    while (io.buffer.left() != 0 && discipline.input.size() != 0) {
        std::size_t const count = std::min({io.buffer.left(), discipline.input.size(), grain});
        bool const moved = move_input(io, discipline.input, count);
        terminal_has_room(*file.terminal);
        if (!moved)
            return io_failed(io, Status::BadAddress);
        if (must_yield(thread))
            break;
    }
    if (io.buffer.left() == 0 || (io.done != 0 && io.done >= least))
        return io_result(io);
    return wait_for_bytes(thread, file, io, io.done != before);
}

Outcome terminal_read(Thread& thread, OpenFile& file, IoRequest& io)
{
    if (is_dead(file))
        return io_result(io); // the end of the file
    if (!is_console(file)) {
        Outcome const allowed = check_foreground(thread, *file.terminal, sig::ttin);
        if (allowed.value() != 0)
            return io.done != 0 ? io_result(io) : allowed;
    }
    if (io.buffer.left() == 0)
        return io_result(io);
    if (file.terminal->discipline.settings().canonical())
        return read_line(thread, file, io);
    return read_bytes(thread, file, io);
}

// ---- writing ------------------------------------------------------------------------------------------

constexpr std::size_t write_grain = 128;

// What there is room for, at most a grain; says how much was taken. Fewer than asked for: a bad address.
std::size_t move_output(Terminal& terminal, IoRequest& io, std::size_t count)
{
    LineDiscipline& discipline = terminal.discipline;
    std::uint8_t bytes[write_grain];
    std::size_t const taken = io.buffer.take(bytes, count);
    for (std::size_t i = 0; i < taken; ++i)
        (void)discipline.output.put(discipline.settings(), bytes[i]); // there is room
    io.done += taken;
    terminal_transmit(terminal);
    return taken;
}

Outcome check_writer(Thread& thread, OpenFile const& file, IoRequest const& io)
{
    bool const stops = file.terminal->discipline.settings().local & local_flag::stop_background;
    if (!stops || is_console(file) || io.done != 0)
        return 0;
    return check_foreground(thread, *file.terminal, sig::ttou);
}

Outcome terminal_write(Thread& thread, OpenFile& file, IoRequest& io)
{
    if (is_dead(file))
        return io_failed(io, Status::Io);
    if (Outcome const allowed = check_writer(thread, file, io); allowed.value() != 0)
        return allowed;
    Terminal& terminal = *file.terminal;
    while (io.buffer.left() != 0) {
        LineDiscipline const& discipline = terminal.discipline;
        std::size_t const room
            = discipline.output.queue.room_for_programs() / OutputProcessor::expansion(discipline.settings());
        std::size_t const count = std::min({io.buffer.left(), room, write_grain});
        if (count == 0)
            return wait_for_file(thread, file, io, terminal.writers);
        if (move_output(terminal, io, count) < count)
            return io_failed(io, Status::BadAddress);
        if (io.buffer.left() != 0 && must_yield(thread))
            return yield_io(thread, io);
    }
    return io_result(io);
}

// ---- poll ---------------------------------------------------------------------------------------------

std::uint32_t terminal_poll(OpenFile& file, PollTable* table)
{
    using namespace poll_event;
    if (is_dead(file))
        return in | out | error | hang_up | read_normal | write_normal;
    Terminal& terminal = *file.terminal;
    if (table != nullptr) {
        table->wait_in(terminal.readers, in | read_normal);
        table->wait_in(terminal.writers, out | write_normal);
    }
    constexpr std::size_t worth_writing = 256;
    LineDiscipline const& discipline = terminal.discipline;
    std::size_t const minimum = discipline.settings().character(ControlCharacter::Minimum);
    bool const waits_for_minimum
        = minimum != 0 && discipline.settings().character(ControlCharacter::Time) == 0;
    std::uint32_t ready = 0;
    if (discipline.readable(waits_for_minimum ? minimum : 1))
        ready |= in | read_normal;
    if (discipline.output.queue.room_for_programs() >= worth_writing)
        ready |= out | write_normal;
    return ready;
}

} // namespace

constinit FileOperations const terminal_operations{.open = terminal_open,
    .read = terminal_read,
    .write = terminal_write,
    .poll = terminal_poll,
    .ioctl = terminal_ioctl};

} // namespace torc
