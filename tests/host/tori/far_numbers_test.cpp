// SPDX-License-Identifier: MIT
// Two tori: somebody at the one wants a number of the other's.
#include "kernel/memory/record_backing.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/subsystems.hpp"
#include "kernel/tori/far_numbers.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <functional>
#include <gtest/gtest.h>

namespace torc {
namespace {

constexpr std::uint64_t ram = 192u << 20;
constexpr std::int32_t number = 20'002; // the second torus's

struct Member {
    Torus torus;
    TorusLinks links;
    Port port;
    Introduction introduction;
};

class FarNumbersTest : public testing::Test {
protected:
    FarNumbersTest()
    {
        for (unsigned i = 0; i < 2; ++i)
            list.ports[i] = &members[i].port;
        for (unsigned i = 0; i < 2; ++i)
            start(i);
        settle();
        at(0, [&] { maker = make_thread(); });
    }
    ~FarNumbersTest() override { machine.running = &machine.torus; }

    template <typename Do> std::invoke_result_t<Do> at(unsigned torus, Do&& what)
    {
        machine.running = &members[torus].torus;
        return what();
    }

    void settle()
    {
        for (unsigned round = 0; round < 8; ++round)
            for (unsigned i = 0; i < 2; ++i)
                at(i, [&] { take_events(members[i].torus); });
    }

    static Thread* make_thread()
    {
        Thread* const thread = this_torus().processes->threads.create();
        this_torus().run_queue.enqueue(thread->entity, Arrival::wake);
        return thread;
    }

    // As clone3 does: again after each wait.
    Status reserve(Thread& asker)
    {
        for (;;) {
            Status failed{};
            if (at(0, [&] { return reserve_number(asker, number, failed).finished(); }))
                return failed;
            settle();
        }
    }

    // Somebody's, who is of no further interest.
    void use(Thread& asker)
    {
        at(0, [&] {
            use_reserved_number(asker);
            find_number(number)->thread = &asker;
        });
    }

    bool is_lent()
    {
        return at(1, [] { return keeper_of_lent(number) == 0u; });
    }
    std::uint32_t records(unsigned torus)
    {
        return static_cast<std::uint32_t>(members[torus].torus.far->numbers->pool.live());
    }

    FakeMachine machine{ram};
    PortList list;
    Member members[2];
    Thread* maker{nullptr};

private:
    void start(unsigned i)
    {
        Member& me = members[i];
        Torus& torus = me.torus;
        machine.running = &torus;
        torus.number = i;
        torus.tori = 2;
        torus.reserved = i * (100ull << 30); // the fake machine has one window
        FrameRange const share{Paddr{FakeMachine::ram_base + i * ram / 2}, ram / 2 / page_size};
        ASSERT_TRUE(torus.frames.create({&share, 1}));
        torus.run_queue.open(FakeMachine::ticks_per_second);
        me.introduction.tori = 2;
        me.introduction.previous = me.introduction.next = 1 - i;
        me.introduction.ports = &list;
        torus.links = &me.links;
        open_pool(me.links.records, 4);
        links_open(me.links, i, me.introduction);
        char const* what = nullptr;
        ASSERT_TRUE(open_subsystems(torus, {}, what)) << what;
        ASSERT_TRUE(start_far_records(torus));
    }
};

TEST_F(FarNumbersTest, IsLentAndFoundAndGivenBack)
{
    EXPECT_EQ(reserve(*maker), Status{});
    EXPECT_TRUE(is_lent());
    use(*maker);
    EXPECT_EQ(at(0, [&] { return find_thread(number); }), maker);
    at(1, [&] {
        EXPECT_EQ(find_thread(number), nullptr);
        EXPECT_EQ(absence_of(number), Status::Elsewhere);
        EXPECT_EQ(this_torus().far->elsewhere, 0u) << "its keeper";
        EXPECT_EQ(this_torus().processes->pids.take(number).error(), Status::Exists);
    });
    at(0, [] { give_back_number(number); });
    EXPECT_EQ(at(0, [] { return find_thread(number); }), nullptr);
    settle();
    EXPECT_FALSE(is_lent());
    EXPECT_EQ(at(1, [] { return absence_of(number); }), Status::NoProcess);
    EXPECT_EQ(records(0) + records(1), 0u);
}

TEST_F(FarNumbersTest, IsLentOnce)
{
    Thread* const other = at(0, [] { return make_thread(); });
    EXPECT_EQ(reserve(*maker), Status{});
    EXPECT_EQ(reserve(*other), Status::Exists);
    use(*maker);
    EXPECT_EQ(reserve(*other), Status::Exists);
    at(0, [&] {
        give_back_number(number);
        drop_reserved_number(*other); // has none
    });
    EXPECT_EQ(reserve(*other), Status{}) << "what is given back is ahead of who asks";
}

TEST_F(FarNumbersTest, IsRefusedWhereItIsInUse)
{
    at(1, [] { EXPECT_TRUE(this_torus().processes->pids.take(number)); });
    EXPECT_EQ(reserve(*maker), Status::Exists);
    EXPECT_EQ(records(0) + records(1), 0u);
}

TEST_F(FarNumbersTest, WhoAskedForItIsGone)
{
    // Before the answer, and after it.
    for (bool const answered : {false, true}) {
        Status failed{};
        at(0, [&] { EXPECT_TRUE(reserve_number(*maker, number, failed).is_blocked()); });
        if (answered)
            settle();
        at(0, [&] { drop_reserved_number(*maker); });
        settle();
        EXPECT_FALSE(is_lent());
        EXPECT_EQ(records(0) + records(1), 0u);
        at(0, [&] { wake(*maker); });
    }
}

TEST_F(FarNumbersTest, WithoutCreditItWaits)
{
    Link& link = *at(0, [&] { return link_to(members[0].torus, 1).value(); });
    while (link.credits.left() != 0)
        (void)link.credits.take();
    Status failed{};
    at(0, [&] { EXPECT_TRUE(reserve_number(*maker, number, failed).is_blocked()); });
    EXPECT_EQ(records(0), 0u) << "nothing is asked yet";
    link.credits.give_back();
    link.callers.wake_all();
    EXPECT_EQ(reserve(*maker), Status{});
}

TEST_F(FarNumbersTest, ProcessesOfSuchNumbersAreInTheWalk)
{
    at(0, [&] {
        ProcessTable& table = *this_torus().processes;
        for (std::int32_t const own : {19'001, 20'001, 20'003}) {
            ASSERT_TRUE(table.pids.take(own));
            Process* const process = table.processes.create();
            process->pid = own;
            find_number(own)->process = process;
        }
    });
    EXPECT_EQ(reserve(*maker), Status{});
    at(0, [&] {
        use_reserved_number(*maker);
        Process* const process = this_torus().processes->processes.create();
        process->pid = number;
        find_number(number)->process = process;
        std::int32_t pid = 0;
        for (std::int32_t const expected : {19'001, 20'001, number, 20'003}) {
            Process const* const next = next_process(pid);
            ASSERT_NE(next, nullptr);
            EXPECT_EQ(next->pid, expected);
            EXPECT_EQ(pid, expected);
        }
        EXPECT_EQ(next_process(pid), nullptr);
    });
}

} // namespace
} // namespace torc
