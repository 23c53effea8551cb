// SPDX-License-Identifier: MIT
// What happens to each byte that is typed: flow control, signals, line editing, echo. It does what Linux's
// standard discipline (N_TTY) does, byte for byte, and is pure: it changes its own queues and says what else
// must happen. Whoever owns it sends signals, wakes readers and moves the output queue to the line.
//
//     line -> receive() -> InputQueue -> read            write -> OutputProcessor -> OutputQueue -> line
//                  \________ echo ________________________________^
#pragma once
#include "kernel/terminal/input_queue.hpp"
#include "kernel/terminal/output_processor.hpp"
#include "kernel/terminal/settings.hpp"
#include <cstdint>

namespace torc {

enum class TypedSignal : std::uint8_t { None, Interrupt, Quit, Suspend };

class LineDiscipline final {
public:
    TerminalSettings const& settings() const { return settings_; }
    void change_settings(TerminalSettings const& settings);

    // One byte from the line. What it typed is the signal for the foreground group.
    TypedSignal receive(std::uint8_t byte);

    // A read in canonical mode has a line (or an end of file); in the other mode at least `least` bytes.
    bool readable(std::size_t least) const
    {
        return settings_.canonical() ? input.bytes_in_lines() != 0 : input.size() >= least;
    }
    void forget_input();

    InputQueue input;
    OutputProcessor output;
    bool stopped{false}; // by the stop character or tcflow: the output queue is not sent

private:
    using Character = ControlCharacter;
    // What one key may change on the screen: the work happens in the interrupt. A longer line is not erased
    // column by column, a longer word takes a second key.
    static constexpr std::size_t longest_erase = 128;
    static constexpr std::size_t longest_reprint = 256;

    bool is(Character which, std::uint8_t c) const { return c != 0 && settings_.character(which) == c; }
    bool has(std::uint32_t local) const { return settings_.local & local; }
    void start_if_any();

    bool flow_control(std::uint8_t c);
    TypedSignal signal_of(std::uint8_t c) const;
    void take_signal(std::uint8_t c);
    bool edit(std::uint8_t c);
    bool end_line(std::uint8_t c);
    void take_literal(std::uint8_t c);
    void take(std::uint8_t c);
    void take_newline(); // outside canonical mode, made of a carriage return
    void store(std::uint8_t c);

    enum class Erase : std::uint8_t { Character, Word, Line };
    void erase(Erase what);
    bool forget_line_at_once(Erase what);
    std::size_t last_character() const; // where it begins; line_bytes() when that is no whole one
    void echo_erased(Erase what, std::size_t from, std::size_t end);
    void echo_erased_printing(std::size_t from, std::size_t end);
    void erase_tab();
    void erase_columns(std::uint8_t c);
    void finish_erasing();
    void start_literal();
    void reprint();

    void echo(std::uint8_t c);
    void echo_as_is(std::uint8_t c) { (void)output.put(settings_, c); }
    void echo_text(std::uint8_t c); // with the column of the line's first character noted
    void ring_bell();

    TerminalSettings settings_;
    bool literal_next_{false}; // the next byte is text whatever it is
    bool erasing_{false}; // ECHOPRT: between \ and /
};

} // namespace torc
