// SPDX-License-Identifier: MIT
#include "kernel/terminal/output_processor.hpp"

namespace torc {

using namespace output_flag;

bool OutputProcessor::put_unprocessed(char c)
{
    if (queue.room() == 0)
        return false;
    queue.push(c);
    return true;
}

void OutputProcessor::put_newline(TerminalSettings const& settings)
{
    bool const with_return = settings.output & nl_to_crnl;
    if (with_return)
        queue.push('\r');
    queue.push('\n');
    if (with_return || (settings.output & nl_returns))
        column = 0;
    line_column = column;
}

void OutputProcessor::put_return(TerminalSettings const& settings)
{
    if ((settings.output & no_cr_at_start) && column == 0)
        return;
    bool const becomes_newline = settings.output & output_flag::cr_to_nl;
    queue.push(becomes_newline ? '\n' : '\r');
    if (!becomes_newline || (settings.output & nl_returns))
        line_column = column = 0;
}

void OutputProcessor::put_tab(TerminalSettings const& settings)
{
    unsigned const spaces = 8 - column % 8;
    column += spaces;
    if ((settings.output & tabs) != expand_tabs) {
        queue.push('\t');
        return;
    }
    for (unsigned i = 0; i < spaces; ++i)
        queue.push(' ');
}

void OutputProcessor::put_plain(TerminalSettings const& settings, std::uint8_t c)
{
    if (!is_control(c)) {
        if ((settings.output & to_upper) && c >= 'a' && c <= 'z')
            c = static_cast<std::uint8_t>(c - 'a' + 'A');
        column += !is_continuation(settings, c);
    }
    queue.push(static_cast<char>(c));
}

bool OutputProcessor::put(TerminalSettings const& settings, std::uint8_t c)
{
    if (queue.room() < expansion(settings)) [[unlikely]]
        return false;
    if (!(settings.output & process)) {
        queue.push(static_cast<char>(c));
        return true;
    }
    switch (c) {
    case '\n':
        put_newline(settings);
        break;
    case '\r':
        put_return(settings);
        break;
    case '\t':
        put_tab(settings);
        break;
    case '\b':
        move_back(1);
        queue.push('\b');
        break;
    default:
        put_plain(settings, c);
        break;
    }
    return true;
}

} // namespace torc
