// SPDX-License-Identifier: MIT
#include "arch-aarch64/console/cadence_uart.hpp"
#include "arch-aarch64/console/pl011.hpp"
#include "arch-aarch64/console/uart8250.hpp"
#include "tests/host/arch-aarch64/fake_bus.hpp"

#include <gtest/gtest.h>

namespace torc::arch {
namespace {

using Writes = std::vector<FakeBus::Write>;

TEST(Pl011, preparing_sets_the_line_with_the_port_off_and_keeps_the_baud_rate)
{
    FakeBus bus;
    bus[0x030] = 0x4001; // on, RTS as firmware left it
    Pl011 uart{bus};
    uart.prepare();
    EXPECT_EQ(
        bus.writes(), (Writes{{0x038, 0}, {0x030, 0x4000}, {0x02c, 0x70}, {0x030, 0x4301}, {0x044, 0x7af}}));
}

TEST(Pl011, the_line_waits_for_what_is_being_sent_but_not_for_ever)
{
    FakeBus bus;
    unsigned polls = 0;
    bus.on_read(0x018, [&] { return ++polls < 5 ? 1u << 3 : 0u; });
    Pl011{bus}.prepare();
    EXPECT_EQ(polls, 5u);

    bus.on_read(0x018, [&] { return ++polls, 1u << 3; });
    polls = 0;
    Pl011{bus}.prepare();
    EXPECT_EQ(polls, max_send_polls + 1);
}

TEST(Pl011, an_sbsa_port_has_no_line_to_set)
{
    FakeBus bus;
    Pl011{bus, Pl011Kind::Sbsa}.prepare();
    EXPECT_EQ(bus.writes(), (Writes{{0x038, 0}, {0x044, 0x7af}}));
}

TEST(Pl011, a_full_fifo_refuses_a_byte_and_an_empty_one_has_none)
{
    FakeBus bus;
    Pl011 uart{bus};
    bus[0x018] = 1u << 5 | 1u << 4;
    EXPECT_FALSE(uart.can_send());
    EXPECT_EQ(uart.receive(), no_byte);
    bus[0x018] = 0;
    bus[0x000] = 0x841; // with an error flag above the byte
    EXPECT_TRUE(uart.can_send());
    EXPECT_EQ(uart.receive(), 0x41);
    uart.send('\xff');
    EXPECT_EQ(bus.writes().back(), (FakeBus::Write{0x000, 0xff}));
}

TEST(Pl011, listening_forgets_what_came_before_and_is_not_kept_by_a_fifo_that_never_empties)
{
    FakeBus bus;
    Pl011 uart{bus};
    bus[0x018] = 1u << 4; // the FIFO was emptied, its interrupt not
    uart.listen();
    EXPECT_EQ(bus.writes(), (Writes{{0x044, 0x7ff}, {0x038, 0x50}}));

    unsigned bytes = 0;
    bus[0x018] = 0;
    bus.on_read(0x000, [&] { return ++bytes, 0x41u; });
    uart.listen();
    EXPECT_EQ(bytes, 64u);
}

TEST(Pl011, interrupts_for_input_and_for_room_do_not_disturb_each_other)
{
    FakeBus bus;
    Pl011 uart{bus};
    uart.listen();
    EXPECT_EQ(bus[0x038], 0x50u);
    uart.notify_room(Notify::On);
    EXPECT_EQ(bus[0x038], 0x70u);
    uart.notify_input(Notify::Off);
    EXPECT_EQ(bus[0x038], 0x20u);
    uart.notify_input(Notify::On);
    uart.notify_room(Notify::Off);
    EXPECT_EQ(bus[0x038], 0x50u);
}

TEST(Uart8250, registers_follow_shift_and_width)
{
    FakeBus bus;
    Uart8250 words{bus, Uart8250Kind::DesignWare, {.shift = 2, .width = 4}};
    words.prepare();
    EXPECT_EQ(bus.writes(), (Writes{{0x4, 0}, {0x8, 1}}));
    bus[0x14] = 1;
    bus[0x0] = 'x';
    EXPECT_EQ(words.receive(), 'x');

    FakeBus bytes;
    Uart8250 plain{bytes, Uart8250Kind::Plain, {}};
    plain.listen();
    EXPECT_EQ(bytes.writes(), (Writes{{4, 8}, {1, 1}}));
}

TEST(Uart8250, an_empty_fifo_takes_sixteen_bytes_but_the_mini_uart_one_a_look)
{
    FakeBus bus;
    Uart8250 plain{bus, Uart8250Kind::Plain, {}};
    bus[5] = 0x20;
    ASSERT_TRUE(plain.can_send());
    bus[5] = 0;
    for (int i = 0; i < 16; ++i) {
        ASSERT_TRUE(plain.can_send());
        plain.send('a');
    }
    EXPECT_FALSE(plain.can_send());

    FakeBus mini_bus;
    Uart8250 mini{mini_bus, Uart8250Kind::BcmMini, {.shift = 2, .width = 4}};
    mini_bus[0x14] = 0x20;
    ASSERT_TRUE(mini.can_send());
    mini.send('a');
    mini_bus[0x14] = 0;
    EXPECT_FALSE(mini.can_send());
}

TEST(Uart8250, interrupts_for_input_and_for_room_do_not_disturb_each_other)
{
    FakeBus bus;
    Uart8250 plain{bus, Uart8250Kind::Plain, {}};
    plain.listen();
    plain.notify_room(Notify::On);
    EXPECT_EQ(bus[1], 3u);
    plain.notify_input(Notify::Off);
    EXPECT_EQ(bus[1], 2u);
    plain.notify_input(Notify::On);
    plain.notify_room(Notify::Off);
    EXPECT_EQ(bus[1], 1u);
}

TEST(Uart8250, designware_lets_go_of_its_two_sticky_interrupts)
{
    FakeBus bus;
    Uart8250 uart{bus, Uart8250Kind::DesignWare, {.shift = 2, .width = 4}};
    unsigned status_reads = 0, data_reads = 0;
    bus.on_read(0x7c, [&] { return ++status_reads; });
    bus.on_read(0x00, [&] { return ++data_reads; });
    bus[0x08] = 0xc7; // busy
    uart.acknowledge();
    EXPECT_EQ(std::pair(status_reads, data_reads), std::pair(1u, 0u));
    bus[0x08] = 0xcc; // receive timeout, without data
    uart.acknowledge();
    EXPECT_EQ(std::pair(status_reads, data_reads), std::pair(1u, 1u));
    bus[0x14] = 1; // with data: the drain takes it
    uart.acknowledge();
    EXPECT_EQ(data_reads, 1u);
}

TEST(CadenceUart, sends_receives_and_acknowledges)
{
    FakeBus bus;
    CadenceUart uart{bus};
    uart.prepare();
    EXPECT_EQ(bus.writes().back(), (FakeBus::Write{0x00, 0x14}));
    uart.listen();
    EXPECT_EQ(bus.writes().back(), (FakeBus::Write{0x08, 0x101}));
    uart.notify_input(Notify::Off);
    EXPECT_EQ(bus.writes().back(), (FakeBus::Write{0x0c, 0x101}));
    bus[0x2c] = 1u << 1 | 1u << 4;
    EXPECT_FALSE(uart.can_send());
    EXPECT_EQ(uart.receive(), no_byte);
    bus[0x14] = 0x101;
    uart.acknowledge();
    EXPECT_EQ(bus.writes().back(), (FakeBus::Write{0x14, 0x101}));
}

} // namespace
} // namespace torc::arch
