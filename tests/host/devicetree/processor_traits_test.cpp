// SPDX-License-Identifier: MIT
#include "blob.hpp"
#include "kernel/devicetree/processor_traits.hpp"
#include <gtest/gtest.h>

namespace torc::dt {
namespace {

constinit Tree tree;

using Role = ProcessorTraits::Role;

class Traits : public ::testing::Test {
protected:
    test::Builder b;
    std::optional<test::Blob> blob;
    CpuList cpus;
    std::array<ProcessorTraits, CpuList::max_cpus> traits{};
    TraitReading reading;

    Traits() { b.node("cpus").cells("#address-cells", {1}).cells("#size-cells", {0}); }
    test::Builder& cpu(std::uint32_t reg)
    {
        return b.node("cpu@" + std::to_string(reg)).text("device_type", "cpu").cells("reg", {reg});
    }
    void read()
    {
        b.end();
        blob.emplace(b.bytes());
        ASSERT_TRUE(tree.unflatten(*blob)) << tree.problem();
        ASSERT_TRUE(cpus.read(tree));
        reading = read_traits(tree, cpus.cpus(), traits);
    }
};

TEST_F(Traits, AreEqualWhereTheTreeSaysNothing)
{
    cpu(0).end();
    cpu(1).end();
    read();
    EXPECT_EQ(reading.count, 0u);
    EXPECT_EQ(traits[1].capacity, 1024u);
    EXPECT_EQ(traits[1].role, Role::Any);
}

TEST_F(Traits, FastestIsFullAndOthersArePartOfIt)
{
    cpu(0).cells("capacity-dmips-mhz", {485}).end();
    cpu(1).cells("capacity-dmips-mhz", {1024}).end();
    read();
    EXPECT_EQ(reading.count, 0u);
    EXPECT_EQ(traits[0].capacity, 485u);
    EXPECT_EQ(traits[0].role, Role::Io);
    EXPECT_EQ(traits[1].capacity, 1024u);
    EXPECT_EQ(traits[1].role, Role::Compute);
}

TEST_F(Traits, CountTheHighestFrequencyIfAllHaveOne)
{
    cpu(0).cells("capacity-dmips-mhz", {512}).cells("operating-points-v2", {7}).end();
    cpu(1).cells("capacity-dmips-mhz", {1024}).cells("clock-frequency", {2'000'000'000}).end();
    b.node("table").cells("phandle", {7});
    b.node("opp-1").cells("opp-hz", {0, 500'000'000}).end();
    b.node("opp-2").cells("opp-hz", {0, 1'000'000'000}).end();
    b.end();
    read();
    EXPECT_EQ(traits[0].capacity, 256u);
    EXPECT_EQ(traits[1].capacity, 1024u);
}

TEST_F(Traits, DoNotCompareWhatIsNotGivenForAll)
{
    cpu(0).cells("capacity-dmips-mhz", {485}).end();
    cpu(1).end();
    read();
    ASSERT_EQ(reading.count, 1u);
    EXPECT_EQ(tree.node(reading.complaints[0].node).name(), "cpu@1");
    EXPECT_EQ(traits[0].capacity, 1024u);
    EXPECT_EQ(traits[0].role, Role::Any);
}

TEST_F(Traits, RefuseNonsense)
{
    cpu(0).cells("capacity-dmips-mhz", {0}).text("torc,role", "gaming").end();
    cpu(1).cells("capacity-dmips-mhz", {1, 2}).cells("torc,role", {1}).end();
    cpu(2).cells("capacity-dmips-mhz", {0xffff'ffff}).end();
    read();
    EXPECT_EQ(reading.count, 5u);
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_EQ(traits[i].capacity, 1024u);
        EXPECT_EQ(traits[i].role, Role::Any);
    }
}

TEST_F(Traits, TakeARoleThatTheTreeGives)
{
    cpu(0).text("torc,role", "io").end();
    cpu(1).text("torc,role", "simd").end();
    cpu(2).text("torc,role", "compute").end();
    read();
    EXPECT_EQ(reading.count, 0u);
    EXPECT_EQ(traits[0].role, Role::Io);
    EXPECT_EQ(traits[1].role, Role::Simd);
    EXPECT_EQ(traits[2].role, Role::Compute);
}

TEST_F(Traits, SlowestIsNeverNothing)
{
    cpu(0).cells("capacity-dmips-mhz", {1}).end();
    cpu(1).cells("capacity-dmips-mhz", {1u << 20}).end();
    read();
    EXPECT_EQ(traits[0].capacity, 1u);
}

} // namespace
} // namespace torc::dt
