// SPDX-License-Identifier: MIT
#include "kernel/devicetree/command_line.hpp"

namespace torc::dt {

namespace {

bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view without_leading_space(std::string_view text)
{
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    return text;
}

// A word ends at the first space outside quotes.
std::size_t word_length(std::string_view text)
{
    bool in_quotes = false;
    std::size_t i = 0;
    for (; i < text.size() && (in_quotes || !is_space(text[i])); i++)
        if (text[i] == '"')
            in_quotes = !in_quotes;
    return i;
}

std::string_view without_quotes(std::string_view text)
{
    if (!text.starts_with('"'))
        return text;
    text.remove_prefix(1);
    if (text.ends_with('"'))
        text.remove_suffix(1);
    return text;
}

Argument to_argument(std::string_view word)
{
    word = without_quotes(word);
    std::size_t equals = word.find('=');
    if (equals == std::string_view::npos || equals == 0)
        return {.name = word, .value = {}, .word = word};
    return {.name = word.substr(0, equals), .value = without_quotes(word.substr(equals + 1)), .word = word};
}

} // namespace

Arguments::iterator& Arguments::iterator::operator++()
{
    rest_ = without_leading_space(rest_);
    if (rest_.empty()) {
        *this = {};
        return *this;
    }
    std::size_t length = word_length(rest_);
    current_ = to_argument(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return *this;
}

CommandLine::CommandLine(std::string_view text)
    : text_{text}
    , kernel_{text}
{
    Arguments words{text};
    for (auto word = words.begin(); word != words.end(); ++word)
        if (word->word == "--") {
            for_init_ = word.rest();
            kernel_ = text.substr(0, text.size() - for_init_.size() - 2);
            return;
        }
}

std::optional<std::string_view> CommandLine::find(std::string_view name) const
{
    std::optional<std::string_view> found;
    for (Argument const& argument : kernel())
        if (argument.name == name)
            found = argument.value.value_or(std::string_view{});
    return found;
}

std::optional<std::string_view> CommandLine::init_path() const
{
    for (std::string_view name : {"rdinit", "init"})
        if (auto path = find(name); path && !path->empty())
            return path;
    return std::nullopt;
}

} // namespace torc::dt
