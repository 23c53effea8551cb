// SPDX-License-Identifier: MIT
#include "kernel/format.hpp"

namespace torc {
namespace {

// The digits of one number, made from the last to the first. 64 binary digits are the longest.
class Digits final {
public:
    Digits(std::uint64_t value, unsigned base, bool upper)
    {
        char const ten = upper ? 'A' : 'a';
        do {
            unsigned const digit = static_cast<unsigned>(value % base);
            storage_[--first_] = static_cast<char>(digit < 10 ? '0' + digit : ten + (digit - 10));
            value /= base;
        } while (value != 0);
    }
    std::string_view view() const { return {storage_ + first_, sizeof(storage_) - first_}; }

private:
    char storage_[64];
    std::size_t first_{sizeof(storage_)};
};

void put_repeated(FormatSink& out, char c, std::size_t count)
{
    while (count-- > 0)
        out.put(c);
}

void put_padded(FormatSink& out, std::string_view text, FormatField const& field, char default_align)
{
    std::size_t const padding = field.width > text.size() ? field.width - text.size() : 0;
    bool const right = (field.align ? field.align : default_align) == '>';
    put_repeated(out, field.fill, right ? padding : 0);
    out.put(text);
    put_repeated(out, field.fill, right ? 0 : padding);
}

std::string_view prefix_of(unsigned base)
{
    return base == 16 ? "0x" : base == 8 ? "0" : base == 2 ? "0b" : "";
}

// Sign and prefix stand before zero padding and after any other.
void put_number(FormatSink& out, std::uint64_t value, bool negative, FormatField field)
{
    unsigned const base = field.type == 'x' || field.type == 'X' ? 16
        : field.type == 'o'                                      ? 8
        : field.type == 'b'                                      ? 2
                                                                 : 10;
    Digits const digits{value, base, field.type == 'X'};
    FormatBuffer<72> whole;
    FormatSink& head = field.fill == '0' ? out : whole;
    std::size_t const before = head.size();
    if (negative)
        head.put('-');
    if (field.prefix)
        head.put(prefix_of(base));
    if (field.fill == '0') {
        std::size_t const used = head.size() - before;
        field.width = static_cast<std::uint16_t>(field.width > used ? field.width - used : 0);
    }
    whole.put(digits.view());
    put_padded(out, whole.view(), field, '>');
}

void put_signed(FormatSink& out, std::uint64_t value, FormatField const& field)
{
    bool const negative = static_cast<std::int64_t>(value) < 0 && (field.type == 0 || field.type == 'd');
    put_number(out, negative ? 0 - value : value, negative, field);
}

void put_argument(FormatSink& out, FormatArgument const& argument, FormatField field)
{
    using Kind = FormatArgument::Kind;
    char const character = static_cast<char>(argument.number());
    switch (argument.kind()) {
    case Kind::String:
        return put_padded(out, argument.text(), field, '<');
    case Kind::Boolean:
        return put_padded(out, argument.number() ? "true" : "false", field, '<');
    case Kind::Character:
        return put_padded(out, {&character, 1}, field, '<');
    case Kind::Signed:
        return put_signed(out, argument.number(), field);
    case Kind::Pointer:
        if (field.type == 0) {
            field.type = 'x';
            field.prefix = true;
        }
        [[fallthrough]];
    case Kind::Unsigned:
        if (field.type == 'c')
            return put_padded(out, {&character, 1}, field, '<');
        return put_number(out, argument.number(), false, field);
    }
}

} // namespace

void format_arguments(FormatSink& out, std::string_view format, std::span<FormatArgument const> arguments)
{
    std::size_t next = 0;
    while (!format.empty()) {
        char const c = format.front();
        format.remove_prefix(1);
        bool const doubled = (c == '{' || c == '}') && !format.empty() && format.front() == c;
        if (doubled)
            format.remove_prefix(1);
        if (c != '{' || doubled) {
            out.put(c);
            continue;
        }
        FormatField const field = FormatField::parse(format);
        if (next < arguments.size())
            put_argument(out, arguments[next++], field);
    }
}

} // namespace torc
