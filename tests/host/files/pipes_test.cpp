// SPDX-License-Identifier: MIT
// Pipes against a model; FIFOs; polling.
#include "kernel/process/blocking.hpp"
#include "tests/host/files/world.hpp"
#include <cerrno>
#include <random>

namespace torc {
namespace {

using namespace linux_abi;
using namespace open_flag;

class PipesTest : public FilesTest {
protected:
    std::pair<std::int64_t, std::int64_t> make_pipe(std::uint32_t flags = 0)
    {
        std::uint64_t const at = me->room(8);
        EXPECT_EQ(me->call(call_pipe2, at, flags), 0);
        return {me->get<std::int32_t>(at), me->get<std::int32_t>(at + 4)};
    }
};

TEST_F(PipesTest, AgreeWithAModel)
{
    for (bool pieces : {false, true}) {
        interrupt_always(pieces);
        auto const [reader, writer] = make_pipe(nonblock);
        std::mt19937 random{3};
        std::string model;
        std::uint64_t capacity = 65536;
        std::uint64_t read_of_page = 0; // a page is full until all of it is read
        char next = 0;
        for (int i = 0; i < 3000; ++i) {
            std::size_t const size = random() % 4 == 0 ? random() % 20'000 : random() % 200;
            if (random() % 100 == 0) {
                std::uint64_t const wanted = 4096u << random() % 8;
                std::int64_t const got = me->call(call_fcntl, writer, 1031, wanted);
                if (got >= 0)
                    capacity = static_cast<std::uint64_t>(got);
                else
                    ASSERT_EQ(got, -EBUSY);
                ASSERT_EQ(me->call(call_fcntl, reader, 1032), static_cast<std::int64_t>(capacity));
            }
            if (random() % 2 == 0 && size > 0) {
                std::string text(size, '\0');
                for (char& c : text)
                    c = next++;
                std::int64_t const n = me->write(writer, text);
                std::size_t const room = capacity - read_of_page - model.size();
                std::int64_t const expected = size <= 4096
                    ? (room >= size ? static_cast<std::int64_t>(size) : -EAGAIN)
                    : room == 0 ? -EAGAIN
                                : static_cast<std::int64_t>(std::min(size, room));
                ASSERT_EQ(n, expected) << "size " << size << " room " << room;
                if (n > 0)
                    model += text.substr(0, static_cast<std::size_t>(n));
                next = static_cast<char>(model.empty() ? next : model.back() + 1);
            } else if (size > 0) {
                std::string const got = me->read(reader, size);
                if (model.empty())
                    ASSERT_EQ(got, "!11");
                else
                    ASSERT_EQ(got, model.substr(0, size));
                if (!model.empty()) {
                    model.erase(0, got.size());
                    read_of_page = model.empty() ? 0 : (read_of_page + got.size()) % 4096;
                }
            }
        }
        me->close(writer);
        std::string rest;
        for (std::string part = me->read(reader, 65536); !part.empty(); part = me->read(reader, 65536))
            rest += part;
        EXPECT_EQ(rest, model);
        me->close(reader);
    }
}

TEST_F(PipesTest, FramesComeAndGo)
{
    std::uint64_t const before = this_torus().frames.used(FrameKind::File);
    auto const [reader, writer] = make_pipe();
    EXPECT_EQ(this_torus().frames.used(FrameKind::File), before);
    EXPECT_EQ(me->write(writer, std::string(65536, 'x')), 65536);
    EXPECT_EQ(this_torus().frames.used(FrameKind::File), before + 16);
    EXPECT_EQ(me->read(reader, 65536).size(), 65536u);
    EXPECT_EQ(this_torus().frames.used(FrameKind::File), before + 1) << "one is kept";
    EXPECT_EQ(me->write(writer, "abc"), 3);
    EXPECT_EQ(me->read(reader, 10), "abc");
    EXPECT_EQ(this_torus().frames.used(FrameKind::File), before + 1);
    me->close(reader);
    me->process.actions[sig::pipe - 1].handler = 0x1000;
    EXPECT_EQ(me->write(writer, "x"), -EPIPE);
    EXPECT_TRUE(me->thread.pending.set & signal_bit(sig::pipe));
    me->close(writer);
    EXPECT_EQ(this_torus().frames.used(FrameKind::File), before);
}

TEST_F(PipesTest, ReadersAndWritersWait)
{
    auto const [reader, writer] = make_pipe();
    Person other;
    OpenFile& end = *me->process.files->get(static_cast<int>(reader));
    ASSERT_TRUE(other.process.files->install_at(end, CloseOnExec::No, 5));
    retain(end);
    std::uint64_t const at = other.room(100'000);
    EXPECT_EQ(other.call(call_read, 5, at, 10), call_blocks);
    EXPECT_EQ(me->write(writer, "now"), 3);
    EXPECT_FALSE(other.waits());
    EXPECT_EQ(other.call(call_read, 5, at, 10), 3);
    // A long write goes on as room appears, and counts everything.
    std::uint64_t const text = me->put(std::string(100'000, 'w'));
    EXPECT_EQ(me->call(call_write, writer, text, 100'000), call_blocks);
    EXPECT_EQ(other.call(call_read, 5, at, 1000), 1000);
    EXPECT_TRUE(me->waits()) << "not for a few bytes";
    EXPECT_EQ(other.call(call_read, 5, at, 60'000), 60'000);
    EXPECT_FALSE(me->waits());
    EXPECT_EQ(me->call(call_write, writer, text, 100'000), 100'000);
    EXPECT_EQ(other.call(call_read, 5, at, 100'000), 39'000);
    EXPECT_EQ(other.call(call_read, 5, at, 10), call_blocks);
    me->close(writer);
    EXPECT_FALSE(other.waits());
    EXPECT_EQ(other.call(call_read, 5, at, 10), 0);
    me->close(reader);
}

TEST_F(PipesTest, FifosMeet)
{
    EXPECT_EQ(me->call(call_mknodat, -100, me->put("p"), 010644, 0), 0);
    EXPECT_EQ(me->open("p", write_only | nonblock), -ENXIO);
    std::int64_t const early = me->open("p", read_only | nonblock);
    EXPECT_GE(early, 0);
    EXPECT_EQ(me->read(early, 1), "") << "no writer";
    me->close(early);
    Person other;
    other.call(call_chdir, other.put("/t"));
    std::uint64_t const path = other.put("p"), mine = me->put("p");
    EXPECT_EQ(other.call(call_openat, -100, path, read_only, 0), call_blocks);
    std::int64_t const writer = me->call(call_openat, -100, mine, write_only, 0);
    EXPECT_GE(writer, 0);
    EXPECT_FALSE(other.waits());
    std::int64_t const reader = other.call(call_openat, -100, path, read_only, 0);
    EXPECT_GE(reader, 0);
    EXPECT_EQ(me->write(writer, "hi"), 2);
    EXPECT_EQ(other.read(reader, 5), "hi");
    me->close(writer);
    EXPECT_EQ(other.read(reader, 5), "");
    other.close(reader);
    // One who dies while it waits leaves nothing behind.
    EXPECT_EQ(other.call(call_openat, -100, path, read_only, 0), call_blocks);
}

struct PollEntry {
    std::int32_t fd;
    std::int16_t events, revents;
};

TEST_F(PipesTest, PollsAndSelects)
{
    auto const [reader, writer] = make_pipe();
    struct {
        std::int64_t seconds, nanoseconds;
    } const none{0, 0};
    auto const poll = [&](int fd, short events, bool wait = false) {
        PollEntry const entry{fd, events, 0};
        std::uint64_t const at = me->put(&entry, sizeof entry);
        std::int64_t const n = me->call(call_ppoll, at, 1, wait ? 0 : me->put(&none, sizeof none), 0, 8);
        return n < 0 ? n : n * 0x10000 + me->get<PollEntry>(at).revents;
    };
    int const r = static_cast<int>(reader), w = static_cast<int>(writer);
    EXPECT_EQ(poll(r, 1), 0);
    EXPECT_EQ(poll(w, 4), 0x10004);
    EXPECT_EQ(poll(77, 1), 0x10020) << "POLLNVAL";
    EXPECT_EQ(poll(-1, 1), 0);
    // Waiting, and being woken by a write.
    PollEntry const entry{r, 1, 0};
    std::uint64_t const at = me->put(&entry, sizeof entry);
    EXPECT_EQ(me->call(call_ppoll, at, 1, 0, 0, 8), call_blocks);
    Person other;
    OpenFile& end = *me->process.files->get(w);
    ASSERT_TRUE(other.process.files->install_at(end, CloseOnExec::No, 0));
    retain(end);
    other.write(0, "x");
    EXPECT_FALSE(me->waits());
    EXPECT_EQ(me->call(call_ppoll, at, 1, 0, 0, 8), 1);
    std::uint64_t const sets[] = {1ull << r | 1ull << w, 1ull << r | 1ull << w};
    std::uint64_t const set = me->put(sets, sizeof sets);
    EXPECT_EQ(me->call(call_pselect6, 64, set, set + 8, 0, 0, 0), 2);
    EXPECT_EQ(me->get<std::uint64_t>(set), 1ull << r);
    EXPECT_EQ(me->get<std::uint64_t>(set + 8), 1ull << w);
    EXPECT_EQ(me->call(call_pselect6, 64, me->put(&sets[0], 8), 0, 0, me->put(&none, sizeof none), 0), 1);
    std::uint64_t const bad = 1ull << 50;
    EXPECT_EQ(me->call(call_pselect6, 64, me->put(&bad, 8), 0, 0, 0, 0), -EBADF);
    me->close(writer);
    other.close(0);
    EXPECT_EQ(poll(r, 1), 0x10011) << "data and hang-up";
    me->read(reader, 1);
    EXPECT_EQ(poll(r, 1), 0x10010);
    // One that is killed in its wait gives its waiters back.
    auto const [r2, w2] = make_pipe();
    PollEntry const again{static_cast<int>(r2), 1, 0};
    EXPECT_EQ(me->call(call_ppoll, me->put(&again, sizeof again), 1, 0, 0, 8), call_blocks);
    (void)w2;
}

TEST_F(PipesTest, PollTimesOut)
{
    auto const [reader, writer] = make_pipe();
    struct {
        std::int64_t seconds, nanoseconds;
    } const second{1, 0};
    PollEntry const entry{static_cast<int>(reader), 1, 0};
    std::uint64_t const at = me->put(&entry, sizeof entry), time = me->put(&second, sizeof second);
    EXPECT_EQ(me->call(call_ppoll, at, 1, time, 0, 8), call_blocks);
    machine().ticks += FakeMachine::ticks_per_second + 10;
    wake(me->thread);
    EXPECT_EQ(me->call(call_ppoll, at, 1, time, 0, 8), 0);
    EXPECT_EQ(me->get<std::int64_t>(time), 0);
    me->close(writer);
}

} // namespace
} // namespace torc
