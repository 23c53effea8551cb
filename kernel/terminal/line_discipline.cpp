// SPDX-License-Identifier: MIT
#include "kernel/terminal/line_discipline.hpp"

namespace torc {

namespace in = input_flag;
namespace local = local_flag;

void LineDiscipline::change_settings(TerminalSettings const& settings)
{
    bool const was_canonical = settings_.canonical();
    bool const flow_ends = (settings_.input & in::flow_control) && !(settings.input & in::flow_control);
    settings_ = settings;
    if (flow_ends)
        stopped = false; // or nobody could start it again
    if (was_canonical == settings.canonical())
        return;
    erasing_ = literal_next_ = false;
    if (settings.canonical())
        input.make_one_line();
    else
        input.forget_lines();
}

void LineDiscipline::forget_input()
{
    input.clear();
    literal_next_ = erasing_ = false;
}

// ---- receiving ----------------------------------------------------------------------------------------

TypedSignal LineDiscipline::receive(std::uint8_t c)
{
    if (settings_.input & in::strip)
        c &= 0x7f;
    if ((settings_.input & in::to_lower) && has(local::extended) && c >= 'A' && c <= 'Z')
        c = static_cast<std::uint8_t>(c - 'A' + 'a');
    if (literal_next_) {
        take_literal(c);
        return TypedSignal::None;
    }
    if (flow_control(c))
        return TypedSignal::None;
    if (TypedSignal const signal = signal_of(c); signal != TypedSignal::None) {
        take_signal(c);
        return signal;
    }
    start_if_any();
    if (c == '\r') {
        if (settings_.input & in::ignore_cr)
            return TypedSignal::None;
        if (settings_.input & in::cr_to_nl) {
            if (!settings_.canonical()) {
                take_newline();
                return TypedSignal::None;
            }
            c = '\n';
        }
    } else if (c == '\n' && (settings_.input & in::nl_to_cr)) {
        c = '\r';
    }
    if (!settings_.canonical() || !edit(c))
        take(c);
    return TypedSignal::None;
}

void LineDiscipline::start_if_any()
{
    if ((settings_.input & in::flow_control) && (settings_.input & in::any_starts))
        stopped = false;
}

bool LineDiscipline::flow_control(std::uint8_t c)
{
    if (!(settings_.input & in::flow_control))
        return false;
    bool const starts = is(Character::Start, c);
    if (!starts && !is(Character::Stop, c))
        return false;
    stopped = !starts;
    return true;
}

TypedSignal LineDiscipline::signal_of(std::uint8_t c) const
{
    if (!has(local::signals))
        return TypedSignal::None;
    if (is(Character::Interrupt, c))
        return TypedSignal::Interrupt;
    if (is(Character::Quit, c))
        return TypedSignal::Quit;
    return is(Character::Suspend, c) ? TypedSignal::Suspend : TypedSignal::None;
}

// What was typed and what waits to be shown is void, so that the prompt comes at once.
void LineDiscipline::take_signal(std::uint8_t c)
{
    if (!has(local::no_flush)) {
        output.queue.clear();
        forget_input();
    }
    if (settings_.input & in::flow_control)
        stopped = false;
    if (has(local::echo))
        echo(c);
}

// Canonical mode's own characters. True: it was one.
bool LineDiscipline::edit(std::uint8_t c)
{
    bool const extended = has(local::extended);
    if (is(Character::Erase, c))
        erase(Erase::Character);
    else if (is(Character::Kill, c))
        erase(Erase::Line);
    else if (is(Character::WordErase, c) && extended)
        erase(Erase::Word);
    else if (is(Character::LiteralNext, c) && extended)
        start_literal();
    else if (is(Character::Reprint, c) && extended && has(local::echo))
        reprint();
    else
        return end_line(c);
    return true;
}

bool LineDiscipline::end_line(std::uint8_t c)
{
    if (c == '\n') {
        if (has(local::echo | local::echo_newline))
            echo_as_is('\n');
    } else if (is(Character::EndOfFile, c)) {
        c = 0;
    } else if (is(Character::EndOfLine, c) || (is(Character::EndOfLine2, c) && has(local::extended))) {
        if (has(local::echo))
            echo_text(c);
    } else {
        return false;
    }
    if (input.room() == 0) {
        ring_bell();
        return true;
    }
    if (input.line_bytes() >= InputQueue::line_limit)
        input.drop_line(InputQueue::line_limit - 1);
    input.push_line_end(c);
    return true;
}

void LineDiscipline::start_literal()
{
    literal_next_ = true;
    if (!has(local::echo))
        return;
    finish_erasing();
    if (has(local::echo_control)) {
        echo_as_is('^');
        echo_as_is('\b');
    }
}

void LineDiscipline::take_literal(std::uint8_t c)
{
    literal_next_ = false;
    start_if_any();
    if (has(local::echo)) {
        finish_erasing();
        echo_text(c);
    }
    store(c);
}

void LineDiscipline::take(std::uint8_t c)
{
    if (has(local::echo)) {
        finish_erasing();
        echo_text(c);
    }
    store(c);
}

void LineDiscipline::take_newline()
{
    if (has(local::echo)) {
        finish_erasing();
        echo_as_is('\n');
    }
    store('\n');
}

// Beyond the limit each byte replaces the one before, so that the line can still be ended. What does not fit
// into the queue is lost.
void LineDiscipline::store(std::uint8_t c)
{
    if (settings_.canonical() && input.line_bytes() >= InputQueue::line_limit) {
        input.replace_last(c);
        return;
    }
    bool const doubled = c == 0xff && (settings_.input & in::mark_parity);
    if (input.room() < 2u + doubled) { // one is left for the end of the line
        ring_bell();
        return;
    }
    if (doubled)
        input.push(c);
    input.push(c);
}

// ---- echo ---------------------------------------------------------------------------------------------

void LineDiscipline::ring_bell()
{
    (void)output.put_unprocessed('\a');
}

void LineDiscipline::echo(std::uint8_t c)
{
    if (!has(local::echo_control) || !is_control(c) || c == '\t') {
        echo_as_is(c);
        return;
    }
    if (output.queue.room() < 2)
        return;
    output.queue.push('^');
    output.queue.push(static_cast<char>(c ^ 0100));
    output.column += 2;
}

void LineDiscipline::echo_text(std::uint8_t c)
{
    if (input.line_bytes() == 0)
        output.line_column = output.column;
    echo(c);
}

void LineDiscipline::reprint()
{
    finish_erasing();
    echo(settings_.character(Character::Reprint));
    echo_as_is('\n');
    std::size_t const bytes = input.line_bytes();
    for (std::size_t i = bytes > longest_reprint ? bytes - longest_reprint : 0; i < bytes; ++i)
        echo(input.line_byte(i));
}

} // namespace torc
