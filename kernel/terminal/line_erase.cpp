// SPDX-License-Identifier: MIT
// Line editing: erasing a character, a word or the line, and taking it off the screen again.
#include "kernel/terminal/line_discipline.hpp"

namespace torc {
namespace {

namespace local = local_flag;

// Part of a word, for word erase: letters and digits of Latin-1, as Linux sees them.
constexpr bool is_word(std::uint8_t c)
{
    if (c >= 0xc0)
        return c != 0xd7 && c != 0xf7;
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

} // namespace

void LineDiscipline::finish_erasing()
{
    if (erasing_)
        echo_as_is('/');
    erasing_ = false;
}

std::size_t LineDiscipline::last_character() const
{
    std::size_t begin = input.line_bytes() - 1;
    while (begin > 0 && is_continuation(settings_, input.line_byte(begin)))
        --begin;
    return is_continuation(settings_, input.line_byte(begin)) ? input.line_bytes() : begin;
}

// Where the screen need not, or cannot, follow byte by byte.
bool LineDiscipline::forget_line_at_once(Erase what)
{
    if (what != Erase::Line)
        return false;
    bool const by_columns = has(local::echo_kill) && has(local::echo_kill_erases) && has(local::echo_erase);
    if (has(local::echo) && by_columns && input.line_bytes() <= longest_erase)
        return false;
    input.drop_line(0);
    if (!has(local::echo))
        return true;
    finish_erasing();
    echo(settings_.character(Character::Kill));
    if (has(local::echo_kill))
        echo_as_is('\n');
    return true;
}

void LineDiscipline::erase(Erase what)
{
    if (input.line_bytes() == 0 || forget_line_at_once(what))
        return;
    bool seen_word = false;
    for (std::size_t erased = 0; input.line_bytes() != 0 && erased < longest_erase; ++erased) {
        std::size_t const end = input.line_bytes();
        std::size_t const begin = last_character();
        if (begin == end)
            break;
        std::uint8_t const c = input.line_byte(begin);
        if (what == Erase::Word) {
            if (is_word(c))
                seen_word = true;
            else if (seen_word)
                break;
        }
        input.drop_line(begin);
        if (has(local::echo))
            echo_erased(what, begin, end);
        if (what == Erase::Character)
            break;
    }
    if (input.line_bytes() == 0 && has(local::echo))
        finish_erasing();
}

// The erased bytes are still in the queue, behind its end.
void LineDiscipline::echo_erased(Erase what, std::size_t begin, std::size_t end)
{
    std::uint8_t const c = input.line_byte(begin);
    if (has(local::echo_erased))
        echo_erased_printing(begin, end);
    else if (what == Erase::Character && !has(local::echo_erase))
        echo(settings_.character(Character::Erase));
    else if (c == '\t')
        erase_tab();
    else
        erase_columns(c);
}

void LineDiscipline::echo_erased_printing(std::size_t begin, std::size_t end)
{
    if (!erasing_)
        echo_as_is('\\');
    erasing_ = true;
    echo(input.line_byte(begin));
    for (std::size_t i = begin + 1; i < end; ++i) {
        echo_as_is(input.line_byte(i));
        output.move_back(1);
    }
}

void LineDiscipline::erase_columns(std::uint8_t c)
{
    bool const shown_by_two = is_control(c) && has(local::echo_control);
    if (is_control(c) && !shown_by_two)
        return;
    for (unsigned column = 0; column < (shown_by_two ? 2u : 1u); ++column)
        for (char const sent : {'\b', ' ', '\b'})
            echo_as_is(static_cast<std::uint8_t>(sent));
}

// A tab takes as many columns as were left to the next stop when it was typed: what stands before it, back to
// the tab before or to where the line began, tells.
void LineDiscipline::erase_tab()
{
    unsigned columns = 0;
    bool after_tab = false;
    for (std::size_t i = input.line_bytes(); i > 0 && !after_tab; --i) {
        std::uint8_t const c = input.line_byte(i - 1);
        if (c == '\t')
            after_tab = true;
        else if (is_control(c))
            columns += has(local::echo_control) ? 2 : 0;
        else
            columns += !is_continuation(settings_, c);
    }
    if (!after_tab)
        columns += output.line_column;
    unsigned const width = 8 - columns % 8;
    for (unsigned i = 0; i < width; ++i)
        (void)output.put_unprocessed('\b');
    output.move_back(width);
}

} // namespace torc
