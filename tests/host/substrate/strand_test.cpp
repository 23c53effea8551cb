// SPDX-License-Identifier: MIT
// What one thread can see of a strand; tests/host/tsan has the two-sided tests.
#include "substrate/strand.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace torc {
namespace {

TEST(Strand, BehavesLikeABoundedQueue)
{
    Strand<16, 4> strand;
    std::deque<std::uint32_t> model;
    std::mt19937_64 random{7};
    std::uint32_t next = 0;
    for (int step = 0; step < 100000; ++step) {
        if (random() % 2 == 0) {
            bool const room = model.size() < 12;
            Sent const sent = strand.send({.type = 1, .sequence = next});
            ASSERT_EQ(sent != Sent::no, room);
            if (room)
                model.push_back(next++);
        } else {
            Event event;
            bool const got = strand.receive(event);
            ASSERT_EQ(got, !model.empty());
            if (got) {
                ASSERT_EQ(event.sequence, model.front());
                model.pop_front();
            }
        }
    }
}

TEST(Strand, AnswersFindRoomWhateverElseIsSent)
{
    Strand<8, 3> back;
    Credits credits{3};
    std::mt19937_64 random{8};
    unsigned owed = 0, answered = 0;
    for (int step = 0; step < 100000; ++step) {
        switch (random() % 4) {
        case 0:
            if (credits.take())
                ++owed;
            break;
        case 1:
            while (back.send({.type = 1}) != Sent::no) { }
            break;
        case 2:
            if (owed != 0) {
                --owed;
                ++answered;
                ASSERT_NE(back.answer({.type = 2}), Sent::no);
            }
            break;
        default: {
            Event event;
            if (back.receive(event) && event.type == 2)
                credits.give_back();
        }
        }
    }
    EXPECT_GT(answered, 1000u);
}

TEST(Strand, TheBellRingsOnlyForASleeper)
{
    Strand<8, 2> strand;
    Event event;
    EXPECT_EQ(strand.send({.type = 1}), Sent::quietly);
    EXPECT_FALSE(strand.prepare_sleep()) << "an event is waiting";
    EXPECT_EQ(strand.send({.type = 2}), Sent::quietly);
    EXPECT_TRUE(strand.receive(event) && strand.receive(event));
    EXPECT_FALSE(strand.receive(event));
    EXPECT_TRUE(strand.prepare_sleep());
    EXPECT_EQ(strand.send({.type = 3}), Sent::ring_bell);
    strand.awake();
    EXPECT_EQ(strand.send({.type = 4}), Sent::quietly);
}

TEST(StrandDeath, AnAnswerWithoutCreditTraps)
{
    Strand<4, 1> strand;
    for (int i = 0; i < 4; ++i)
        (void)strand.answer({.type = 2});
    EXPECT_DEATH((void)strand.answer({.type = 2}), "");
    Credits credits{1};
    EXPECT_DEATH(credits.give_back(), "");
}

TEST(Event, CarriesATypedPayload)
{
    struct Mapped {
        std::uint64_t address, bytes;
        std::uint32_t protection, flags;
        std::uint64_t offset, spare;
        bool operator==(Mapped const&) const = default;
    };
    static_assert(EventPayload<Mapped>);
    struct Padded {
        std::uint8_t a;
        std::uint64_t b[4];
    };
    static_assert(!EventPayload<Padded> && !Wire<Padded>);
    Event event{.type = 9};
    Mapped const sent{1, 2, 3, 4, 5, 6};
    set_payload(event, sent);
    EXPECT_EQ(payload_of<Mapped>(event), sent);
}

} // namespace
} // namespace torc
