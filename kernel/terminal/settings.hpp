// SPDX-License-Identifier: MIT
// How a terminal treats what is typed and written: struct termios of the Linux arm64 ABI
// (asm-generic/termbits.h), kept as user space sees it.
#pragma once
#include <cstdint>

namespace torc {

namespace input_flag { // c_iflag
inline constexpr std::uint32_t ignore_break = 01, break_interrupts = 02, ignore_parity = 04,
                               mark_parity = 010, strip = 040, nl_to_cr = 0100, ignore_cr = 0200,
                               cr_to_nl = 0400, to_lower = 01000, flow_control = 02000, any_starts = 04000,
                               send_flow_control = 010000, utf8 = 040000;
}

namespace output_flag { // c_oflag
inline constexpr std::uint32_t process = 01, to_upper = 02, nl_to_crnl = 04, cr_to_nl = 010,
                               no_cr_at_start = 020, nl_returns = 040, tabs = 014000, expand_tabs = 014000;
}

namespace control_flag { // c_cflag
inline constexpr std::uint32_t baud_115200 = 010002, size_8 = 060, receive = 0200, hang_up = 02000,
                               local = 04000;
// What may be changed on a line whose hardware keeps what the firmware set.
inline constexpr std::uint32_t changeable = receive | hang_up | local;
}

namespace local_flag { // c_lflag
inline constexpr std::uint32_t signals = 01, canonical = 02, echo = 010, echo_erase = 020, echo_kill = 040,
                               echo_newline = 0100, no_flush = 0200, stop_background = 0400,
                               echo_control = 01000, echo_erased = 02000, echo_kill_erases = 04000,
                               extended = 0100000;
}

// Places in c_cc. A character of 0 is none.
enum class ControlCharacter : std::uint8_t {
    Interrupt,
    Quit,
    Erase,
    Kill,
    EndOfFile,
    Time,
    Minimum,
    Switch,
    Start,
    Stop,
    Suspend,
    EndOfLine,
    Reprint,
    Discard,
    WordErase,
    LiteralNext,
    EndOfLine2,
};

struct TerminalSettings { // struct termios
    static constexpr unsigned character_count = 19;
    std::uint32_t input{input_flag::cr_to_nl | input_flag::flow_control};
    std::uint32_t output{output_flag::process | output_flag::nl_to_crnl};
    std::uint32_t control{control_flag::baud_115200 | control_flag::size_8 | control_flag::receive
        | control_flag::hang_up | control_flag::local};
    std::uint32_t local{local_flag::signals | local_flag::canonical | local_flag::echo
        | local_flag::echo_erase | local_flag::echo_kill | local_flag::echo_control
        | local_flag::echo_kill_erases | local_flag::extended};
    std::uint8_t line{0}; // N_TTY
    std::uint8_t characters[character_count]{
        3, 034, 0177, 025, 4, 0, 1, 0, 021, 023, 032, 0, 022, 017, 027, 026, 0, 0, 0};

    constexpr std::uint8_t character(ControlCharacter which) const
    {
        return characters[static_cast<unsigned>(which)];
    }
    bool canonical() const { return local & local_flag::canonical; }
    bool echo() const { return local & local_flag::echo; }
};
static_assert(sizeof(TerminalSettings) == 36);
static_assert(TerminalSettings{}.character(ControlCharacter::LiteralNext) == 026);

struct TerminalSettings2 { // struct termios2
    TerminalSettings basic;
    std::uint32_t input_speed{115200}, output_speed{115200};
};
static_assert(sizeof(TerminalSettings2) == 44);

struct WindowSize { // struct winsize
    std::uint16_t rows{0}, columns{0}, width{0}, height{0};
    friend bool operator==(WindowSize const&, WindowSize const&) = default;
};

} // namespace torc
