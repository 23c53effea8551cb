// SPDX-License-Identifier: MIT
// One of everything: what the mutation tests and the fuzzer start from.
#pragma once
#include "blob.hpp"

namespace torc::dt::test {

inline Builder rich_tree()
{
    Builder b;
    b.reserve(0, 0x1000).reserve(0x4000'0000, 0x2000);
    b.cells("#address-cells", {2})
        .cells("#size-cells", {1})
        .strings("compatible", {"test,board", "test,soc"});
    b.cells("interrupt-parent", {1});
    b.node("aliases").text("serial0", "/soc/serial@9000").end();
    b.node("chosen").text("stdout-path", "serial0:115200n8").text("bootargs", "a=\"b c\" init=/x -- one two");
    b.cells("linux,initrd-start", {0, 0x4800'0000}).cells("linux,initrd-end", {0x4900'0000});
    b.cells("rng-seed", {1, 2, 3}).cells("kaslr-seed", {4, 5}).end();
    b.node("memory@40000000").text("device_type", "memory").cells("reg", {0, 0x4000'0000, 0x1000'0000}).end();
    b.node("reserved-memory").cells("#address-cells", {2}).cells("#size-cells", {1}).property("ranges");
    b.node("atf@40000000").cells("reg", {0, 0x4000'0000, 0x8000}).property("no-map").end();
    b.node("pool").cells("size", {0x1000}).end().end();
    b.node("cpus").cells("#address-cells", {1}).cells("#size-cells", {0});
    b.node("cpu@0")
        .text("device_type", "cpu")
        .cells("reg", {0})
        .text("enable-method", "psci")
        .cells("phandle", {7})
        .end();
    b.node("cpu@1")
        .text("device_type", "cpu")
        .cells("reg", {1})
        .text("enable-method", "psci")
        .cells("phandle", {8})
        .end();
    b.node("cpu-map").node("cluster0").node("core0").cells("cpu", {7}).end();
    b.node("core1").cells("cpu", {8}).end().end().end().end();
    b.node("psci").text("compatible", "arm,psci-1.0").text("method", "hvc").end();
    b.node("intc@8000").property("interrupt-controller").cells("#interrupt-cells", {3}).cells("phandle", {1});
    b.cells("#address-cells", {0}).cells("reg", {0, 0x8000, 0x100}).end();
    b.node("soc").cells("#address-cells", {1}).cells("#size-cells", {1}).text("compatible", "simple-bus");
    b.cells("ranges", {0, 1, 0, 0x1'0000}).cells("dma-ranges", {0xc000'0000, 0, 0, 0x4000'0000});
    b.node("serial@9000").text("compatible", "arm,pl011").cells("reg", {0x9000, 0x1000});
    b.cells("interrupts", {0, 33, 4}).cells("clocks", {9, 3}).end();
    b.node("clock").cells("phandle", {9}).cells("#clock-cells", {1}).end();
    b.node("pcie@a000").text("device_type", "pci").cells("#address-cells", {3}).cells("#size-cells", {2});
    b.cells("ranges", {0x0200'0000, 0, 0x1000, 0xb000, 0, 0x1000}).cells("#interrupt-cells", {1});
    b.cells("interrupt-map-mask", {0x1800, 0, 0, 7}).cells("interrupt-map", {0, 0, 0, 1, 1, 0, 3, 4});
    b.node("device@0").cells("reg", {0, 0, 0, 0, 0}).cells("interrupts", {1}).end().end();
    b.end();
    return b;
}

} // namespace torc::dt::test
