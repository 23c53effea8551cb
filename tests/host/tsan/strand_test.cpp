// SPDX-License-Identifier: MIT
// Strands between two threads under ThreadSanitizer: order, no loss, answers that never block, no lost
// wake-up.
#include "substrate/strand.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace torc {
namespace {

constexpr std::uint32_t count = 200'000;

// Stands for the interrupt: wakes the receiver however often it is rung.
class Bell {
public:
    void ring()
    {
        rung_.store(1, std::memory_order_release);
        rung_.notify_one();
    }
    void wait_and_clear()
    {
        rung_.wait(0, std::memory_order_acquire);
        rung_.store(0, std::memory_order_release);
    }

private:
    std::atomic<int> rung_{0};
};

TEST(StrandThreads, EventsArriveWholeAndInOrder)
{
    Strand<64, 8> strand;
    std::thread producer{[&] {
        for (std::uint32_t i = 0; i < count; ++i) {
            Event const event{.type = i, .sequence = ~i, .arguments = {i, i + 1, i + 2, i + 3, i + 4}};
            while (strand.send(event) == Sent::no)
                std::this_thread::yield();
        }
    }};
    for (std::uint32_t i = 0; i < count; ++i) {
        Event event;
        while (!strand.receive(event))
            std::this_thread::yield();
        ASSERT_EQ(event.type, i);
        ASSERT_EQ(event.sequence, ~i);
        for (unsigned k = 0; k < 5; ++k)
            ASSERT_EQ(event.arguments[k], i + k);
    }
    producer.join();
}

// The receiver sleeps whenever it may; a lost wake-up would hang (the test runner's time limit says so).
TEST(StrandThreads, ASleeperIsAlwaysWoken)
{
    Strand<8, 1> strand;
    Bell to_receiver;
    std::thread producer{[&] {
        for (std::uint32_t i = 0; i < count / 4; ++i) {
            Sent sent;
            while ((sent = strand.send({.type = i})) == Sent::no)
                std::this_thread::yield();
            if (sent == Sent::ring_bell)
                to_receiver.ring();
        }
    }};
    for (std::uint32_t i = 0; i < count / 4;) {
        Event event;
        if (strand.receive(event)) {
            ASSERT_EQ(event.type, i++);
            continue;
        }
        if (!strand.prepare_sleep())
            continue;
        to_receiver.wait_and_clear();
        strand.awake();
    }
    producer.join();
}

// Two tori ask one another and fill the strands with other events meanwhile: nobody may block or trap.
TEST(StrandThreads, RequestsInBothDirectionsAreAllAnswered)
{
    using Line = Strand<16, 4>;
    Line there, back;
    enum : std::uint32_t { request = 1, answer = 2, chatter = 3 };
    constexpr std::uint32_t wanted = 20'000;
    std::atomic<int> finished{0};
    auto torus = [&](Line& out, Line& in) {
        Credits credits{4};
        std::uint32_t answered = 0, asked = 0;
        std::uint32_t owed = 0;
        bool reported = false;
        while (finished.load() < 2 || owed != 0) {
            if (asked < wanted && credits.left() != 0 && out.send({.type = request}) != Sent::no) {
                ASSERT_TRUE(credits.take());
                ++asked;
            }
            (void)out.send({.type = chatter});
            while (owed != 0) {
                --owed;
                (void)out.answer({.type = answer}); // traps if there is no room
            }
            Event event;
            for (int batch = 0; batch < 6 && in.receive(event); ++batch) {
                owed += event.type == request;
                if (event.type == answer) {
                    credits.give_back();
                    ++answered;
                }
            }
            if (answered == wanted && !reported) {
                reported = true;
                ++finished;
            }
            std::this_thread::yield();
        }
        EXPECT_EQ(answered, wanted);
    };
    std::thread one{[&] { torus(there, back); }};
    torus(back, there);
    one.join();
}

} // namespace
} // namespace torc
