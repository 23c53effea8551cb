// SPDX-License-Identifier: MIT
#include "arch-aarch64/syndrome.hpp"

#include <gtest/gtest.h>
#include <string>

#include "arch-aarch64/backtrace.hpp"
#include "arch-aarch64/descriptor.hpp"

namespace torc::arch {
Symbol find_symbol(std::uint64_t address)
{
    return address == 0x1000 ? Symbol{"known", 0} : Symbol{};
}
}

using namespace torc::arch;

namespace {

std::string describe(std::uint64_t esr, std::uint64_t address = 0)
{
    std::uint64_t const x[31] = {0, 0x1000};
    torc::FormatBuffer<200> out;
    describe_exception(out, Syndrome{esr}, address, x);
    return std::string{out.view()};
}

} // namespace

TEST(Syndrome, AbortsSayWhatWasDoneAndWhatIsWrong)
{
    EXPECT_EQ(describe(0x9600'0005, 0), "read of 0x0: not mapped (level 1): a null pointer");
    EXPECT_EQ(
        describe(0x9600'004f, 0xffff'ffff'8000'0000), "write to 0xffffffff80000000: not permitted (level 3)");
    EXPECT_EQ(describe(0x8600'000f, 0x4000), "jump to 0x4000: not permitted (level 3)");
    EXPECT_EQ(describe(0x9600'0010, 0xff00'0000), "read of 0xff000000: external abort");
    EXPECT_EQ(describe(0x9600'0021, 0x4001), "read of 0x4001: misaligned");
    EXPECT_EQ(describe(0x9600'0017, 0x4000), "read of 0x4000: external abort on the table walk");
}

TEST(Syndrome, CacheOperationsAreReads)
{
    EXPECT_FALSE(Syndrome{0x9200'0147}.is_write());
    EXPECT_TRUE(Syndrome{0x9200'0047}.is_write());
}

TEST(Syndrome, BreakpointsOfTheCompilerAreSentences)
{
    EXPECT_EQ(describe(0xf200'5512), "undefined behaviour: an array index is out of bounds");
    EXPECT_EQ(describe(0xf200'55ff), "undefined behaviour: a check this kernel has no words for");
    EXPECT_EQ(describe(0xf200'8221), "a call through a function pointer of the wrong type, to 0x1000 known");
    EXPECT_EQ(describe(0xf200'0001), "a check in the C++ library failed, or __builtin_trap() was called");
    EXPECT_EQ(describe(0xf200'1234), "breakpoint 0x1234");
}

TEST(Syndrome, OtherClassesHaveWordsOrANumber)
{
    EXPECT_EQ(describe(0x0200'0000), "undefined instruction");
    EXPECT_EQ(describe(0xbf00'0000), "system error (an external abort that came late)");
    EXPECT_EQ(describe(0x1fe0'0000), "the kernel used a NEON register");
    EXPECT_EQ(describe(0x5000'0000), "exception class 0x14");
}

TEST(Descriptor, IndicesCutAnAddress)
{
    static_assert(
        table_index(0xffff'ffff'8000'0000, 0) == 511 && table_index(0xffff'ffff'8000'0000, 1) == 510);
    static_assert(table_index(0xffff'8000'0000'0000, 0) == 256 && table_index(0x20'3000, 2) == 1);
    static_assert(table_index(0x20'3000, 3) == 3);
    static_assert(descriptor::is_table(0x1003) && !descriptor::is_table(0x20'0001));
}

TEST(Descriptor, NothingIsWritableAndExecutable)
{
    for (KernelAccess access :
        {KernelAccess::ReadExecute, KernelAccess::Read, KernelAccess::ReadWrite, KernelAccess::Device}) {
        std::uint64_t const bits = kernel_attributes(access);
        EXPECT_TRUE(bits & (descriptor::read_only | descriptor::kernel_no_execute));
        EXPECT_TRUE(bits & descriptor::user_no_execute);
        EXPECT_FALSE(bits & (descriptor::user | descriptor::not_global));
    }
}
