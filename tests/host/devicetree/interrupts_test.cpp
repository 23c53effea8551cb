// SPDX-License-Identifier: MIT
#include "kernel/devicetree/tree.hpp"
#include "one_tree.hpp"
#include <gtest/gtest.h>

using namespace torc;
using namespace torc::dt;
using namespace torc::dt::test;

namespace {

Builder with_controllers()
{
    Builder b;
    b.cells("interrupt-parent", {1}).cells("#address-cells", {1}).cells("#size-cells", {1});
    b.node("gic").property("interrupt-controller").cells("#interrupt-cells", {3}).cells("phandle", {1}).end();
    b.node("local")
        .property("interrupt-controller")
        .cells("#interrupt-cells", {2})
        .cells("phandle", {2})
        .end();
    return b;
}

void expect(Result<Interrupt> const& interrupt, std::string_view controller,
    std::initializer_list<std::uint32_t> cells)
{
    ASSERT_TRUE(interrupt) << static_cast<int>(interrupt.error());
    EXPECT_EQ(interrupt->controller.name(), controller);
    EXPECT_TRUE(std::equal(
        cells.begin(), cells.end(), interrupt->cells.begin(), interrupt->cells.begin() + interrupt->count));
}

} // namespace

TEST(Interrupts, InheritTheirParent)
{
    Builder b = with_controllers();
    b.node("soc")
        .node("device")
        .cells("interrupts", {0, 33, 4, 1, 9, 8})
        .strings("interrupt-names", {"rx", "tx"})
        .end()
        .end();
    b.node("timer").cells("interrupt-parent", {2}).cells("interrupts", {3, 4}).end();
    load(b);
    Node device = *tree.find("/soc/device");
    EXPECT_EQ(device.interrupt_count(), 2u);
    expect(device.interrupt(0), "gic", {0, 33, 4});
    expect(device.interrupt("tx"), "gic", {1, 9, 8});
    EXPECT_EQ(device.interrupt(2).error(), Status::NotFound);
    EXPECT_EQ(device.interrupt("none").error(), Status::NotFound);
    expect(tree.find("/timer")->interrupt(0), "local", {3, 4});
    EXPECT_EQ(tree.find("/soc")->interrupt(0).error(), Status::NotFound);
}

TEST(Interrupts, ExtendedOnesNameEachController)
{
    Builder b = with_controllers();
    b.node("device")
        .cells("interrupts-extended", {2, 5, 6, 1, 0, 7, 4, 0, 2, 8, 9})
        .cells("interrupts", {1, 1, 1})
        .end();
    load(b);
    Node device = *tree.find("/device");
    EXPECT_EQ(device.interrupt_count(), 4u);
    expect(device.interrupt(0), "local", {5, 6});
    expect(device.interrupt(1), "gic", {0, 7, 4});
    EXPECT_EQ(device.interrupt(2).error(), Status::NotFound); // left empty
    expect(device.interrupt(3), "local", {8, 9});
    EXPECT_EQ(device.interrupt(4).error(), Status::NotFound);
}

