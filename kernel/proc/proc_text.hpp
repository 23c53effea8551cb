// SPDX-License-Identifier: MIT
// How a text of procfs is made: by records of a hundred or so characters, one a step, so that a reader of a
// long one gives way in between. The cursor says which record comes next.
#pragma once
#include "kernel/format.hpp"
#include "kernel/proc/proc_subject.hpp"
#include "kernel/proc/text_hole.hpp"
#include "kernel/result.hpp"
#include <cstdint>
#include <span>

namespace torc {

struct ProcText {
    Thread& reader;
    ProcSubject subject; // files of a process
    std::uint64_t& cursor;
    FormatSink& out;
    std::uint32_t number{0}; // fdinfo: of which descriptor
    TextHoles* holes{nullptr}; // who asked is another torus, and fills them in

    // Leaves something out here. False: it is to be written by the caller, as far as that is known here.
    bool leave_hole(HoleKind kind, Handle object, std::uint32_t number = 0);
};

// Appends the record at the cursor and moves it on; false: that was the last.
using MakeText = Result<bool> (*)(ProcText& text);
// All of what was written.
using TakeText = Result<void> (*)(Thread& writer, ProcSubject const& subject, std::string_view text);

// A text of a fixed number of records.
using MakeRecord = void (*)(ProcText& text);
template <MakeRecord... records> Result<bool> make_records(ProcText& text)
{
    static constexpr MakeRecord list[] = {records...};
    if (text.cursor >= sizeof...(records))
        return false;
    list[text.cursor](text);
    return ++text.cursor < sizeof...(records);
}

// Quicker than a format, for the texts that are all numbers.
void put_decimal(FormatSink& out, std::uint64_t value);
void put_hex(FormatSink& out, std::uint64_t value, unsigned least_digits);
// Bytes that would break a line-based text as \ooo.
void put_escaped(FormatSink& out, std::string_view text, std::string_view special);
// "1.25": hundredths of a second.
void put_seconds(FormatSink& out, std::uint64_t ns);

// A written number: blanks around it are allowed.
Result<std::int64_t> parse_number(std::string_view text);

// Linux's clock ticks for user space: 100 a second.
std::uint64_t to_user_ticks(std::uint64_t ticks);

} // namespace torc
