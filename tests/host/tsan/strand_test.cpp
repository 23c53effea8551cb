// SPDX-License-Identifier: MIT
// Strands between two threads under ThreadSanitizer: order, no loss, answers that never block, no lost
// wake-up.
#include "substrate/mailbox.hpp"
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
            while (!strand.send(event))
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

// The receiver sleeps whenever it may, and so does the sender that finds no room: a lost wake-up would hang
// (the test runner's time limit says so).
TEST(StrandThreads, SleepersAreAlwaysWoken)
{
    constexpr unsigned here = 1, there = 2; // numbers of the producer, of the consumer
    Strand<8, 1> strand;
    Mailbox<8> box[2]; // the producer's, the consumer's
    Bell bell[2];
    std::thread producer{[&] {
        SeenMail<8> seen;
        std::uint8_t posts = 0;
        for (std::uint32_t i = 0; i < count / 4; ++i) {
            while (!strand.has_room() && !strand.starve()) {
                box[0].arm();
                if (!seen.up_to_date(0, box[0].word(0))) {
                    seen.take(0, there, box[0].word(0));
                    continue;
                }
                bell[0].wait_and_clear();
                box[0].disarm();
            }
            ASSERT_TRUE(strand.send({.type = i}));
            if (box[1].post(here, ++posts))
                bell[1].ring();
        }
    }};
    SeenMail<8> seen;
    std::uint8_t posts = 0;
    for (std::uint32_t i = 0; i < count / 4;) {
        seen.take(0, here, box[1].word(0));
        Event event;
        bool received = false;
        while (strand.receive(event)) {
            ASSERT_EQ(event.type, i++);
            received = true;
        }
        if (strand.producer_starves() && box[0].post(there, ++posts))
            bell[0].ring();
        if (received || i == count / 4)
            continue;
        box[1].arm();
        if (!seen.up_to_date(0, box[1].word(0)))
            continue;
        bell[1].wait_and_clear();
        box[1].disarm();
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
            if (asked < wanted && credits.left() != 0 && out.send({.type = request})) {
                ASSERT_TRUE(credits.take());
                ++asked;
            }
            (void)out.send({.type = chatter});
            while (owed != 0) {
                --owed;
                out.answer({.type = answer}); // traps if there is no room
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
