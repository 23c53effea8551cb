// SPDX-License-Identifier: MIT
// Good blobs and every way we know of breaking one.
#include "blob.hpp"
#include "exercise.hpp"
#include "rich_tree.hpp"
#include <gtest/gtest.h>
#include <random>

using namespace torc;
using namespace torc::dt;
using namespace torc::dt::test;

namespace {

constinit Tree tree;

bool accepted(Bytes const& bytes)
{
    Blob blob{bytes};
    bool good = tree.unflatten(blob).has_value();
    if (good)
        exercise(tree);
    EXPECT_EQ(good, tree.problem().empty());
    EXPECT_NE(good, tree.empty());
    return good;
}

Status refusal(Bytes const& bytes)
{
    Blob blob{bytes};
    auto result = tree.unflatten(blob);
    EXPECT_FALSE(result);
    EXPECT_TRUE(tree.empty());
    EXPECT_FALSE(tree.problem().empty());
    return result ? Status::Busy : result.error();
}

} // namespace

TEST(Unflatten, KeepsOrderNamesAndValues)
{
    Blob blob = rich_tree().blob();
    ASSERT_TRUE(tree.unflatten(blob)) << tree.problem();
    EXPECT_EQ(tree.root().name(), "");
    EXPECT_TRUE(tree.root().is_compatible("test,soc"));
    EXPECT_EQ(tree.root().first_child()->name(), "aliases");
    Node serial = *tree.find("/soc/serial@9000");
    EXPECT_EQ(serial.base_name(), "serial");
    EXPECT_EQ(serial.unit_address(), "9000");
    EXPECT_EQ(serial.parent()->name(), "soc");
    EXPECT_EQ(serial.next_sibling()->name(), "clock");
    EXPECT_EQ(serial.property("interrupts")->cell(1), 33u);
    EXPECT_EQ(serial.property("interrupts")->cell(3), 0u);
    EXPECT_EQ(tree.reservation_count(), 2u);
    EXPECT_EQ(tree.reservation(1), (Region{Paddr{0x4000'0000}, 0x2000}));
    EXPECT_EQ(tree.find_compatible("arm,pl011"), serial);
}

TEST(Unflatten, FindsByPathAliasAndPhandle)
{
    Blob blob = rich_tree().blob();
    ASSERT_TRUE(tree.unflatten(blob));
    EXPECT_EQ(tree.find("serial0"), tree.find("/soc/serial"));
    EXPECT_EQ(tree.find("/"), tree.root());
    EXPECT_FALSE(tree.find(""));
    EXPECT_FALSE(tree.find("serial1"));
    EXPECT_FALSE(tree.find("/soc/serial@9001"));
    EXPECT_FALSE(tree.find("/soc/seria"));
    EXPECT_EQ(tree.by_phandle(9)->name(), "clock");
    EXPECT_FALSE(tree.by_phandle(0));
    EXPECT_FALSE(tree.by_phandle(1000));
}

TEST(Unflatten, ReadsStringsOnlyWhenTheyEnd)
{
    Blob blob = Builder{}.property("open", "abc").property("two", {"a\0bc\0", 5}).property("none").blob();
    ASSERT_TRUE(tree.unflatten(blob));
    EXPECT_EQ(tree.root().string("open").error(), Status::BadArgument);
    EXPECT_EQ(tree.root().string("none").error(), Status::BadArgument);
    EXPECT_EQ(tree.root().string("absent").error(), Status::NotFound);
    EXPECT_EQ(*tree.root().string("two"), "a");
    EXPECT_EQ(tree.root().strings("two").index_of("bc"), 1u);
    EXPECT_EQ(tree.root().strings("open").begin(), tree.root().strings("open").end());
}

TEST(Unflatten, StatusCountsUpToTheRoot)
{
    Blob blob = Builder{}
                    .node("bus")
                    .text("status", "disabled")
                    .node("device")
                    .text("compatible", "x")
                    .end()
                    .end()
                    .blob();
    ASSERT_TRUE(tree.unflatten(blob));
    EXPECT_TRUE(tree.find("/bus/device")->is_okay());
    EXPECT_FALSE(tree.find("/bus/device")->is_reachable());
    EXPECT_FALSE(tree.find_compatible("x"));
}

TEST(Unflatten, RefusesEveryTruncation)
{
    Bytes whole = rich_tree().bytes();
    ASSERT_TRUE(accepted(whole));
    for (std::size_t size = 0; size < whole.size(); size++)
        EXPECT_EQ(refusal({whole.begin(), whole.begin() + static_cast<long>(size)}), Status::BadArgument)
            << size;
}

TEST(Unflatten, SurvivesTruncationThatTheHeaderAgreesTo)
{
    Bytes whole = rich_tree().bytes();
    for (std::size_t size = 8; size < whole.size(); size++) {
        Bytes part{whole.begin(), whole.begin() + static_cast<long>(size)};
        store_cell(part, 4, static_cast<std::uint32_t>(size));
        EXPECT_FALSE(accepted(part)) << size;
    }
}

TEST(Unflatten, SurvivesAnyHeaderField)
{
    Bytes whole = rich_tree().bytes();
    auto size = static_cast<std::uint32_t>(whole.size());
    for (std::size_t field = 0; field < 10; field++)
        for (std::uint32_t value : {0u, 1u, 3u, 4u, 8u, 16u, 39u, 40u, 41u, 48u, size - 16, size - 1, size,
                 size + 1, 2 * size, 0x7fff'ffffu, 0x8000'0000u, 0xffff'fff0u, 0xffff'fffcu, 0xffff'ffffu}) {
            Bytes changed = whole;
            store_cell(changed, field * 4, value);
            accepted(changed);
        }
}

TEST(Unflatten, SurvivesRandomBytes)
{
    std::mt19937 random{20240229};
    Bytes whole = rich_tree().bytes();
    for (int round = 0; round < 30'000; round++) {
        Bytes changed = whole;
        for (unsigned n = 1 + random() % 8; n != 0; n--)
            changed[random() % changed.size()]
                = static_cast<unsigned char>(random() % 3 == 0 ? 0xff : random());
        accepted(changed);
    }
}

TEST(Unflatten, SurvivesRandomCells)
{
    std::mt19937 random{7};
    Bytes whole = rich_tree().bytes();
    for (int round = 0; round < 30'000; round++) {
        Bytes changed = whole;
        std::uint32_t const values[]{0, 1, 2, 3, 4, 9, 0x7fff'ffff, 0x8000'0000, 0xffff'ffff, 0xffff'fffc,
            static_cast<std::uint32_t>(whole.size()), static_cast<std::uint32_t>(random())};
        for (unsigned n = 1 + random() % 4; n != 0; n--)
            store_cell(
                changed, 40 + random() % (changed.size() - 44) / 4 * 4, values[random() % std::size(values)]);
        accepted(changed);
    }
}

TEST(Unflatten, RefusesWhatIsNoTree)
{
    EXPECT_EQ(refusal({}), Status::BadArgument);
    EXPECT_EQ(refusal(Bytes(64, 0)), Status::BadArgument);
    EXPECT_EQ(refusal(Bytes(4096, 0xff)), Status::BadArgument);
    Bytes whole = rich_tree().bytes();
    whole.insert(whole.begin(), 4, 0);
    Blob shifted{whole};
    EXPECT_EQ(tree.unflatten(std::span<std::byte const>{shifted}.subspan(4)).error(), Status::BadArgument);
    EXPECT_NE(tree.problem().find("aligned"), std::string_view::npos);
}

TEST(Unflatten, RefusesBadNesting)
{
    EXPECT_EQ(refusal(Builder{}.node("a").unclosed_bytes()), Status::BadArgument);
    EXPECT_EQ(refusal(Builder{}.end().bytes()), Status::BadArgument);
    EXPECT_EQ(refusal(Builder{}.end().node("second").bytes()), Status::BadArgument);
    EXPECT_EQ(refusal(Builder{}.end().property("stray").unclosed_bytes()), Status::BadArgument);
    EXPECT_EQ(refusal(Builder{}.node("a").end().property("late").bytes()), Status::BadArgument);
    EXPECT_EQ(refusal(Builder{}.raw_cell(5).bytes()), Status::BadArgument);
}

TEST(Unflatten, RefusesMoreThanItsLimits)
{
    Builder deep;
    for (unsigned i = 0; i < max_depth; i++)
        deep.node("n");
    Builder deeper = deep;
    deeper.node("n");
    for (unsigned i = 0; i < max_depth; i++) {
        deep.end();
        deeper.end();
    }
    EXPECT_TRUE(accepted(deep.bytes()));
    EXPECT_EQ(refusal(deeper.end().bytes()), Status::NoSpace);

    Builder wide;
    for (std::size_t i = 1; i < max_nodes; i++)
        wide.node("n").end();
    EXPECT_TRUE(accepted(wide.bytes()));
    EXPECT_EQ(refusal(wide.node("n").end().bytes()), Status::NoSpace);

    Builder rich;
    for (std::size_t i = 0; i < max_properties; i++)
        rich.property("p");
    EXPECT_TRUE(accepted(rich.bytes()));
    EXPECT_EQ(refusal(rich.property("p").bytes()), Status::NoSpace);

    EXPECT_TRUE(accepted(Builder{}.property(std::string(max_name_length, 'x')).bytes()));
    EXPECT_EQ(refusal(Builder{}.property(std::string(max_name_length + 1, 'x')).bytes()), Status::NoSpace);
    EXPECT_EQ(refusal(Builder{}.node(std::string(max_name_length + 1, 'x')).end().bytes()), Status::NoSpace);
    EXPECT_EQ(refusal(Builder{}.property("huge", std::string(max_blob_size, 'x')).bytes()), Status::NoSpace);
}

TEST(Unflatten, ToleratesNopsAndOldPhandles)
{
    Blob blob = Builder{}
                    .raw_cell(4)
                    .node("a")
                    .raw_cell(4)
                    .cells("linux,phandle", {3})
                    .cells("phandle", {3})
                    .end()
                    .raw_cell(4)
                    .node("b")
                    .cells("phandle", {3})
                    .end()
                    .blob();
    ASSERT_TRUE(tree.unflatten(blob)) << tree.problem();
    EXPECT_EQ(tree.by_phandle(3)->name(), "a"); // of two with one phandle, the first
}

TEST(Unflatten, CanBeMovedAndFilledAgain)
{
    Bytes bytes = rich_tree().bytes();
    Blob first{bytes}, second{bytes};
    ASSERT_TRUE(tree.unflatten(first));
    tree.blob_moved(std::span<std::byte const>{second}.data());
    auto const* name = reinterpret_cast<std::byte const*>(tree.find("/soc")->name().data());
    EXPECT_GE(name, std::span<std::byte const>{second}.data());
    EXPECT_LT(name, std::span<std::byte const>{second}.data() + bytes.size());
    EXPECT_EQ(tree.find("/soc/serial")->u32("absent").error(), Status::NotFound);
    refusal(Bytes(8, 0));
    ASSERT_TRUE(tree.unflatten(first));
    EXPECT_TRUE(tree.find("serial0"));
}

TEST(Unflatten, ClaimsASizeOnlyForATree)
{
    Bytes bytes = rich_tree().bytes();
    Blob blob{bytes};
    std::span<std::byte const> all = blob;
    EXPECT_EQ(Tree::claimed_size(all.first<8>()), bytes.size());
    Blob zero{Bytes(8, 0)};
    EXPECT_EQ(Tree::claimed_size(std::span<std::byte const>{zero}.first<8>()), 0u);
}
