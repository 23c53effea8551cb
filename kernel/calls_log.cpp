// SPDX-License-Identifier: MIT
// syslog(2): the log as one text, and the console's level.
#include "arch/clock.hpp"
#include "kernel/devicetree/command_line.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/log_reading.hpp"
#include "kernel/log_text.hpp"
#include "kernel/machine_records.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {
namespace {

constexpr unsigned quiet_level = 4, lowest_level = 1;

void wake_readers()
{
    this_torus().log_readers.wake_all();
}

// The text of one line, made in `room`.
std::string_view text_of(LogRing::Line const& line, FormatSink& room)
{
    room.clear();
    put_syslog_line(room, line, arch::ticks_to_ns(line.ticks) / 1000);
    return room.view();
}

std::size_t text_size(LogRing::Line const& line)
{
    [[clang::uninitialized]] char storage[longest_log_text];
    FormatSink room{storage};
    return text_of(line, room).size();
}

Result<void> check_buffer(Arguments const& arguments)
{
    if (arguments[1] == 0 || arguments.as_int(2) < 0)
        return unexpected{Status::BadArgument};
    if (!user_range(Uaddr{arguments[1]}, static_cast<std::size_t>(arguments.as_int(2))))
        return unexpected{Status::BadAddress};
    return {};
}

// SYSLOG_ACTION_READ: waits for a line, gives what fits, a line's rest next time.
Outcome read_next(Thread& thread, Arguments const& arguments, LogReading& reading)
{
    auto const size = static_cast<std::size_t>(arguments.as_int(2));
    if (size == 0)
        return 0;
    std::size_t done = 0;
    [[clang::uninitialized]] char storage[longest_log_text];
    FormatSink room{storage};
    while (done < size) {
        LogRing::Line const line = torus_log().at_or_after(reading.next);
        if (!line.found) {
            if (done == 0)
                return block(thread, this_torus().log_readers, OnSignal::Restart);
            break;
        }
        if (line.sequence != reading.next) {
            reading.next = line.sequence;
            reading.read_of_next = 0;
        }
        std::string_view const text = text_of(line, room).substr(reading.read_of_next);
        std::size_t const n = text.size() < size - done ? text.size() : size - done;
        if (!copy_out(Uaddr{arguments[1]} + done, text.data(), n))
            return done != 0 ? Outcome{done} : Outcome{Status::BadAddress};
        done += n;
        reading.read_of_next += n;
        if (n < text.size())
            break;
        ++reading.next;
        reading.read_of_next = 0;
    }
    return done;
}

// SYSLOG_ACTION_READ_ALL: the youngest whole lines that fit. In grains: restart.step 1 while it looks for the
// first of them (cursor, done: bytes from there on), 2 while it copies.
Outcome read_all(Thread& thread, Arguments const& arguments, LogReading& reading, bool clear)
{
    auto const size = static_cast<std::size_t>(arguments.as_int(2));
    RestartRecord& record = thread.restart;
    if (size == 0)
        return 0;
    if (record.kind == CallKind::None) {
        record.kind = CallKind::Other;
        record.step = 1;
        record.object = torus_log().next_sequence(); // lines that come meanwhile are left out
        record.cursor = record.object;
    }
    LogRing const& ring = torus_log();
    std::uint64_t const oldest = std::max(reading.cleared, ring.first_sequence());
    while (record.step == 1 && record.cursor > oldest) {
        std::size_t const more = text_size(ring.at_or_after(record.cursor - 1));
        if (record.done + more > size)
            break;
        record.done += more;
        --record.cursor;
        if (must_yield(thread))
            return Outcome::again();
    }
    if (record.step == 1) {
        record.step = 2;
        record.done = 0;
    }
    [[clang::uninitialized]] char storage[longest_log_text];
    FormatSink room{storage};
    while (record.cursor < record.object) {
        LogRing::Line const line = ring.at_or_after(record.cursor);
        std::string_view const text = text_of(line, room);
        if (record.done + text.size() > size)
            break;
        if (!copy_out(Uaddr{arguments[1]} + record.done, text.data(), text.size()))
            return Status::BadAddress;
        record.done += text.size();
        record.cursor = line.sequence + 1;
        if (must_yield(thread))
            return Outcome::again();
    }
    if (clear)
        reading.cleared = record.object;
    return record.done;
}

std::uint64_t unread_bytes(LogReading const& reading) // SYSLOG_ACTION_SIZE_UNREAD
{
    LogRing const& ring = torus_log();
    std::uint64_t const first = std::max(reading.next, ring.first_sequence());
    std::size_t bytes = 0;
    for (std::uint64_t at = first; at < ring.next_sequence(); ++at)
        bytes += text_size(ring.at_or_after(at));
    return first == reading.next ? bytes - reading.read_of_next : bytes;
}

Outcome switch_console(LogReading& reading, bool on)
{
    if (on && reading.saved_level != 0) {
        set_log_console_level(reading.saved_level);
        reading.saved_level = 0;
    } else if (!on) {
        if (reading.saved_level == 0)
            reading.saved_level = log_console_level();
        set_log_console_level(lowest_level);
    }
    return 0;
}

Outcome set_level(LogReading& reading, int level)
{
    if (level < 1 || level > 8)
        return Status::BadArgument;
    set_log_console_level(static_cast<unsigned>(level));
    reading.saved_level = 0;
    return 0;
}

enum class Action : int {
    Close,
    Open,
    Read,
    ReadAll,
    ReadClear,
    Clear,
    ConsoleOff,
    ConsoleOn,
    ConsoleLevel,
    SizeUnread,
    SizeBuffer
};

} // namespace

std::uint64_t cleared_log_sequence()
{
    Result<MachineRecords*> const machine = machine_records();
    return machine ? (*machine)->log.cleared : 0;
}

bool may_read_log(Thread const& thread)
{
    return thread.process->credentials.capable(Capability::Syslog);
}

void start_log_readers(std::string_view command_line)
{
    set_log_listener(wake_readers);
    dt::CommandLine const line{command_line};
    for (dt::Argument const& argument : line.kernel()) {
        if (argument.word == "quiet")
            set_log_console_level(quiet_level);
        else if (argument.name == "loglevel" && argument.value && argument.value->size() == 1)
            set_log_console_level(static_cast<unsigned>((*argument.value)[0] - '0') % 10);
    }
}

namespace linux_abi {

Outcome call_syslog(Thread& thread, Arguments const& arguments)
{
    if (!may_read_log(thread))
        return Status::NotPermitted;
    LogReading& reading = TRY(machine_records())->log;
    auto const action = static_cast<Action>(arguments.as_int(0));
    switch (action) {
    case Action::Close:
    case Action::Open:
        return 0;
    case Action::Read:
        TRY(check_buffer(arguments));
        return read_next(thread, arguments, reading);
    case Action::ReadAll:
    case Action::ReadClear:
        TRY(check_buffer(arguments));
        return read_all(thread, arguments, reading, action == Action::ReadClear);
    case Action::Clear:
        reading.cleared = torus_log().next_sequence();
        return 0;
    case Action::ConsoleOff:
    case Action::ConsoleOn:
        return switch_console(reading, action == Action::ConsoleOn);
    case Action::ConsoleLevel:
        return set_level(reading, arguments.as_int(2));
    case Action::SizeUnread:
        return unread_bytes(reading);
    case Action::SizeBuffer:
        return static_cast<std::int64_t>(LogRing::capacity);
    }
    return Status::BadArgument;
}

} // namespace linux_abi
} // namespace torc
