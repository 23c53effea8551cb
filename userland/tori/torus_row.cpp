// SPDX-License-Identifier: MIT
#include "userland/tori/torus_row.hpp"
#include <algorithm>
#include <charconv>

namespace torc::user {
namespace {

std::string_view take_word(std::string_view& text)
{
    std::size_t const begin = std::min(text.find_first_not_of(' '), text.size());
    text.remove_prefix(begin);
    std::size_t const length = std::min(text.find(' '), text.size());
    std::string_view const word = text.substr(0, length);
    text.remove_prefix(length);
    return word;
}

bool read_number(std::string_view word, std::uint64_t& number)
{
    auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return error == std::errc{} && end == word.data() + word.size();
}

bool read_row(std::string_view line, TorusRow& row)
{
    std::string_view rest = line;
    std::uint64_t number = 0;
    if (!read_number(take_word(rest), number))
        return false;
    std::string_view const purpose = take_word(rest);
    row = {.number = static_cast<unsigned>(number),
        .takes_programs = purpose == "programs",
        .role = word_after(rest, "role"),
        .policy = word_after(rest, "policy"),
        .capacity = number_after(rest, "capacity"),
        .load = number_after(rest, "load"),
        .load_now = number_after(rest, "load-now"),
        .processes = number_after(rest, "processes"),
        .threads = number_after(rest, "threads"),
        .runnable = number_after(rest, "runnable"),
        .frames = number_after(rest, "frames"),
        .free_frames = number_after(rest, "free"),
        .switches = number_after(rest, "switches"),
        .moved_in = number_after(rest, "moved-in"),
        .moved_out = number_after(rest, "moved-out"),
        .age_us = number_after(rest, "age-us"),
        .busy_ms = number_after(rest, "busy-ms"),
        .idle_ms = number_after(rest, "idle-ms")};
    return row.takes_programs || purpose == "nothing";
}

} // namespace

std::string_view word_after(std::string_view line, std::string_view name)
{
    while (!line.empty()) {
        std::string_view const word = take_word(line);
        std::string_view const value = take_word(line); // names and values alternate
        if (word == name)
            return value;
    }
    return {};
}

std::uint64_t number_after(std::string_view line, std::string_view name)
{
    std::uint64_t number = 0;
    return read_number(word_after(line, name), number) ? number : 0;
}

std::string_view take_line(std::string_view& text)
{
    std::size_t const end = text.find('\n');
    std::string_view const line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

std::size_t read_rows(std::string_view text, std::span<TorusRow> rows)
{
    std::size_t count = 0;
    while (!text.empty() && count < rows.size())
        count += read_row(take_line(text), rows[count]);
    return count;
}

} // namespace torc::user