TEST(Interrupts, GoThroughANexus)
{
    Builder b = with_controllers();
    b.node("pcie").cells("#address-cells", {3}).cells("#size-cells", {2}).cells("#interrupt-cells", {1});
    b.cells("interrupt-map-mask", {0x1800, 0, 0, 7});
    b.cells("interrupt-map", {0, 0, 0, 1, 1, 0, 3, 4, 0, 0, 0, 2, 1, 0, 4, 4, 0x800, 0, 0, 1, 2, 77, 78});
    b.node("slot0").cells("reg", {0x00ff'0000, 0, 0, 0, 0}).cells("interrupts", {2}).end();
    b.node("slot1").cells("reg", {0x0000'0800, 0, 0, 0, 0}).cells("interrupts", {1}).end();
    b.node("slot2").cells("reg", {0x0000'1000, 0, 0, 0, 0}).cells("interrupts", {1}).end();
    load(b.end());
    expect(tree.find("/pcie/slot0")->interrupt(0), "gic", {0, 4, 4});
    expect(tree.find("/pcie/slot1")->interrupt(0), "local", {77, 78});
    EXPECT_EQ(tree.find("/pcie/slot2")->interrupt(0).error(), Status::NotFound);
}

TEST(Interrupts, CarryTheAddressTheMapGivesThem)
{
    Builder b = with_controllers();
    b.node("outer")
        .cells("#address-cells", {1})
        .cells("#size-cells", {0})
        .cells("#interrupt-cells", {1})
        .cells("phandle", {5});
    b.cells("interrupt-map", {0x99, 6, 1, 0, 55, 4}).end();
    b.node("inner").cells("#address-cells", {1}).cells("#size-cells", {0}).cells("#interrupt-cells", {1});
    b.cells("interrupt-map", {0x20, 1, 5, 0x99, 6});
    b.node("device").cells("reg", {0x20}).cells("interrupts", {1}).end().end();
    load(b);
    expect(tree.find("/inner/device")->interrupt(0), "gic", {0, 55, 4});
}

TEST(Interrupts, EndInsteadOfGoingRound)
{
    Builder b = with_controllers();
    b.node("a")
        .cells("#address-cells", {0})
        .cells("#interrupt-cells", {1})
        .cells("phandle", {5})
        .cells("interrupt-map", {1, 6, 1})
        .end();
    b.node("b")
        .cells("#address-cells", {0})
        .cells("#interrupt-cells", {1})
        .cells("phandle", {6})
        .cells("interrupt-map", {1, 5, 1})
        .end();
    b.node("device").cells("interrupt-parent", {5}).cells("interrupts", {1}).end();
    b.node("p").cells("interrupt-parent", {8}).cells("phandle", {7}).end();
    b.node("q").cells("interrupt-parent", {7}).cells("phandle", {8}).cells("interrupts", {1}).end();
    b.node("self").cells("interrupt-parent", {9}).cells("phandle", {9}).cells("interrupts", {1}).end();
    load(b);
    EXPECT_EQ(tree.find("/device")->interrupt(0).error(), Status::Loop);
    EXPECT_EQ(tree.find("/q")->interrupt(0).error(), Status::NotFound);
    EXPECT_EQ(tree.find("/self")->interrupt(0).error(), Status::NotFound);
}

TEST(Interrupts, RefuseNonsense)
{
    Builder b = with_controllers();
    b.node("wide")
        .property("interrupt-controller")
        .cells("#interrupt-cells", {0x1000'0000})
        .cells("phandle", {5})
        .end();
    b.node("none")
        .property("interrupt-controller")
        .cells("#interrupt-cells", {0})
        .cells("phandle", {6})
        .end();
    b.node("c1").cells("interrupt-parent", {5}).cells("interrupts", {1}).end();
    b.node("c2").cells("interrupt-parent", {6}).cells("interrupts", {1}).end();
    b.node("c3").cells("interrupt-parent", {99}).cells("interrupts", {1}).end();
    b.node("c4").cells("interrupts-extended", {5, 1}).end();
    b.node("c5").cells("interrupts-extended", {99, 1}).end();
    b.node("c6").cells("interrupts-extended", {1, 1}).end();
    load(b);
    EXPECT_EQ(tree.find("/c1")->interrupt(0).error(), Status::NotSupported);
    EXPECT_EQ(tree.find("/c2")->interrupt(0).error(), Status::NotSupported);
    EXPECT_EQ(tree.find("/c3")->interrupt(0).error(), Status::NotFound);
    EXPECT_EQ(tree.find("/c4")->interrupt(0).error(), Status::NotSupported);
    EXPECT_EQ(tree.find("/c5")->interrupt(0).error(), Status::NotFound);
    EXPECT_EQ(tree.find("/c6")->interrupt(0).error(), Status::NotFound);
    EXPECT_EQ(tree.find("/c5")->interrupt_count(), 0u);
}

TEST(Specifiers, CountCellsByTheirTarget)
{
    Builder b;
    b.node("clk").cells("phandle", {1}).cells("#clock-cells", {1}).end();
    b.node("fixed").cells("phandle", {2}).cells("#clock-cells", {0}).end();
    b.node("device").cells("clocks", {2, 1, 30, 2}).end();
    load(b);
    Node device = *tree.find("/device");
    auto second = device.specifier("clocks", "#clock-cells", 1);
    ASSERT_TRUE(second);
    EXPECT_EQ(device.referenced(*second).name(), "clk");
    EXPECT_EQ(second->cells[0], 30u);
    EXPECT_EQ(device.specifier("clocks", "#clock-cells", 2)->count, 0u);
    EXPECT_EQ(device.specifier("clocks", "#clock-cells", 3).error(), Status::NotFound);
    EXPECT_EQ(device.specifier("gpios", "#gpio-cells", 0).error(), Status::NotFound);
}
