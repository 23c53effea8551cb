// SPDX-License-Identifier: MIT
#include "arch-aarch64/power/bcm2835_pm.hpp"
#include "arch-aarch64/power/semihosting.hpp"
#include "tests/host/arch-aarch64/fake_bus.hpp"

#include <gtest/gtest.h>

namespace torc::arch {
namespace {

TEST(Bcm2835Pm, off_is_a_reset_into_the_partition_that_stays_off)
{
    FakeBus bus;
    bus[0x20] = 0x1002;
    bus[0x1c] = 0x102;
    Bcm2835Pm{bus}.power_off();
    EXPECT_EQ(bus.writes(),
        (std::vector<FakeBus::Write>{{0x20, 0x5a00'1557}, {0x24, 0x5a00'000a}, {0x1c, 0x5a00'0122}}));
}

TEST(Bcm2835Pm, restart_boots_from_the_first_partition)
{
    FakeBus bus;
    bus[0x20] = 0x555;
    Bcm2835Pm{bus}.restart();
    EXPECT_EQ(bus.writes(),
        (std::vector<FakeBus::Write>{{0x20, 0x5a00'0000}, {0x24, 0x5a00'000a}, {0x1c, 0x5a00'0020}}));
}

TEST(Semihosting, only_its_own_undefined_instruction_means_absence)
{
    EXPECT_TRUE(semihosting_absent(0x0200'0000, 0xd45e'0000));
    EXPECT_FALSE(semihosting_absent(0x0200'0000, 0xd45e'0001));
    EXPECT_FALSE(semihosting_absent(0x9600'0004, 0xd45e'0000));
}

} // namespace
} // namespace torc::arch
