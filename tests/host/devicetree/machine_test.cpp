// SPDX-License-Identifier: MIT
// Memory, processors and PSCI as a tree describes them.
#include "kernel/devicetree/cpus.hpp"
#include "kernel/devicetree/memory.hpp"
#include "one_tree.hpp"
#include <gtest/gtest.h>

using namespace torc;
using namespace torc::dt;
using namespace torc::dt::test;

namespace {

constinit MemoryMap map;
constinit CpuList cpus;

std::vector<Region> list(FreeRanges const& free)
{
    return {free.ranges().begin(), free.ranges().end()};
}

Builder board()
{
    Builder b;
    b.cells("#address-cells", {1}).cells("#size-cells", {1});
    return b;
}

Builder& add_cpu(Builder& b, std::string_view name, std::uint32_t reg, std::uint32_t phandle)
{
    return b.node(name).text("device_type", "cpu").cells("reg", {reg}).cells("phandle", {phandle});
}

} // namespace

TEST(Memory, IsWhatAllNodesSayWithoutWhatIsInUse)
{
    Builder b = board();
    b.reserve(0x1000'0000, 0x1000);
    b.node("memory@10000000")
        .text("device_type", "memory")
        .cells("reg", {0x1000'0000, 0x1000'0000, 0x7000'0000, 0})
        .end();
    b.node("memory@40000000").text("device_type", "memory").cells("reg", {0x4000'0000, 0x1000'0000}).end();
    b.node("memory@80000000")
        .text("device_type", "memory")
        .text("status", "disabled")
        .cells("reg", {0x8000'0000, 0x1000})
        .end();
    b.node("reserved-memory").cells("#address-cells", {1}).cells("#size-cells", {1}).property("ranges");
    b.node("secure@10100000").cells("reg", {0x1010'0000, 0x10'0000}).property("no-map").end();
    b.node("frame@40000800").cells("reg", {0x4000'0800, 0x1000}).end();
    b.node("off").cells("reg", {0x4800'0000, 0x1000}).text("status", "disabled").end();
    b.node("cma").cells("size", {0x40'0000}).end().end();
    load(b);
    Region const image[]{region(0x1020'0000, 0x8'1234)};
    ASSERT_TRUE(read_memory(tree, image, map)) << map.problem;
    EXPECT_EQ(
        list(map.ram), (std::vector{region(0x1000'0000, 0x1000'0000), region(0x4000'0000, 0x1000'0000)}));
    EXPECT_EQ(list(map.mappable),
        (std::vector{region(0x1000'0000, 0x10'0000), region(0x1020'0000, 0xfe0'0000),
            region(0x4000'0000, 0x1000'0000)}));
    EXPECT_EQ(list(map.free),
        (std::vector{region(0x1000'1000, 0xf'f000), region(0x1028'2000, 0xfd7'e000),
            region(0x4000'2000, 0xfff'e000)}));
    ASSERT_EQ(map.listed().size(), 4u);
    EXPECT_EQ(map.listed()[0].kind, Reservation::Kind::Kept);
    EXPECT_EQ(map.listed()[1].kind, Reservation::Kind::Unmapped);
    EXPECT_EQ(map.listed()[1].name, "secure@10100000");
    EXPECT_EQ(map.listed()[3].kind, Reservation::Kind::Dynamic);
    EXPECT_EQ(map.listed()[3].region.size, 0x40'0000u);
}

TEST(Memory, IsMissedWithAClearSentence)
{
    load(board());
    EXPECT_EQ(read_memory(tree, {}, map).error(), Status::NoMemory);
    EXPECT_EQ(map.problem, "the device tree describes no memory");
    Builder zero = board();
    load(zero.node("memory@0").text("device_type", "memory").cells("reg", {0, 0}).end());
    EXPECT_EQ(read_memory(tree, {}, map).error(), Status::NoMemory);
    Tree empty;
    EXPECT_EQ(read_memory(empty, {}, map).error(), Status::NoMemory);
}

TEST(Memory, InTooManyPiecesIsRefused)
{
    Builder b = board();
    for (std::uint32_t i = 0; i <= FreeRanges::capacity; i++)
        b.node("memory@" + std::to_string(i))
            .text("device_type", "memory")
            .cells("reg", {i * 0x10'0000, 0x1000})
            .end();
    load(b);
    EXPECT_EQ(read_memory(tree, {}, map).error(), Status::NoSpace);
    EXPECT_FALSE(map.problem.empty());
}

TEST(Memory, HonoursMoreReservationsThanItLists)
{
    Builder b = board();
    b.node("memory@0").text("device_type", "memory").cells("reg", {0, 0x1000'0000}).end();
    for (std::uint64_t i = 0; i < 200; i++)
        b.reserve(i * 0x10'0000, 0x1000);
    load(b);
    ASSERT_TRUE(read_memory(tree, {}, map));
    EXPECT_EQ(map.listed().size(), MemoryMap::max_reservations);
    for (std::uint64_t i = 0; i < 200; i++)
        EXPECT_FALSE(map.free.overlaps(region(i * 0x10'0000, 0x1000)));
}

TEST(Cpus, AreListedWithWhatStartsThem)
{
    Builder b = board();
    b.node("cpus").cells("#address-cells", {2}).cells("#size-cells", {0});
    b.node("cpu@0")
        .cells("reg", {0, 0})
        .text("enable-method", "spin-table")
        .cells("cpu-release-addr", {0, 0xd8});
    b.strings("compatible", {"arm,cortex-a53", "arm,armv8"}).cells("capacity-dmips-mhz", {446}).end();
    b.node("cpu@100000100").cells("reg", {1, 0x100}).text("enable-method", "psci").end();
    b.node("cpu@3").cells("reg", {0, 3}).text("enable-method", "magic").text("status", "disabled").end();
    b.node("l2-cache").end();
    load(b.end());
    ASSERT_TRUE(cpus.read(tree));
    ASSERT_EQ(cpus.cpus().size(), 3u);
    Cpu const& first = cpus.cpus()[0];
    EXPECT_EQ(first.enable_method, Cpu::EnableMethod::SpinTable);
    EXPECT_EQ(first.release_address, 0xd8u);
    EXPECT_EQ(first.capacity, 446u);
    EXPECT_EQ(first.compatible, "arm,cortex-a53");
    EXPECT_EQ(first.cluster, Cpu::no_cluster);
    EXPECT_EQ(tree.node(first.node).name(), "cpu@0");
    EXPECT_EQ(cpus.cpus()[1].mpidr, 0x1'0000'0100u);
    EXPECT_EQ(cpus.cpus()[1].enable_method, Cpu::EnableMethod::Psci);
    EXPECT_EQ(cpus.cpus()[2].enable_method, Cpu::EnableMethod::Other);
    EXPECT_EQ(cpus.index_of(0x1'8000'0100), 1u); // MPIDR_EL1 has bit 31 set
    EXPECT_FALSE(cpus.index_of(0x2));
}

TEST(Cpus, TwiceTheSameIsOne)
{
    Builder b = board();
    b.node("cpus").cells("#address-cells", {1}).cells("#size-cells", {0});
    add_cpu(b, "cpu@0", 0, 1).end();
    add_cpu(b, "cpu@1", 0, 2).end();
    add_cpu(b, "cpu@2", 0x8000'0000, 3).end();
    add_cpu(b, "cpu@3", 3, 4).text("status", "fail").end();
    b.node("cpu@4").text("device_type", "cpu").end().end();
    load(b);
    ASSERT_TRUE(cpus.read(tree));
    EXPECT_EQ(cpus.cpus().size(), 1u);
    ASSERT_EQ(cpus.rejected().size(), 4u);
    EXPECT_EQ(tree.node(cpus.rejected()[0].node).name(), "cpu@1");
    EXPECT_EQ(cpus.rejected()[0].reason, "another processor has the same reg");
    EXPECT_EQ(cpus.rejected()[1].reason, "its reg is not an MPIDR");
    EXPECT_EQ(cpus.rejected()[2].reason, "its status says that it has failed");
}

TEST(Cpus, AreNotMoreThanTheLimit)
{
    Builder b = board();
    b.node("cpus").cells("#address-cells", {1}).cells("#size-cells", {0});
    for (std::uint32_t i = 0; i < CpuList::max_cpus + 30; i++)
        add_cpu(b, "cpu@" + std::to_string(i), i << 8, i + 1).end();
    load(b.end());
    ASSERT_TRUE(cpus.read(tree));
    EXPECT_EQ(cpus.cpus().size(), CpuList::max_cpus);
    EXPECT_EQ(cpus.rejected().size(), CpuList::max_rejected);
}

TEST(Cpus, MayBeMissing)
{
    load(board());
    EXPECT_EQ(cpus.read(tree).error(), Status::NoDevice);
    Builder b = board();
    load(b.node("cpus").end());
    EXPECT_EQ(cpus.read(tree).error(), Status::NoDevice);
    Tree empty;
    EXPECT_EQ(cpus.read(empty).error(), Status::NoDevice);
}

TEST(Cpus, BelongToClusters)
{
    Builder b = board();
    b.node("cpus").cells("#address-cells", {1}).cells("#size-cells", {0});
    for (std::uint32_t i = 0; i < 5; i++)
        add_cpu(b, "cpu@" + std::to_string(i), i, i + 1).end();
    b.node("cpu-map").node("socket0");
    b.node("cluster0").node("core0").cells("cpu", {1}).end().node("core1").cells("cpu", {2}).end().end();
    b.node("cluster1")
        .node("core0")
        .node("thread0")
        .cells("cpu", {3})
        .end()
        .node("thread1")
        .cells("cpu", {4})
        .end();
    b.end().end().end().end().end();
    load(b);
    ASSERT_TRUE(cpus.read(tree));
    std::uint16_t const expected[]{1, 1, 2, 2, Cpu::no_cluster};
    for (std::size_t i = 0; i < 5; i++)
        EXPECT_EQ(cpus.cpus()[i].cluster, expected[i]) << i;
}

TEST(PsciNode, SaysHowToCall)
{
    Builder b = board();
    load(b.node("psci")
            .strings("compatible", {"arm,psci-1.0", "arm,psci-0.2", "arm,psci"})
            .text("method", "hvc")
            .end());
    auto found = psci(tree);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->conduit, Psci::Conduit::Hvc);
    EXPECT_EQ(found->cpu_on, 0xc400'0003u);
    EXPECT_EQ(found->system_off, 0x8400'0008u);

    Builder old = board();
    load(old.node("psci")
            .text("compatible", "arm,psci")
            .text("method", "smc")
            .cells("cpu_on", {0x95c1'ba60})
            .end());
    found = psci(tree);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->conduit, Psci::Conduit::Smc);
    EXPECT_EQ(found->cpu_on, 0x95c1'ba60u);
    EXPECT_EQ(found->system_off, 0u);

    Builder bad = board();
    load(bad.node("psci").text("compatible", "arm,psci-0.2").text("method", "yell").end());
    EXPECT_EQ(psci(tree).error(), Status::NotFound);
}
