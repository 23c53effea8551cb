// SPDX-License-Identifier: MIT
// ppoll and pselect6 over pipes: what is ready, what waits, what wakes, and that every waiter is given back.
#include "arch/clock.hpp"
#include "kernel/files/file_flags.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/clock.hpp"
#include "tests/host/files/world.hpp"
#include <gtest/gtest.h>

namespace torc {
namespace {

using namespace linux_abi;
using namespace poll_event;

struct Entry {
    std::int32_t fd;
    std::int16_t events{static_cast<std::int16_t>(in)};
    std::int16_t revents{-1};
};

class PollTest : public FilesTest {
protected:
    struct Ends {
        std::int64_t reader, writer;
    };
    Ends pipe()
    {
        std::uint64_t const at = me->room(8);
        EXPECT_EQ(me->call(call_pipe2, at, 0), 0);
        return {me->get<std::int32_t>(at), me->get<std::int32_t>(at + 4)};
    }
    std::uint64_t put_entries(std::vector<Entry> const& entries)
    {
        return me->put(entries.data(), entries.size() * sizeof(Entry));
    }
    std::uint64_t put_time(TimeSpec time) { return me->put(&time, sizeof time); }
    int events(std::uint64_t entries, unsigned i)
    {
        return me->get<Entry>(entries + i * sizeof(Entry)).revents;
    }
    std::int64_t poll(std::uint64_t entries, unsigned count, std::uint64_t timeout = 0)
    {
        return me->call(call_ppoll, entries, count, timeout);
    }
    // Another process, which has the writing end too, writes.
    void write_elsewhere(std::int64_t fd)
    {
        bool const interrupts = machine().interrupt_pending;
        interrupt_always(false);
        {
            Person other;
            OpenFile* const writer = me->process.files->get(static_cast<int>(fd));
            retain(*writer);
            EXPECT_EQ(
                other.write(other.process.files->install(*writer, CloseOnExec::No, 100).value(), "x"), 1);
        }
        interrupt_always(interrupts);
        machine().user = &me->process.space->table();
        machine().torus.current = &me->thread;
    }
    void pass(std::uint64_t ns) { machine().ticks += arch::ns_to_ticks(ns); }
};

TEST_F(PollTest, SaysWhatIsReady)
{
    Ends const p = pipe();
    me->make("file", "text");
    auto const file = me->open("file", open_flag::read_only);
    auto const fd = [](std::int64_t n) { return static_cast<std::int32_t>(n); };
    auto const entries = put_entries(
        {{fd(p.reader)}, {fd(p.writer), static_cast<std::int16_t>(out)}, {fd(file)}, {-1}, {500}});
    EXPECT_EQ(poll(entries, 5), 3);
    EXPECT_EQ(events(entries, 0), 0);
    EXPECT_EQ(events(entries, 1), static_cast<int>(out));
    EXPECT_EQ(events(entries, 2), static_cast<int>(in));
    EXPECT_EQ(events(entries, 3), 0);
    EXPECT_EQ(events(entries, 4), static_cast<int>(invalid));
    me->close(p.writer);
    EXPECT_EQ(poll(entries, 1), 1);
    EXPECT_EQ(events(entries, 0), static_cast<int>(hang_up));
}

TEST_F(PollTest, RefusesWhatLinuxRefuses)
{
    auto const entries = put_entries({{0}});
    EXPECT_EQ(poll(entries, 100'000), -22);
    EXPECT_EQ(poll(1, 1), -14);
    EXPECT_EQ(poll(entries, 1, 1), -14);
    EXPECT_EQ(poll(entries, 1, put_time(TimeSpec{-1, 0})), -22);
    EXPECT_EQ(poll(entries, 1, put_time(TimeSpec{0, 1'000'000'000})), -22);
    EXPECT_EQ(me->call(call_ppoll, entries, 1, 0, put_time(TimeSpec{}), 4), -22);
    EXPECT_EQ(me->call(call_ppoll, entries, 1, 0, 1, 8), -14);
}

TEST_F(PollTest, WaitsAndIsWoken)
{
    Ends const p = pipe();
    auto const entries = put_entries({{static_cast<std::int32_t>(p.reader)}});
    EXPECT_EQ(poll(entries, 1), call_blocks);
    EXPECT_TRUE(me->waits());
    write_elsewhere(p.writer);
    EXPECT_FALSE(me->waits());
    EXPECT_EQ(poll(entries, 1), 1);
    EXPECT_EQ(events(entries, 0), static_cast<int>(in));
}

TEST_F(PollTest, EndsWithItsTime)
{
    Ends const p = pipe();
    auto const entries = put_entries({{static_cast<std::int32_t>(p.reader)}});
    auto const time = put_time(TimeSpec{0, 500'000'000});
    EXPECT_EQ(poll(entries, 1, time), call_blocks);
    pass(200'000'000);
    wake(me->thread); // for nothing: the deadline stays
    EXPECT_EQ(poll(entries, 1, time), call_blocks);
    pass(300'000'001);
    wake_by_timer(me->thread);
    EXPECT_EQ(poll(entries, 1, time), 0);
    EXPECT_EQ(me->get<TimeSpec>(time).nanoseconds, 0);
}

TEST_F(PollTest, TellsTheTimeThatIsLeft)
{
    Ends const p = pipe();
    auto const entries = put_entries({{static_cast<std::int32_t>(p.reader)}});
    auto const time = put_time(TimeSpec{10, 0});
    EXPECT_EQ(poll(entries, 1, time), call_blocks);
    pass(4'000'000'000);
    write_elsewhere(p.writer);
    EXPECT_EQ(poll(entries, 1, time), 1);
    EXPECT_EQ(me->get<TimeSpec>(time).seconds, 6);
}

TEST_F(PollTest, ZeroTimeNeverWaits)
{
    Ends const p = pipe();
    auto const time = put_time(TimeSpec{});
    auto const entries = put_entries({{static_cast<std::int32_t>(p.reader)}});
    EXPECT_EQ(poll(entries, 1, time), 0);
    EXPECT_EQ(poll(0, 0, time), 0);
    EXPECT_EQ(me->thread.restart.kind, CallKind::None) << "a call that is over leaves nothing behind";
}

TEST_F(PollTest, ASignalComesBeforeTheEndOfTime)
{
    me->thread.blocked = signal_bit(sig::usr1);
    me->process.actions[sig::usr1 - 1].handler = 0x1000;
    EXPECT_TRUE(signal_send(me->thread, kernel_signal(sig::usr1)));
    SignalSet const open_mask = 0;
    auto const mask = me->put(&open_mask, sizeof open_mask);
    EXPECT_EQ(me->call(call_ppoll, 0, 0, put_time(TimeSpec{}), mask, 8), call_interrupted);
    set_signal_mask(me->thread, signal_bit(sig::usr1));
    Ends const p = pipe();
    auto const entries = put_entries({{static_cast<std::int32_t>(p.writer), static_cast<std::int16_t>(out)}});
    EXPECT_EQ(me->call(call_ppoll, entries, 1, 0, mask, 8), 1) << "but not before what is ready";
}

// A look at many descriptors yields; what becomes ready meanwhile, behind its back, is not missed.
TEST_F(PollTest, GrainsMissNothing)
{
    Ends const p = pipe();
    std::vector<Entry> many(64, Entry{static_cast<std::int32_t>(p.reader)});
    auto const entries = put_entries(many);
    interrupt_always(true);
    machine().user = &me->process.space->table();
    machine().torus.current = &me->thread;
    Arguments const arguments{{entries, many.size(), 0, 0, 0, 0}};
    ASSERT_TRUE(call_ppoll(me->thread, arguments).is_again());
    ASSERT_TRUE(call_ppoll(me->thread, arguments).is_again());
    write_elsewhere(p.writer);
    EXPECT_EQ(poll(entries, 64), 48) << "those not yet looked at";
    EXPECT_EQ(poll(entries, 64), 64);
}

TEST_F(PollTest, GrainsLookAgainBeforeTheyBlock)
{
    Ends const first = pipe(), second = pipe();
    std::vector<Entry> many(16, Entry{static_cast<std::int32_t>(second.reader)});
    many[0].fd = static_cast<std::int32_t>(first.reader);
    auto const entries = put_entries(many);
    interrupt_always(true);
    machine().user = &me->process.space->table();
    machine().torus.current = &me->thread;
    Arguments const arguments{{entries, many.size(), 0, 0, 0, 0}};
    ASSERT_TRUE(call_ppoll(me->thread, arguments).is_again()); // has seen that the first is empty
    write_elsewhere(first.writer);
    EXPECT_EQ(poll(entries, 16), 1);
    EXPECT_EQ(events(entries, 0), static_cast<int>(in));
}

class SelectTest : public PollTest {
protected:
    using Set = std::array<std::uint64_t, 16>;
    static void add(Set& set, std::int64_t fd)
    {
        set[static_cast<std::size_t>(fd) / 64] |= 1ull << (fd % 64);
    }
    std::uint64_t put_set(Set const& set) { return me->put(set.data(), sizeof set); }
    bool has(std::uint64_t set, std::int64_t fd)
    {
        return me->get<Set>(set)[static_cast<std::size_t>(fd) / 64] >> (fd % 64) & 1;
    }
    std::int64_t select(int limit, std::uint64_t r, std::uint64_t w, std::uint64_t e, std::uint64_t time = 0)
    {
        return me->call(call_pselect6, static_cast<unsigned>(limit), r, w, e, time);
    }
};

TEST_F(SelectTest, AnswersInTheSets)
{
    Ends const p = pipe(), q = pipe();
    me->write(q.writer, "x");
    Set r{}, w{}, e{};
    for (std::int64_t const fd : {p.reader, q.reader, p.writer}) {
        add(r, fd);
        add(e, fd);
    }
    add(w, p.writer);
    auto const reads = put_set(r), writes = put_set(w), exceptions = put_set(e);
    // A write end is "readable" never, but an end without readers is in both sets.
    EXPECT_EQ(select(64, reads, writes, exceptions), 2);
    EXPECT_FALSE(has(reads, p.reader));
    EXPECT_TRUE(has(reads, q.reader));
    EXPECT_TRUE(has(writes, p.writer));
    EXPECT_EQ(me->get<Set>(exceptions), Set{});
}

TEST_F(SelectTest, LeavesTheSetsAloneUntilThen)
{
    Ends const p = pipe();
    Set r{};
    add(r, p.reader);
    auto const reads = put_set(r);
    auto const time = put_time(TimeSpec{1, 0});
    EXPECT_EQ(select(64, reads, 0, 0, time), call_blocks);
    EXPECT_TRUE(has(reads, p.reader));
    pass(2'000'000'000);
    wake_by_timer(me->thread);
    EXPECT_EQ(select(64, reads, 0, 0, time), 0);
}

TEST_F(SelectTest, RefusesWhatLinuxRefuses)
{
    Set r{};
    add(r, 700);
    auto const reads = put_set(r);
    EXPECT_EQ(select(-1, reads, 0, 0), -22);
    EXPECT_EQ(select(1000, reads, 0, 0), -9);
    EXPECT_TRUE(has(reads, 700));
    EXPECT_EQ(select(64, 1, 0, 0), -14);
    EXPECT_EQ(select(700, reads, 0, 0, put_time(TimeSpec{})), 0) << "700 is not asked for";
}

TEST_F(SelectTest, GrainsGiveTheSameAnswer)
{
    Ends const p = pipe();
    me->write(p.writer, "x");
    Set r{};
    unsigned count = 0;
    for (unsigned fd = 100; fd < 500; fd += 7) {
        me->call(call_dup3, static_cast<std::uint64_t>(p.reader), fd, 0);
        add(r, fd);
        ++count;
    }
    auto const reads = put_set(r);
    interrupt_always(true);
    EXPECT_EQ(select(1000, reads, 0, 0), count);
    interrupt_always(false);
    EXPECT_EQ(me->get<Set>(reads), r);
}

} // namespace
} // namespace torc
