// SPDX-License-Identifier: MIT
#include "arch-aarch64/interrupts/bcm2836.hpp"
#include "arch-aarch64/interrupts/gicv2.hpp"
#include "arch-aarch64/interrupts/gicv3.hpp"
#include "arch-aarch64/interrupts/interrupt_table.hpp"
#include "tests/host/arch-aarch64/fake_bus.hpp"

#include <gtest/gtest.h>

namespace torc::arch {
namespace {

Result<IrqLine> gic(std::vector<std::uint32_t> const& cells)
{
    return decode_gic_cells(cells);
}

TEST(GicCells, shared_private_and_nonsense)
{
    EXPECT_EQ(gic({0, 1, 4}), (IrqLine{Irq{33}, Trigger::Level}));
    EXPECT_EQ(gic({0, 125, 1}), (IrqLine{Irq{157}, Trigger::Edge}));
    EXPECT_EQ(gic({1, 11, 0xf08}), (IrqLine{Irq{27}, Trigger::Level}));
    EXPECT_EQ(gic({1, 11, 4, 0x99}), (IrqLine{Irq{27}, Trigger::Level})); // RK3399: four cells
    EXPECT_EQ(gic({0, 988, 4}).error(), Status::OutOfRange);
    EXPECT_EQ(gic({1, 16, 4}).error(), Status::OutOfRange);
    EXPECT_EQ(gic({2, 0, 4}).error(), Status::NotSupported);
    EXPECT_EQ(gic({0, 1}).error(), Status::BadArgument);
}

struct Gicv2Test : testing::Test {
    FakeBus distributor, cpu;
    Gicv2<FakeBus> gic{distributor, cpu};
};

TEST_F(Gicv2Test, boot_masks_all_shared_lines_and_sends_them_here)
{
    distributor[0x004] = 2; // 96 interrupts
    distributor[0x800] = 0x0404'0404; // this core is target 2
    gic.init_machine();
    EXPECT_EQ(distributor.writes().front(), (FakeBus::Write{0x000, 0}));
    EXPECT_EQ(distributor.writes().back(), (FakeBus::Write{0x000, 1}));
    for (std::uint32_t bank : {1u, 2u})
        EXPECT_TRUE(distributor.wrote(0x180 + 4 * bank, 0xffff'ffff)) << bank;
    EXPECT_FALSE(distributor.wrote(0x180 + 4 * 3, 0xffff'ffff));
    for (std::uint32_t irq = 32; irq < 96; irq += 4) {
        EXPECT_TRUE(distributor.wrote(0x800 + irq, 0x0404'0404)) << irq;
        EXPECT_TRUE(distributor.wrote(0x400 + irq, 0xa0a0'a0a0)) << irq;
    }
    EXPECT_FALSE(distributor.wrote(0x800, 0x0404'0404)); // private targets are fixed
}

TEST_F(Gicv2Test, the_last_bank_of_a_full_distributor_is_masked_too)
{
    distributor[0x004] = 31;
    gic.init_machine();
    EXPECT_TRUE(distributor.wrote(0x180 + 4 * 31, 0xffff'ffff));
    EXPECT_EQ(gic_lines(32), 1020u);
}

TEST_F(Gicv2Test, a_core_keeps_the_bypass_bits_and_its_software_interrupts)
{
    cpu[0x00] = 0x1e0;
    ASSERT_TRUE(gic.init_core(0));
    EXPECT_EQ(cpu[0x00], 0x1e1u);
    EXPECT_EQ(cpu[0x04], 0xf0u);
    EXPECT_TRUE(distributor.wrote(0x180, 0xffff'0000));
    EXPECT_EQ(gic.init_core(8).error(), Status::OutOfRange);
}

TEST_F(Gicv2Test, mask_and_unmask_write_one_bit)
{
    gic.unmask(0, Irq{33});
    gic.mask(0, Irq{27});
    EXPECT_EQ(distributor.writes(), (std::vector<FakeBus::Write>{{0x104, 2}, {0x180, 1u << 27}}));
}

TEST_F(Gicv2Test, completes_with_the_whole_word_it_acknowledged)
{
    cpu[0x0c] = 0x0c05; // software interrupt 5 from core 3
    Acknowledged const taken = gic.acknowledge();
    EXPECT_FALSE(taken.spurious());
    EXPECT_EQ(taken.irq(), Irq{5});
    gic.complete(taken);
    EXPECT_EQ(cpu.writes().back(), (FakeBus::Write{0x10, 0x0c05}));
    cpu[0x0c] = 1023;
    EXPECT_TRUE(gic.acknowledge().spurious());
    cpu[0x0c] = 1022;
    EXPECT_TRUE(gic.acknowledge().spurious());
}

TEST_F(Gicv2Test, configures_edges_and_routes)
{
    distributor[0xc08] = 0xffff'ffff;
    gic.configure(0, {Irq{33}, Trigger::Level});
    EXPECT_EQ(distributor[0xc08], 0xffff'fff3u);
    gic.configure(0, {Irq{33}, Trigger::Edge});
    EXPECT_EQ(distributor[0xc08], 0xffff'fffbu);

    EXPECT_FALSE(gic.route(Irq{33}, 1)); // core 1 is not up
    distributor[0x800] = 0x0202'0202;
    ASSERT_TRUE(gic.init_core(1));
    ASSERT_TRUE(gic.route(Irq{33}, 1));
    EXPECT_EQ(distributor.writes().back(), (FakeBus::Write{0x800 + 33, 2}));
    EXPECT_FALSE(gic.route(Irq{27}, 1));
    ASSERT_TRUE(gic.ring(1, 3));
    EXPECT_EQ(distributor.writes().back(), (FakeBus::Write{0xf00, 0x0002'0003}));
}

struct FakeIcc {
    static inline bool permitted = true;
    static inline std::uint32_t next = 1023;
    static inline std::vector<std::uint32_t> completed;
    static bool enable(std::uint32_t) { return permitted; }
    static std::uint32_t acknowledge() { return next; }
    static void complete(std::uint32_t token) { completed.push_back(token); }
    static void ring(std::uint64_t, std::uint8_t) { }
};

struct Gicv3Test : testing::Test {
    FakeBus distributor, frames, own;
    Gicv3<FakeBus, FakeIcc> gic{distributor};
    Gicv3Test() { gic.set_redistributor(0, frames, own, 0x8000'0300); }
};

TEST_F(Gicv3Test, boot_turns_affinity_routing_on_first)
{
    distributor[0x004] = 1; // 64 interrupts
    ASSERT_TRUE(gic.init_machine(0x8000'0300));
    std::vector<FakeBus::Write> control;
    for (auto const& write : distributor.writes()) {
        if (write.first == 0)
            control.push_back(write);
    }
    EXPECT_EQ(control, (std::vector<FakeBus::Write>{{0, 0}, {0, 0x10}, {0, 0x12}}));
    EXPECT_TRUE(distributor.wrote(0x084, 0xffff'ffff)); // group 1
    for (std::uint32_t irq = 32; irq < 64; ++irq)
        EXPECT_TRUE(distributor.wrote(0x6000 + 8 * irq, 0x300)) << irq;
    EXPECT_FALSE(distributor.wrote(0x6000 + 8 * 31, 0x300));
}

TEST_F(Gicv3Test, a_distributor_that_never_settles_is_reported)
{
    distributor.on_read(0x000, [] { return 1u << 31; });
    EXPECT_EQ(gic.init_machine(0).error(), Status::TimedOut);
}

TEST_F(Gicv3Test, a_core_is_woken_and_needs_its_redistributor)
{
    frames[0x14] = 6;
    unsigned polls = 0;
    frames.on_read(0x14, [&] { return polls++ < 3 ? 6u : 0u; });
    ASSERT_TRUE(gic.init_core(0));
    EXPECT_TRUE(frames.wrote(0x14, 4));
    EXPECT_TRUE(own.wrote(0x080, 0xffff'ffff));
    EXPECT_TRUE(own.wrote(0x180, 0xffff'0000));
    EXPECT_EQ(gic.init_core(1).error(), Status::NoDevice);
    frames.on_read(0x14, [] { return 4u; });
    EXPECT_EQ(gic.init_core(0).error(), Status::TimedOut);
}

TEST_F(Gicv3Test, private_lines_go_to_the_redistributor)
{
    gic.unmask(0, Irq{27});
    gic.unmask(0, Irq{40});
    EXPECT_EQ(own.writes().back(), (FakeBus::Write{0x100, 1u << 27}));
    EXPECT_EQ(distributor.writes().back(), (FakeBus::Write{0x104, 1u << 8}));
    ASSERT_TRUE(gic.route(Irq{40}, 0));
    EXPECT_EQ(distributor.writes().back(), (FakeBus::Write{0x6000 + 8 * 40, 0x300}));
}

struct Bcm2836Test : testing::Test {
    FakeBus local, peripheral;
    Bcm2836<FakeBus> bcm{local, peripheral};
};

TEST_F(Bcm2836Test, cells)
{
    std::vector<std::uint32_t> const virtual_timer{3, 4}, uart{2, 25}, aux{1, 29}, bad_bank{3, 0},
        bad_bit{0, 8};
    EXPECT_EQ(bcm2836::decode_local(virtual_timer), (IrqLine{Irq{3}, Trigger::Level}));
    EXPECT_EQ(bcm2836::decode_peripheral(uart), (IrqLine{Irq{32 + 64 + 25}, Trigger::Level}));
    EXPECT_EQ(bcm2836::decode_peripheral(aux), (IrqLine{Irq{32 + 32 + 29}, Trigger::Level}));
    EXPECT_FALSE(bcm2836::decode_peripheral(bad_bank));
    EXPECT_FALSE(bcm2836::decode_peripheral(bad_bit));
}

TEST_F(Bcm2836Test, boot_masks_the_peripherals_and_routes_them_here)
{
    bcm.init_machine(1);
    EXPECT_EQ(peripheral.writes(),
        (std::vector<FakeBus::Write>{{0x1c, 0xffff'ffff}, {0x20, 0xffff'ffff}, {0x24, 0xffff'ffff}}));
    EXPECT_EQ(local.writes(), (std::vector<FakeBus::Write>{{0x0c, 1}}));
}

TEST_F(Bcm2836Test, masks_by_bank_and_by_core)
{
    bcm.unmask(2, Irq{3});
    EXPECT_EQ(local.writes().back(), (FakeBus::Write{0x48, 8}));
    bcm.unmask(2, Irq{1});
    bcm.mask(2, Irq{3});
    EXPECT_EQ(local.writes().back(), (FakeBus::Write{0x48, 2}));
    bcm.unmask(0, Irq{5});
    EXPECT_EQ(local.writes().back(), (FakeBus::Write{0x50, 2}));
    bcm.unmask(0, Irq{32 + 64 + 25});
    EXPECT_EQ(peripheral.writes().back(), (FakeBus::Write{0x14, 1u << 25}));
    bcm.mask(0, Irq{32 + 0 + 2});
    EXPECT_EQ(peripheral.writes().back(), (FakeBus::Write{0x24, 4}));
}

TEST_F(Bcm2836Test, acknowledges_local_sources_then_banks)
{
    EXPECT_TRUE(bcm.acknowledge(0).spurious());
    local[0x64] = 1u << 3 | 1u << 8;
    EXPECT_EQ(bcm.acknowledge(1).irq(), Irq{3});
    local[0x64] = 1u << 8;
    EXPECT_TRUE(bcm.acknowledge(1).spurious());
    peripheral[0x00] = 1u << 1 | 1u << 9;
    EXPECT_EQ(bcm.acknowledge(1).irq(), Irq{32 + 1});
    peripheral[0x08] = 1u << 25;
    EXPECT_EQ(bcm.acknowledge(1).irq(), Irq{32 + 64 + 25});
    peripheral[0x04] = 1u << 29;
    EXPECT_EQ(bcm.acknowledge(1).irq(), Irq{32 + 32 + 29});
}

TEST(InterruptTable, one_owner_a_line_and_a_limit)
{
    InterruptTable table;
    EXPECT_EQ(table.find(Irq{27}), nullptr);
    ASSERT_TRUE(table.claim({Irq{27}, Trigger::Level}, {"timer"}));
    EXPECT_EQ(table.claim({Irq{27}, Trigger::Level}, {"other"}).error(), Status::Busy);
    EXPECT_EQ(table.claim({Irq{1024}, Trigger::Level}, {"beyond"}).error(), Status::OutOfRange);
    ASSERT_NE(table.find(Irq{27}), nullptr);
    ++table.find(Irq{27})->count;
    ASSERT_TRUE(table.replace(Irq{27}, {"timer again"}));
    EXPECT_EQ(table.at(0)->count, 1u);
    EXPECT_EQ(table.at(0)->claim.name, "timer again");
    EXPECT_EQ(table.at(1), nullptr);
    for (std::uint16_t n = 100; n < 100 + InterruptTable::max_claims - 1; ++n)
        ASSERT_TRUE(table.claim({Irq{n}, Trigger::Level}, {"x"}));
    EXPECT_EQ(table.claim({Irq{99}, Trigger::Level}, {"one more"}).error(), Status::NoSpace);
    EXPECT_EQ(table.find(Irq{1023}), nullptr);
    EXPECT_EQ(table.find(Irq{100 + InterruptTable::max_claims - 2})->line.irq.n,
        100 + InterruptTable::max_claims - 2);
}

} // namespace
} // namespace torc::arch
