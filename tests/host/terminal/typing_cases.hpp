// SPDX-License-Identifier: MIT
// Typed at a terminal: what its screen shows, what a program reads, what is signalled. One table, for our
// line discipline and for Linux's.
#pragma once
#include "tests/host/terminal/typist.hpp"

namespace torc::test {

using Lines = std::vector<std::string>;
struct TypingCase {
    char const* what;
    TerminalSettings settings;
    std::string typed;
    std::string screen;
    Lines read;
    std::string signals;
};

inline std::vector<TypingCase> typing_cases()
{
    using namespace std::string_literals;
    using namespace input_flag;
    using namespace local_flag;
    constexpr auto input = &TerminalSettings::input;
    constexpr auto local = &TerminalSettings::local;
    TerminalSettings const plain;
    return {
        {"a line", plain, "hello\r", "hello\r\n", {"hello\n"}, ""},
        {"no line yet", plain, "hello", "hello", {}, ""},
        {"two lines", plain, "a\rb\n", "a\r\nb\r\n", {"a\n", "b\n"}, ""},
        {"erase", plain, "ab\177c\r", "ab\b \bc\r\n", {"ac\n"}, ""},
        {"erase at the start does nothing", plain, "\177\177a\r", "a\r\n", {"a\n"}, ""},
        {"erase never reaches the line before", plain, "a\r\177b\r", "a\r\nb\r\n", {"a\n", "b\n"}, ""},
        {"kill", plain, "abc\025d\r", "abc\b \b\b \b\b \bd\r\n", {"d\n"}, ""},
        {"kill without ECHOKE", with(local, 0, echo_kill_erases), "abc\025d\r", "abc^U\r\nd\r\n", {"d\n"},
            ""},
        {"kill without ECHOK", with(local, 0, echo_kill), "abc\025d\r", "abc^Ud\r\n", {"d\n"}, ""},
        {"word erase", plain, "one two\027\r", "one two\b \b\b \b\b \b\r\n", {"one \n"}, ""},
        {"word erase takes blanks before", plain, "one  \027\r", "one  \b \b\b \b\b \b\b \b\b \b\r\n", {"\n"},
            ""},
        {"word erase stops at punctuation", plain, "a/b_2\027\r", "a/b_2\b \b\b \b\b \b\r\n", {"a/\n"}, ""},
        {"word erase needs IEXTEN", with(local, 0, extended), "a\027\r", "a^W\r\n", {"a\027\n"}, ""},
        {"end of file", plain, "\004", "", {""}, ""},
        {"end of file in a line pushes it", plain, "ab\004", "ab", {"ab"}, ""},
        {"twice pushes and ends", plain, "ab\004\004", "ab", {"ab", ""}, ""},
        {"control characters show", plain, "\001\033[A\r", "^A^[[A\r\n", {"\001\033[A\n"}, ""},
        {"erasing a control character", plain, "\001\177\r", "^A\b \b\b \b\r\n", {"\n"}, ""},
        {"without ECHOCTL they are sent", with(local, 0, echo_control), "\001\177\r", "\001\r\n", {"\n"}, ""},
        {"delete shows as ^?", plain, "\026\177\r", "^\b^?\r\n", {"\177\n"}, ""},
        {"literal next", plain, "\026\003\r", "^\b^C\r\n", {"\003\n"}, ""},
        {"literal newline does not end the line", plain, "a\026\nb\r", "a^\b^Jb\r\n", {"a\nb\n"}, ""},
        {"literal return stays a return", plain, "\026\r\r", "^\b^M\r\n", {"\r\n"}, ""},
        {"literal end of file", plain, "\026\004\r", "^\b^D\r\n", {"\004\n"}, ""},
        {"reprint", plain, "ab\022c\r", "ab^R\r\nabc\r\n", {"abc\n"}, ""},
        {"interrupt", plain, "\003d\r", "^Cd\r\n", {"d\n"}, "^"},
        {"quit", plain, "\034", "^\\", {}, "\\"},
        {"suspend", plain, "\032", "^Z", {}, "Z"},
        {"NOFLSH keeps the line", with(local, no_flush, 0), "ab\003c\r", "ab^Cc\r\n", {"abc\n"}, "^"},
        {"without ISIG it is text", with(local, 0, local_flag::signals), "\003\r", "^C\r\n", {"\003\n"}, ""},
        {"no echo", with(local, 0, echo), "secret\177\r", "", {"secre\n"}, ""},
        {"ECHONL alone", with(local, echo_newline, echo), "a\r", "\r\n", {"a\n"}, ""},
        {"without ECHOE erase shows itself", with(local, 0, echo_erase), "a\177\r", "a^?\r\n", {"\n"}, ""},
        {"ECHOPRT", with(local, echo_erased, 0), "abc\177\177d\r", "abc\\cb/d\r\n", {"ad\n"}, ""},
        {"ECHOPRT back to the start", with(local, echo_erased, 0), "a\177b\r", "a\\a/b\r\n", {"b\n"}, ""},
        {"return as it is", with(input, 0, cr_to_nl), "a\rb\n", "a^Mb\r\n", {"a\rb\n"}, ""},
        {"return ignored", with(input, ignore_cr, 0), "a\rb\n", "ab\r\n", {"ab\n"}, ""},
        {"newline becomes return", with(input, nl_to_cr, cr_to_nl), "a\nb", "a^Mb", {}, ""},
        {"strip", with(input, strip, 0), "\xe1\r", "a\r\n", {"a\n"}, ""},
        {"lower case", with(input, to_lower, 0), "AbZ\r", "abz\r\n", {"abz\n"}, ""},
        {"UTF-8 is erased whole", with(input, utf8, 0), "a\xc3\xa4\177\r", "a\xc3\xa4\b \b\r\n", {"a\n"}, ""},
        {"without IUTF8 by bytes", plain, "a\xc3\xa4\177\r", "a\xc3\xa4\b \b\r\n", {"a\xc3\n"}, ""},
        {"UTF-8 words", with(input, utf8, 0), "x \xc3\xa4\xe2\x82\xac\027\r",
            "x \xc3\xa4\xe2\x82\xac\b \b\b \b\r\n", {"x \n"}, ""},
        {"a lone continuation byte is not half erased", with(input, utf8, 0), "\x80\177\r", "\x80\r\n",
            {"\x80\n"}, ""},
        {"null is text", plain, "a\0b\r"s, "a^@b\r\n", {"a\0b\n"s}, ""},
        {"high bytes pass", plain, "\xff\r", "\xff\r\n", {"\xff\n"}, ""},
        {"PARMRK doubles 255", with(input, mark_parity, 0), "\xff\r", "\xff\r\n", {"\xff\xff\n"}, ""},
    };
}

} // namespace torc::test
