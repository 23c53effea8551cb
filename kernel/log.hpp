// SPDX-License-Identifier: MIT
// The kernel's log: one ring of lines per torus, each stamped with the machine's one counter. Lines of other
// tori come to torus 0's ring, too (tori/public_pages.hpp), which is what programs read. Old lines make room
// for new ones. A line also goes to
// the log console, if there is one yet. What a line says is for a person: one sentence, no prefix. Lines that
// programs write (/dev/kmsg) carry the priority they say, the kernel's own log_information.
//
//     log("{} MiB of RAM in {} ranges", mib, count);
#pragma once
#include "kernel/format.hpp"

namespace torc {

// Facility << 3 | level (syslog(3)); level 0 is the most urgent.
inline constexpr std::uint16_t log_warning = 4, log_information = 6, log_level_mask = 7;

class LogRing final {
public:
    static constexpr std::size_t capacity = 16 * 1024; // bytes, records and text together
    static constexpr std::size_t longest_line = 976; // LOG_LINE_MAX: what a program may write

    // A line that is still in the ring. `text` is good until the next append.
    struct Line {
        std::uint64_t sequence{0};
        std::uint64_t ticks{0}; // the counter when it was written
        std::string_view text;
        std::uint16_t priority{log_information};
        bool found{false};
    };

    constexpr LogRing() = default;
    LogRing(LogRing const&) = delete;
    LogRing& operator=(LogRing const&) = delete;

    // Cut off at longest_line.
    void append(std::uint64_t ticks, std::string_view text, std::uint16_t priority = log_information);

    // The line with this number, or the oldest one after it. !found when there is none yet.
    Line at_or_after(std::uint64_t sequence) const;
    std::uint64_t first_sequence() const { return first_sequence_; } // the oldest line's
    std::uint64_t next_sequence() const { return next_sequence_; } // what the next line gets

private:
    struct Header {
        std::uint64_t ticks;
        std::uint16_t length, priority;
    };
    static constexpr std::size_t header_size = 12;
    void drop_oldest();
    void write(char const* from, std::size_t count);
    void read(std::size_t at, char* to, std::size_t count) const;
    Header header_at(std::size_t offset) const;
    std::size_t size_at(std::size_t offset) const { return header_size + header_at(offset).length; }

    // torus-local; read by others only when this torus is dead or in answer to an event
    std::size_t tail_{0}; // offset of the oldest record; offsets grow for ever and wrap by modulo
    std::size_t head_{0};
    std::uint64_t first_sequence_{0};
    std::uint64_t next_sequence_{0};
    mutable std::uint64_t found_sequence_{
        0}; // what at_or_after() found last, so that a reader need not count
    mutable std::size_t found_offset_{0}; // from the oldest one again
    mutable char line_[longest_line + 1]{}; // at_or_after() puts a line that wraps round together here
    char bytes_[capacity]{};
};

// Where lines also go as they are written: the console's polled output. nullptr: nowhere.
using LogConsole = void (*)(std::string_view text);
// Called after each new line; it must not log.
using LogListener = void (*)();

struct TorusLog { // of one torus; torus 0's is the machine's console's
    LogRing& ring;
    LogConsole console{nullptr};
    LogListener listener{nullptr};
    unsigned console_level{7};
};

TorusLog& this_log(); // this torus's; during boot what will be torus 0's
inline LogRing& torus_log()
{
    return this_log().ring;
}

void set_log_console(LogConsole console); // also writes out what the ring has so far
void move_log_console(LogConsole console); // to another way of writing to the same place

// Lines of this level and above (a greater number) stay off the console.
unsigned log_console_level();
void set_log_console_level(unsigned level);

void set_log_listener(LogListener listener);

void log_line(std::string_view text, std::uint16_t priority = log_information);
void log_line_of(std::uint64_t ticks, std::string_view text, std::uint16_t priority); // written then
void log_arguments(std::string_view format, std::span<FormatArgument const> arguments);

template <typename... Arguments>
void log(FormatString<std::type_identity_t<Arguments>...> format, Arguments const&... arguments)
{
    FormatArgument const erased[] = {FormatArgument{arguments}..., FormatArgument{0u}};
    log_arguments(format.text(), {erased, sizeof...(Arguments)});
}

} // namespace torc
