// SPDX-License-Identifier: MIT
// Text from values, in std::format's spelling and without its weight: integers, characters, booleans,
// strings, pointers, addresses; no floats, no allocation. The format string is checked against the arguments
// when the caller is compiled; output that does not fit the buffer is cut off, never written past it.
//
//     FormatBuffer<64> text;
//     format_to(text, "{} pages at {:#x}, {:>5} KiB", n, base, size / 1024);
//
// A field is {} or {:[fill<|>][#][0][width][x|X|d|o|b|c|s]}; {{ and }} stand for the braces.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace torc {

// Where formatted text goes: a span of characters that is filled, and cut off at its end.
class FormatSink {
public:
    constexpr explicit FormatSink(std::span<char> room)
        : room_{room}
    {
    }
    constexpr void put(char c)
    {
        if (used_ < room_.size())
            room_[used_++] = c;
        else
            cut_off_ = true;
    }
    constexpr void put(std::string_view text)
    {
        for (char c : text)
            put(c);
    }
    constexpr std::string_view view() const { return {room_.data(), used_}; }
    constexpr std::size_t size() const { return used_; }
    constexpr bool cut_off() const { return cut_off_; }
    constexpr void clear()
    {
        used_ = 0;
        cut_off_ = false;
    }

private:
    std::span<char> room_;
    std::size_t used_{0};
    bool cut_off_{false};
};

template <std::size_t Size> class FormatBuffer final : public FormatSink {
public:
    constexpr FormatBuffer()
        : FormatSink{std::span<char>{storage_}}
    {
    }
    FormatBuffer(FormatBuffer const&) = delete;
    FormatBuffer& operator=(FormatBuffer const&) = delete;

private:
    char storage_[Size];
};

// One argument, its type erased: what keeps format_to() a single function however it is called.
class FormatArgument final {
public:
    enum class Kind : std::uint8_t { Unsigned, Signed, Character, Boolean, String, Pointer };

    template <std::unsigned_integral T>
    constexpr FormatArgument(T value)
        : kind_{Kind::Unsigned}
        , number_{value}
    {
    }
    template <std::signed_integral T>
    constexpr FormatArgument(T value)
        : kind_{Kind::Signed}
        , number_{static_cast<std::uint64_t>(static_cast<std::int64_t>(value))}
    {
    }
    constexpr FormatArgument(char value)
        : kind_{Kind::Character}
        , number_{static_cast<unsigned char>(value)}
    {
    }
    constexpr FormatArgument(bool value)
        : kind_{Kind::Boolean}
        , number_{value}
    {
    }
    constexpr FormatArgument(std::string_view text)
        : kind_{Kind::String}
        , text_{text.data()}
        , number_{text.size()}
    {
    }
    constexpr FormatArgument(char const* text)
        : FormatArgument{std::string_view{text}}
    {
    }
    FormatArgument(void const* pointer)
        : kind_{Kind::Pointer}
        , number_{reinterpret_cast<std::uintptr_t>(pointer)} // SAFETY: printed, never used as an address
    {
    }
    template <typename T>
        requires std::is_enum_v<T>
    constexpr FormatArgument(T value)
        : FormatArgument{static_cast<std::underlying_type_t<T>>(value)}
    {
    }
    // The address types: {} prints them as 0x....
    template <typename T>
        requires requires(T const& t) {
            { t.raw() } -> std::same_as<std::uint64_t>;
        }
    constexpr FormatArgument(T const& value)
        : kind_{Kind::Pointer}
        , number_{value.raw()}
    {
    }

    constexpr Kind kind() const { return kind_; }
    constexpr std::uint64_t number() const { return number_; }
    constexpr std::string_view text() const { return {text_, static_cast<std::size_t>(number_)}; }

private:
    Kind kind_;
    char const* text_{nullptr};
    std::uint64_t number_{0};
};

// What stands between the braces. parse() leaves `format` behind the closing brace.
struct FormatField {
    char fill{' '};
    char align{0}; // '<', '>' or 0: numbers right, text left
    char type{0};
    bool prefix{false};
    std::uint16_t width{0};
    bool valid{false};

    static constexpr FormatField parse(std::string_view& format);
};

// Not constexpr and not defined: calling one while compiling is the error message.
void wrong_number_of_fields();
void malformed_field();

// A format string whose fields were counted and checked when it was compiled.
template <typename... Arguments> class FormatString final {
public:
    template <typename T>
        requires std::convertible_to<T const&, std::string_view>
    consteval FormatString(T const& format)
        : text_{format}
    {
        check(text_);
    }
    constexpr std::string_view text() const { return text_; }

private:
    static consteval void check(std::string_view rest)
    {
        std::size_t fields = 0;
        while (!rest.empty()) {
            char const c = rest.front();
            rest.remove_prefix(1);
            bool const doubled = !rest.empty() && rest.front() == c && (c == '{' || c == '}');
            if (doubled) {
                rest.remove_prefix(1);
            } else if (c == '{') {
                if (!FormatField::parse(rest).valid)
                    malformed_field();
                fields++;
            } else if (c == '}') {
                malformed_field();
            }
        }
        if (fields != sizeof...(Arguments))
            wrong_number_of_fields();
    }
    std::string_view text_;
};

void format_arguments(FormatSink& out, std::string_view format, std::span<FormatArgument const> arguments);

template <typename... Arguments>
void format_to(
    FormatSink& out, FormatString<std::type_identity_t<Arguments>...> format, Arguments const&... arguments)
{
    FormatArgument const erased[] = {FormatArgument{arguments}..., FormatArgument{0u}};
    format_arguments(out, format.text(), {erased, sizeof...(Arguments)});
}

constexpr FormatField FormatField::parse(std::string_view& format)
{
    FormatField field;
    auto peek = [&](std::size_t at = 0) { return at < format.size() ? format[at] : '\0'; };
    auto take = [&] { format.remove_prefix(1); };
    if (peek() == ':') {
        take();
        if (peek(1) == '<' || peek(1) == '>') {
            field.fill = peek();
            take();
        }
        if (peek() == '<' || peek() == '>') {
            field.align = peek();
            take();
        }
        if (peek() == '#') {
            field.prefix = true;
            take();
        }
        if (peek() == '0') {
            field.fill = '0';
            take();
        }
        while (peek() >= '0' && peek() <= '9' && field.width < 1000) {
            field.width = static_cast<std::uint16_t>(field.width * 10 + (peek() - '0'));
            take();
        }
        if (std::string_view{"xXdobcs"}.contains(peek()) && peek() != '\0') {
            field.type = peek();
            take();
        }
    }
    field.valid = peek() == '}';
    if (field.valid)
        take();
    return field;
}

} // namespace torc
