// SPDX-License-Identifier: MIT
// What one thread can see of a strand; tests/host/tsan has the two-sided tests.
#include "substrate/mailbox.hpp"
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
            ASSERT_EQ(strand.has_room(), room);
            ASSERT_EQ(strand.send({.type = 1, .sequence = next}), room);
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
            while (back.send({.type = 1})) { }
            break;
        case 2:
            if (owed != 0) {
                --owed;
                ++answered;
                back.answer({.type = 2}); // traps without room
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

TEST(Strand, WhoStarvesIsToldOnce)
{
    Strand<8, 2> strand;
    while (strand.send({.type = 1})) { }
    EXPECT_FALSE(strand.producer_starves());
    EXPECT_FALSE(strand.starve());
    Event event;
    EXPECT_TRUE(strand.receive(event));
    EXPECT_TRUE(strand.producer_starves());
    EXPECT_FALSE(strand.producer_starves());
    EXPECT_TRUE(strand.starve()) << "there is room already";
    EXPECT_FALSE(strand.producer_starves()) << "so nobody has to say so";
}

TEST(Strand, RoomForTwoIsRoomForTwo)
{
    Strand<8, 2> strand;
    for (int i = 0; i < 4; ++i)
        ASSERT_TRUE(strand.send({.type = 1}));
    EXPECT_TRUE(strand.has_room(2));
    ASSERT_TRUE(strand.send({.type = 1}));
    EXPECT_FALSE(strand.has_room(2));
    EXPECT_TRUE(strand.has_room());
    EXPECT_FALSE(strand.starve(2));
    Event event;
    ASSERT_TRUE(strand.receive(event));
    EXPECT_TRUE(strand.starve(2));
}

TEST(Mailbox, TellsWhoHasNews)
{
    Mailbox<16> box;
    SeenMail<16> seen;
    EXPECT_FALSE(box.post(3, 1)) << "nobody wants to be interrupted";
    box.arm();
    EXPECT_TRUE(box.post(7, 255));
    EXPECT_TRUE(box.post(12, 128));
    EXPECT_EQ(seen.news(0, box.word(0)), 0xff00'0000'0100'0000u);
    seen.take(0, 7, box.word(0));
    EXPECT_EQ(seen.news(0, box.word(0)), 0x0000'0000'0100'0000u);
    EXPECT_FALSE(seen.up_to_date(0, box.word(0)));
    seen.take(0, 3, box.word(0));
    EXPECT_TRUE(seen.up_to_date(0, box.word(0)));
    EXPECT_EQ(seen.news(1, box.word(1)), 0x80ull << 32);
    box.disarm();
    EXPECT_FALSE(box.post(3, 2));
    EXPECT_EQ(seen.news(0, box.word(0)), 3ull << 24);
}

TEST(StrandDeath, AnAnswerWithoutCreditTraps)
{
    Strand<4, 1> strand;
    for (int i = 0; i < 4; ++i)
        strand.answer({.type = 2});
    EXPECT_DEATH(strand.answer({.type = 2}), "");
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
