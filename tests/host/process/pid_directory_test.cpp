// SPDX-License-Identifier: MIT
// Numbers of processes and threads: each torus has every Nth.
#include "kernel/memory/record_backing.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/session_records.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <gtest/gtest.h>

namespace torc {
namespace {

class PidDirectoryTest : public testing::Test {
protected:
    PidDirectoryTest()
    {
        machine.take_over_memory();
        EXPECT_TRUE(sessions_open(machine.torus, *create_for_ever<SessionRecords>(), 64));
        alone.open(reserve_records(PidDirectory::bytes()), 0, 1);
        third_of_eight.open(reserve_records(PidDirectory::bytes()), 2, 8);
    }

    FakeMachine machine;
    PidDirectory alone, third_of_eight;
};

TEST_F(PidDirectoryTest, OneTorusCountsFromOne)
{
    EXPECT_EQ(alone.take().value(), 1);
    EXPECT_EQ(alone.take().value(), 2);
    EXPECT_EQ(alone.birth_torus(2), 0u);
    EXPECT_NE(alone.find(2), nullptr);
    EXPECT_EQ(alone.find(3), nullptr);
    EXPECT_TRUE(alone.is_possible(32767));
    EXPECT_FALSE(alone.is_possible(32768));
    EXPECT_FALSE(alone.is_possible(0));
}

TEST_F(PidDirectoryTest, OneOfManyHasItsOwnNumbers)
{
    EXPECT_EQ(third_of_eight.take().value(), 3);
    EXPECT_EQ(third_of_eight.take().value(), 11);
    EXPECT_EQ(third_of_eight.take().value(), 19);
    for (std::int32_t const pid : {3, 11, 19})
        EXPECT_EQ(third_of_eight.birth_torus(pid), 2u);
    EXPECT_EQ(third_of_eight.birth_torus(1), 0u);
    EXPECT_EQ(third_of_eight.birth_torus(8), 7u);
    EXPECT_EQ(third_of_eight.find(10), nullptr) << "another's";
    EXPECT_EQ(third_of_eight.find(27), nullptr) << "not in use";
    EXPECT_EQ(third_of_eight.take(12).error(), Status::BadArgument);
    EXPECT_EQ(third_of_eight.take(11).error(), Status::Exists);
    third_of_eight.give_back(11);
    EXPECT_EQ(third_of_eight.find(11), nullptr);
    EXPECT_EQ(third_of_eight.take(11).value(), 11);
}

TEST_F(PidDirectoryTest, AWalkFindsWhatIsInUse)
{
    for (unsigned i = 0; i < 200; ++i)
        (void)third_of_eight.take();
    for (unsigned i = 0; i < 200; ++i)
        if (i % 67 != 0)
            third_of_eight.give_back(static_cast<std::int32_t>(i * 8 + 3));
    std::int32_t pid = 0;
    EXPECT_EQ(third_of_eight.next_in_use(pid), 3);
    EXPECT_EQ(third_of_eight.next_in_use(pid), 3) << "at or after";
    EXPECT_EQ(third_of_eight.next_in_use(++pid), 67 * 8 + 3);
    EXPECT_EQ(third_of_eight.next_in_use(++pid), 134 * 8 + 3);
    EXPECT_EQ(third_of_eight.next_in_use(++pid), 0);
}

TEST_F(PidDirectoryTest, ThereAreAsManyAsLinuxHas)
{
    EXPECT_EQ(pid_max(1), 32768u);
    EXPECT_EQ(pid_max(128), 4'194'304u);
    PidDirectory last;
    last.open(reserve_records(PidDirectory::bytes()), 127, 128);
    EXPECT_EQ(last.take(32767 * 128).value(), 32767 * 128);
    EXPECT_TRUE(last.is_possible(32767 * 128));
    EXPECT_EQ(last.birth_torus(32767 * 128), 127u);
}

} // namespace
} // namespace torc
