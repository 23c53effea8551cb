// SPDX-License-Identifier: MIT
#include "blob.hpp"
#include "kernel/devicetree/chosen.hpp"
#include <gtest/gtest.h>

using namespace torc;
using namespace torc::dt;
using namespace torc::dt::test;

namespace {

constinit Tree tree;

std::vector<std::string> words(Arguments arguments)
{
    std::vector<std::string> result;
    for (Argument const& argument : arguments)
        result.emplace_back(argument.word);
    return result;
}

Result<Console> console_of(Builder& builder)
{
    static std::optional<Blob> blob;
    blob.emplace(builder.bytes());
    EXPECT_TRUE(tree.unflatten(*blob)) << tree.problem();
    return console(tree);
}

Builder with_uarts()
{
    Builder b;
    b.node("aliases").text("serial1", "/soc/serial@1").text("bad", "nowhere").end();
    b.node("soc").node("serial@0").end().node("serial@1").end().end();
    return b;
}

Result<Console> console_named(std::string_view property, std::string_view value)
{
    Builder b = with_uarts();
    b.node("chosen").text(property, value).end();
    return console_of(b);
}

} // namespace

TEST(Console, IsFoundByPathAndByAlias)
{
    auto found = console_named("stdout-path", "/soc/serial@0");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->node.name(), "serial@0");
    EXPECT_EQ(found->options, "");
    found = console_named("stdout-path", "serial1:115200n8");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->node.name(), "serial@1");
    EXPECT_EQ(found->options, "115200n8");
    found = console_named("stdout-path", "serial1:");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->options, "");
    found = console_named("linux,stdout-path", "/soc/serial@1:9600");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->options, "9600");
}

TEST(Console, IsNotMadeUp)
{
    EXPECT_EQ(console_named("stdout-path", "serial7").error(), Status::NotFound);
    EXPECT_EQ(console_named("stdout-path", "bad").error(), Status::NotFound);
    EXPECT_EQ(console_named("stdout-path", "").error(), Status::NotFound);
    EXPECT_EQ(console_named("stdout-path", ":115200").error(), Status::NotFound);
    EXPECT_EQ(console_named("other", "serial1").error(), Status::NotFound);
    Builder none = with_uarts();
    EXPECT_EQ(console_of(none).error(), Status::NotFound);
    Builder open = with_uarts();
    open.node("chosen").property("stdout-path", "serial1").end();
    EXPECT_EQ(console_of(open).error(), Status::BadArgument);
}

TEST(CommandLine, SplitsOffWhatIsForInit)
{
    CommandLine line{"console=ttyAMA0  quiet -- one \"two three\" x=y"};
    EXPECT_EQ(words(line.kernel()), (std::vector<std::string>{"console=ttyAMA0", "quiet"}));
    EXPECT_EQ(words(line.for_init()), (std::vector<std::string>{"one", "two three", "x=y"}));
    EXPECT_TRUE(words(CommandLine{"a --b --"}.for_init()).empty());
    EXPECT_EQ(words(CommandLine{"a --b --"}.kernel()), (std::vector<std::string>{"a", "--b"}));
    EXPECT_EQ(words(CommandLine{"-- x -- y"}.for_init()), (std::vector<std::string>{"x", "--", "y"}));
    EXPECT_TRUE(words(CommandLine{""}.kernel()).empty());
    EXPECT_TRUE(words(CommandLine{" \t\n "}.kernel()).empty());
}

TEST(CommandLine, UnderstandsQuotes)
{
    CommandLine line{R"(a="b c" "d=e f" g="-- h" "i -- j" k=" -- open)"};
    EXPECT_EQ(line.find("a"), "b c");
    EXPECT_EQ(line.find("d"), "e f");
    EXPECT_EQ(line.find("g"), "-- h");
    EXPECT_EQ(line.find("k"), " -- open");
    EXPECT_TRUE(words(line.for_init()).empty());
}

TEST(CommandLine, TheLastValueCounts)
{
    CommandLine line{"init=/a debug init=/b =x y="};
    EXPECT_EQ(line.find("init"), "/b");
    EXPECT_EQ(line.find("debug"), "");
    EXPECT_EQ(line.find("y"), "");
    EXPECT_EQ(line.find("=x"), "");
    EXPECT_FALSE(line.find("x"));
}

TEST(CommandLine, RdinitComesBeforeInit)
{
    EXPECT_EQ(CommandLine{"init=/a rdinit=/b"}.init_path(), "/b");
    EXPECT_EQ(CommandLine{"init=/a"}.init_path(), "/a");
    EXPECT_FALSE(CommandLine{"init= -- init=/no"}.init_path());
}

TEST(Chosen, TakesInitrdInOneCellOrTwo)
{
    Builder first, second;
    first.node("chosen")
        .cells("linux,initrd-start", {0x4800'0000})
        .cells("linux,initrd-end", {0, 0x4800'1234})
        .end();
    second.node("chosen")
        .cells("linux,initrd-start", {0, 0x4800'0000})
        .cells("linux,initrd-end", {0x4800'1234})
        .end();
    for (Builder const& builder : {first, second}) {
        Blob blob = builder.blob();
        ASSERT_TRUE(tree.unflatten(blob));
        EXPECT_EQ(initial_ramdisk(tree).value_or(Region{}), (Region{Paddr{0x4800'0000}, 0x1234}));
    }
}

TEST(Chosen, RefusesAnInitrdThatEndsBeforeItStarts)
{
    Blob blob = Builder{}
                    .node("chosen")
                    .cells("linux,initrd-start", {8})
                    .cells("linux,initrd-end", {8})
                    .end()
                    .blob();
    ASSERT_TRUE(tree.unflatten(blob));
    EXPECT_EQ(initial_ramdisk(tree).error(), Status::BadArgument);
    Blob odd = Builder{}
                   .node("chosen")
                   .cells("linux,initrd-start", {8})
                   .cells("linux,initrd-end", {1, 2, 3})
                   .end()
                   .blob();
    ASSERT_TRUE(tree.unflatten(odd));
    EXPECT_EQ(initial_ramdisk(tree).error(), Status::BadArgument);
    Blob none = Builder{}.blob();
    ASSERT_TRUE(tree.unflatten(none));
    EXPECT_EQ(initial_ramdisk(tree).error(), Status::NotFound);
    EXPECT_EQ(command_line(tree).text(), "");
    EXPECT_EQ(kaslr_seed(tree), 0u);
    EXPECT_TRUE(rng_seed(tree).empty());
}

TEST(Chosen, HandsOverSeeds)
{
    Blob blob = Builder{}.node("chosen").cells("rng-seed", {1, 2}).cells("kaslr-seed", {3, 4}).end().blob();
    ASSERT_TRUE(tree.unflatten(blob));
    EXPECT_EQ(rng_seed(tree).size(), 8u);
    EXPECT_EQ(kaslr_seed(tree), 0x3'0000'0004u);
}
