// SPDX-License-Identifier: MIT
#include "kernel/address.hpp"
#include "kernel/format.hpp"
#include <cstdint>
#include <gtest/gtest.h>
#include <limits>
#include <string>

using namespace torc;

namespace {

template <typename... Arguments>
std::string formatted(FormatString<std::type_identity_t<Arguments>...> format, Arguments const&... arguments)
{
    FormatBuffer<128> out;
    format_to(out, format, arguments...);
    return std::string{out.view()};
}

enum class Colour : std::uint8_t { Red = 3 };

} // namespace

TEST(Format, PlainTextAndBraces)
{
    EXPECT_EQ(formatted("nothing"), "nothing");
    EXPECT_EQ(formatted("{{{}}}", 1), "{1}");
}

TEST(Format, Integers)
{
    EXPECT_EQ(formatted("{} {} {}", 0, -1, 42u), "0 -1 42");
    EXPECT_EQ(formatted("{}", std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(formatted("{}", std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
    EXPECT_EQ(formatted("{:x} {:X} {:#x} {:o} {:b}", 255, 255, 255, 8, 5), "ff FF 0xff 10 101");
    EXPECT_EQ(formatted("{:x}", -1), "ffffffffffffffff");
}

TEST(Format, WidthsAndFills)
{
    EXPECT_EQ(formatted("[{:5}] [{:<5}] [{:05}]", 42, 42, 42), "[   42] [42   ] [00042]");
    EXPECT_EQ(formatted("[{:#010x}] [{:06}] [{:6}]", 0xbeef, -42, -42), "[0x0000beef] [-00042] [   -42]");
    EXPECT_EQ(formatted("[{:5}] [{:>5}] [{:.>5}] [{:2}]", "ab", "ab", "ab", "long"),
        "[ab   ] [   ab] [...ab] [long]");
}

TEST(Format, OtherTypes)
{
    EXPECT_EQ(
        formatted("{} {} {} {}", 'c', true, std::string_view{"view"}, "literal"), "c true view literal");
    EXPECT_EQ(formatted("{} {:x}", Paddr{0x4020'0000}, Vaddr{16}), "0x40200000 10");
    EXPECT_EQ(formatted("{} {:c}", Colour::Red, 65u), "3 A");
    EXPECT_EQ(formatted("{}", static_cast<void const*>(nullptr)), "0x0");
}

TEST(Format, OutputIsCutOffAtTheEndOfTheBuffer)
{
    FormatBuffer<8> out;
    format_to(out, "{}{}", "123456", 789);
    EXPECT_EQ(out.view(), "12345678");
    EXPECT_TRUE(out.cut_off());
    out.clear();
    EXPECT_EQ(out.view(), "");
    EXPECT_FALSE(out.cut_off());
}

TEST(Format, FieldsAreCheckedWhenCompiled)
{
    auto valid = [](std::string_view field) { return FormatField::parse(field).valid; };
    EXPECT_TRUE(valid("}"));
    EXPECT_TRUE(valid(":#08x}"));
    EXPECT_FALSE(valid(""));
    EXPECT_FALSE(valid(":"));
    EXPECT_FALSE(valid(":q}"));
    EXPECT_FALSE(valid("0}"));
}
