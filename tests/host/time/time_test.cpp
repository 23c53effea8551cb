// SPDX-License-Identifier: MIT
// Conversions, the wall clock, the timer queue's interrupt.
#include "kernel/machine_records.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/clock_ids.hpp"
#include "kernel/time/load_average.hpp"
#include "kernel/time/vdso.hpp"
#include "kernel/time/vvar.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <gtest/gtest.h>

namespace torc {
namespace {

TEST(Time, ConvertsAndChecks)
{
    EXPECT_EQ(to_ns(TimeSpec{1, 5}).value(), 1'000'000'005u);
    EXPECT_EQ(to_ns(TimeSpec{-1, 0}).error(), Status::BadArgument);
    EXPECT_EQ(to_ns(TimeSpec{0, 1'000'000'000}).error(), Status::BadArgument);
    EXPECT_EQ(to_ns(TimeSpec{0, -1}).error(), Status::BadArgument);
    EXPECT_EQ(to_ns(TimeSpec{INT64_MAX, 0}).value(), longest_ns);
    EXPECT_EQ(to_ns(TimeVal{2, 3}).value(), 2'000'003'000u);
    EXPECT_EQ(to_ns(TimeVal{0, 1'000'000}).error(), Status::BadArgument);
    EXPECT_EQ(to_timeval(1'999'999'999).microseconds, 999'999);
    EXPECT_EQ(to_timespec(1'999'999'999).seconds, 1);
}

TEST(Time, ProcessorClocksNameTheirOwner)
{
    std::int32_t const process5 = static_cast<std::int32_t>(~5u << 3 | 2);
    EXPECT_TRUE(is_processor_clock(process5));
    EXPECT_EQ(processor_clock(process5).id, 5);
    EXPECT_FALSE(processor_clock(process5).of_thread);
    EXPECT_TRUE(processor_clock(process5 | 4).of_thread);
    EXPECT_FALSE(is_processor_clock(process5 | 3)) << "a clock by descriptor";
}

TEST(Time, TheWallClockIsAnOffset)
{
    FakeMachine machine{16u << 20};
    MachineRecords records;
    machine.torus.machine = &records;
    machine.ticks = FakeMachine::ticks_per_second * 10;
    clock_start(1'700'000'000);
    EXPECT_EQ(to_timespec(realtime_ns()).seconds, 1'700'000'010);
    EXPECT_EQ(vvar().sequence % 2, 0u);
    EXPECT_EQ(vvar().realtime_offset_ns, realtime_offset_ns());
    EXPECT_TRUE(set_realtime(2'000'000'000 * ns_per_second));
    machine.ticks += FakeMachine::ticks_per_second;
    EXPECT_EQ(to_timespec(realtime_ns()).seconds, 2'000'000'001);
    EXPECT_EQ(monotonic_ns(), 11 * ns_per_second);
    machine.torus.machine = nullptr; // another torus: it reads the clock, and has it set there
    EXPECT_EQ(set_realtime(2'100'000'000 * ns_per_second).error(), Status::Elsewhere);
    EXPECT_EQ(to_timespec(realtime_ns()).seconds, 2'000'000'001);
}

TEST(Time, ALoadThatLastsIsTheAverage)
{
    LoadAverage load;
    EXPECT_EQ(load.average(0), 0u);
    for (unsigned i = 0; i < 12 * 60; ++i) // an hour
        load.sample(2);
    EXPECT_NEAR(static_cast<double>(load.average(0)) / 65536, 2, 0.01);
    EXPECT_NEAR(static_cast<double>(load.average(2)) / 65536, 2, 0.1);
    for (unsigned i = 0; i < 12; ++i) // a minute
        load.sample(0);
    EXPECT_NEAR(static_cast<double>(load.average(0)) / 65536, 2 / 2.71828, 0.02);
}

TEST(Time, IdleTimeIsMadeUpForAtOnce)
{
    LoadAverage step, leap;
    for (unsigned i = 0; i < 100; ++i) {
        step.sample(3);
        leap.sample(3);
    }
    for (unsigned i = 0; i < 37; ++i)
        step.sample(0);
    leap.sample_idle(37);
    for (unsigned i = 0; i < 3; ++i)
        EXPECT_NEAR(
            static_cast<double>(leap.average(i)) / 65536, static_cast<double>(step.average(i)) / 65536, 0.03);
    leap.sample_idle(~0ull);
    EXPECT_EQ(leap.average(2), 0u);
}

struct Sleepers : testing::Test {
    Sleepers()
    {
        machine.torus.run_queue.open(FakeMachine::ticks_per_second);
        for (unsigned i = 0; i < count; ++i) {
            threads[i].process = &process;
            machine.torus.run_queue.enqueue(threads[i].entity, Arrival::start);
        }
    }
    ~Sleepers() override
    {
        for (Thread& thread : threads)
            retire_thread(thread);
    }
    void sleep(unsigned i, std::uint64_t deadline)
    {
        while (machine.torus.run_queue.pick() != &threads[i].entity)
            machine.torus.run_queue.charge(1'000'000'000);
        machine.torus.current = &threads[i];
        EXPECT_TRUE(sleep_until(threads[i], deadline, OnSignal::Restart).is_blocked());
    }
    static constexpr unsigned count = 20;
    FakeMachine machine{16u << 20};
    Process process;
    Thread threads[count];
};

TEST_F(Sleepers, WakeInTurnAndTheTimerIsArmedForTheNext)
{
    sleep(0, 300);
    sleep(1, 100);
    sleep(2, 200);
    EXPECT_EQ(machine.torus.timers.earliest(), 100u);
    machine.ticks = 150;
    timer_expired();
    EXPECT_EQ(threads[1].state, ThreadState::Runnable);
    EXPECT_TRUE(threads[1].timed_out);
    EXPECT_EQ(threads[2].state, ThreadState::Blocked);
    machine.ticks = 1000;
    timer_expired();
    EXPECT_EQ(threads[0].state, ThreadState::Runnable);
    EXPECT_EQ(threads[2].state, ThreadState::Runnable);
    EXPECT_EQ(machine.torus.timers.earliest(), never);
}

TEST_F(Sleepers, ManyAtOnceAreWokenInBoundedSteps)
{
    for (unsigned i = 0; i < count; ++i)
        sleep(i, 100 + i);
    machine.ticks = 1000;
    unsigned interrupts = 0;
    while (machine.torus.timers.earliest() != never) {
        timer_expired();
        ++interrupts;
        ASSERT_LT(interrupts, count);
    }
    EXPECT_EQ(interrupts, 3u);
    for (Thread const& thread : threads)
        EXPECT_EQ(thread.state, ThreadState::Runnable);
}

TEST_F(Sleepers, AWakeUpCancelsTheDeadline)
{
    sleep(0, 500);
    wake(threads[0]);
    EXPECT_EQ(threads[0].state, ThreadState::Runnable);
    EXPECT_FALSE(threads[0].timed_out);
    EXPECT_EQ(machine.torus.timers.earliest(), never);
}

TEST_F(Sleepers, StoppedThreadsKeepTheirPlaceInLine)
{
    WaitQueue queue;
    machine.torus.run_queue.pick();
    machine.torus.current = &threads[0];
    while (machine.torus.run_queue.pick() != &threads[0].entity)
        machine.torus.run_queue.charge(1'000'000'000);
    EXPECT_TRUE(block(threads[0], queue, OnSignal::Restart).is_blocked());
    stop_thread(threads[0]);
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.wake(), 0u);
    resume_thread(threads[0]);
    EXPECT_EQ(threads[0].state, ThreadState::Runnable);
    retire_thread(threads[0]);
    EXPECT_FALSE(threads[0].entity.is_runnable());
}

} // namespace
} // namespace torc
