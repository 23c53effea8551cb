// SPDX-License-Identifier: MIT
// reg through ranges, memory through dma-ranges.
#include "kernel/devicetree/memory.hpp"
#include "one_tree.hpp"
#include <gtest/gtest.h>

using namespace torc;
using namespace torc::dt;
using namespace torc::dt::test;

namespace {

// A bus with `cells` for its children's addresses and sizes, below a root with 2 + 2.
Builder bus(std::uint32_t address_cells, std::uint32_t size_cells)
{
    Builder b;
    b.cells("#address-cells", {2}).cells("#size-cells", {2});
    b.node("bus").cells("#address-cells", {address_cells}).cells("#size-cells", {size_cells});
    return b;
}

Node device()
{
    return *tree.find("/bus/device");
}

} // namespace

TEST(Reg, GoesThroughEveryKindOfCells)
{
    load(bus(1, 1)
            .cells("ranges", {0x7e00'0000, 0, 0x3f00'0000, 0x100'0000})
            .node("device")
            .cells("reg", {0x7e20'1000, 0x200, 0x7eff'fffc, 4, 0x7eff'fffc, 8})
            .end()
            .end());
    EXPECT_EQ(device().reg(0).value_or(Region{}), region(0x3f20'1000, 0x200));
    EXPECT_EQ(device().reg(1).value_or(Region{}), region(0x3fff'fffc, 4));
    EXPECT_EQ(device().reg(2).error(), Status::NoDevice); // reaches beyond the window
    EXPECT_EQ(device().reg(3).error(), Status::NotFound);
    EXPECT_EQ(device().raw_reg(0).value_or(0), 0x7e20'1000u);

    load(bus(2, 1)
            .cells("ranges", {1, 0, 0x10, 0, 0x1'0000})
            .node("device")
            .cells("reg", {1, 0x20, 0x30})
            .end()
            .end());
    EXPECT_EQ(device().reg(0).value_or(Region{}), region(0x10'0000'0020, 0x30));

    load(bus(1, 2)
            .cells("ranges", {0, 0x10, 0, 1, 0})
            .node("device")
            .cells("reg", {0xffff'fff0, 0, 0x10})
            .end()
            .end());
    EXPECT_EQ(device().reg(0).value_or(Region{}), region(0x10'ffff'fff0, 0x10));

    load(bus(1, 0).property("ranges").node("device").cells("reg", {5, 6}).end().end());
    EXPECT_EQ(device().reg(1).value_or(Region{}), region(6, 0));

    load(bus(4, 2)
            .cells("ranges", {1, 2, 0, 0, 0, 0x1000, 0, 0x1000})
            .node("device")
            .cells("reg", {1, 2, 0, 8, 0, 4})
            .end()
            .end());
    EXPECT_EQ(device().reg(0).value_or(Region{}), region(0x1008, 4));
    EXPECT_EQ(device().raw_reg(0).error(), Status::OutOfRange);
}

TEST(Reg, DefaultsToTwoAndOneCells)
{
    load(Builder{}.node("device").cells("reg", {1, 2, 3}).end());
    EXPECT_EQ(tree.find("/device")->reg(0).value_or(Region{}), region(0x1'0000'0002, 3));
}

TEST(Reg, NeedsRanges)
{
    load(bus(1, 1).node("device").cells("reg", {1, 1}).end().end());
    EXPECT_EQ(device().reg(0).error(), Status::NotSupported);
    EXPECT_EQ(device().raw_reg(0).value_or(0), 1u);
    load(bus(1, 1).property("ranges").node("device").cells("reg", {0x9000, 1}).end().end());
    EXPECT_EQ(device().reg(0).value_or(Region{}), region(0x9000, 1));
    EXPECT_EQ(tree.find("/bus")->translate(0x42, 1).value_or(Paddr{}), Paddr{0x42});
}

TEST(Reg, RefusesAbsurdCells)
{
    load(bus(5, 1).property("ranges").node("device").cells("reg", {1, 1, 1, 1, 1, 1}).end().end());
    EXPECT_EQ(device().reg(0).error(), Status::NotSupported);
    load(bus(0xffff'ffff, 0xffff'ffff).property("ranges").node("device").cells("reg", {1}).end().end());
    EXPECT_EQ(device().reg(0).error(), Status::NotSupported);
    load(bus(0, 0).property("ranges").node("device").cells("reg", {1}).end().end());
    EXPECT_EQ(device().reg(0).error(), Status::NotFound);
    load(bus(2, 2)
            .property("ranges")
            .node("device")
            .cells("reg", {0xffff'ffff, 0xffff'ffff, 0, 2})
            .end()
            .end());
    EXPECT_EQ(device().reg(0).error(), Status::OutOfRange); // wraps round
    load(bus(2, 3).property("ranges").node("device").cells("reg", {0, 0, 1, 0, 0}).end().end());
    EXPECT_EQ(device().reg(0).error(), Status::OutOfRange); // 2^64 long
}

TEST(Reg, GoesByName)
{
    load(bus(1, 1)
            .property("ranges")
            .node("device")
            .cells("reg", {1, 1, 2, 1})
            .strings("reg-names", {"a", "b", "c"})
            .end()
            .end());
    EXPECT_EQ(device().reg("b").value_or(Region{}), region(2, 1));
    EXPECT_EQ(device().reg("c").error(), Status::NotFound);
    EXPECT_EQ(device().reg("d").error(), Status::NotFound);
}

TEST(Reg, KnowsPciSpaces)
{
    Builder b;
    b.cells("#address-cells", {2}).cells("#size-cells", {1});
    b.node("bus").text("device_type", "pci").cells("#address-cells", {3}).cells("#size-cells", {2});
    b.cells("ranges",
        {0x0100'0000, 0, 0, 0, 0x3eff'0000, 0, 0x1'0000, // I/O
            0x0200'0000, 0, 0x1000'0000, 0, 0x1000'0000, 0, 0x2eff'0000}); // memory
    b.node("device").cells("reg",
        {0x8100'0810, 0, 0x40, 0, 0x20, // I/O, of device 1
            0xc200'0814, 0, 0x1000'4000, 0, 0x1000, // prefetchable memory
            0x0000'0800, 0, 0, 0, 0}); // configuration space
    load(b.end().end());
    EXPECT_EQ(device().reg(0).value_or(Region{}), region(0x3eff'0040, 0x20));
    EXPECT_EQ(device().reg(1).value_or(Region{}), region(0x1000'4000, 0x1000));
    EXPECT_EQ(device().reg(2).error(), Status::NoDevice);
}

TEST(BusAddress, IsWhatTheDeviceSees)
{
    Builder b = bus(1, 1);
    b.cells("dma-ranges", {0xc000'0000, 0, 0, 0x3c00'0000}).property("ranges");
    b.node("device").end().node("sub").node("device").end().end().end();
    load(b);
    EXPECT_EQ(device().bus_address(region(0x1000, 0x1000)).value_or(Baddr{}), Baddr{0xc000'1000});
    EXPECT_EQ(tree.find("/bus/sub/device")->bus_address(region(0, 1)).value_or(Baddr{}), Baddr{0xc000'0000});
    EXPECT_EQ(device().bus_address(region(0x3bff'f000, 0x1000)).value_or(Baddr{}), Baddr{0xfbff'f000});
    EXPECT_EQ(device().bus_address(region(0x3bff'f000, 0x1001)).error(), Status::OutOfRange);
    EXPECT_EQ(tree.find("/bus")->bus_address(region(0x1234, 1)).value_or(Baddr{}), Baddr{0x1234});
    EXPECT_EQ(dma_limit(tree), Paddr{0x3c00'0000});
}

TEST(BusAddress, ComposesAllBuses)
{
    Builder b = bus(2, 2);
    b.cells("dma-ranges", {1, 0, 0, 0x4000'0000, 0, 0x4000'0000});
    b.node("inner").cells("#address-cells", {1}).cells("#size-cells", {1});
    b.cells("dma-ranges", {0x8000'0000, 1, 0, 0x1000'0000}).node("device").end().end().end();
    load(b);
    EXPECT_EQ(tree.find("/bus/inner/device")->bus_address(region(0x4000'2000, 8)).value_or(Baddr{}),
        Baddr{0x8000'2000});
    EXPECT_EQ(
        tree.find("/bus/inner/device")->bus_address(region(0x5000'0000, 8)).error(), Status::OutOfRange);
    EXPECT_EQ(dma_limit(tree), Paddr{0x5000'0000});
}

TEST(BusAddress, HasNoLimitWhereNobodySetsOne)
{
    load(bus(1, 1).property("dma-ranges").node("device").end().end());
    EXPECT_EQ(device().bus_address(region(0x1'0000'0000, 8)).value_or(Baddr{}), Baddr{0x1'0000'0000});
    EXPECT_EQ(dma_limit(tree), Paddr{~std::uint64_t{0}});
}
