// SPDX-License-Identifier: MIT
// From what a program writes to what the line gets (c_oflag), with the cursor's column followed, which echo
// needs to know how far a tab reaches.
#pragma once
#include "kernel/terminal/output_queue.hpp"
#include "kernel/terminal/settings.hpp"
#include <cstdint>

namespace torc {

constexpr bool is_control(std::uint8_t c)
{
    return c < 32 || c == 127;
}
// Not the first byte of a character.
constexpr bool is_continuation(TerminalSettings const& settings, std::uint8_t c)
{
    return (settings.input & input_flag::utf8) && (c & 0xc0) == 0x80;
}

class OutputProcessor final {
public:
    // One byte never becomes more than this many.
    static std::size_t expansion(TerminalSettings const& settings)
    {
        if (!(settings.output & output_flag::process))
            return 1;
        return (settings.output & output_flag::tabs) == output_flag::expand_tabs ? 8 : 2;
    }
    // False: there is no room for what the byte becomes, and nothing was done.
    bool put(TerminalSettings const& settings, std::uint8_t c);
    bool put_unprocessed(char c);
    void move_back(unsigned columns) { column = columns < column ? column - columns : 0; }

    OutputQueue queue;
    std::uint32_t column{0};
    std::uint32_t line_column{0}; // where the line being edited begins

private:
    void put_newline(TerminalSettings const& settings);
    void put_return(TerminalSettings const& settings);
    void put_tab(TerminalSettings const& settings);
    void put_plain(TerminalSettings const& settings, std::uint8_t c);
};

} // namespace torc
