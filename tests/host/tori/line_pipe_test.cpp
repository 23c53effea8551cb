// SPDX-License-Identifier: MIT
// Lines of a log from one torus to another.
#include "kernel/tori/line_pipe.hpp"
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>

namespace torc {
namespace {

std::string take(LinePipe& pipe, LinePipe::Header& header)
{
    char text[LinePipe::longest];
    return pipe.take(header, text) ? std::string{text, header.length} : "nothing";
}

TEST(LinePipe, LinesComeInOrderWithTheirStamps)
{
    LinePipe pipe;
    LinePipe::Header header{};
    EXPECT_EQ(take(pipe, header), "nothing");
    pipe.put(7, 6, "one");
    pipe.put(8, 4, "");
    EXPECT_EQ(take(pipe, header), "one");
    EXPECT_EQ(header.ticks, 7u);
    EXPECT_EQ(take(pipe, header), "");
    EXPECT_EQ(header.priority, 4u);
    EXPECT_EQ(take(pipe, header), "nothing");
}

TEST(LinePipe, WhatFindsNoRoomIsCountedOnce)
{
    LinePipe pipe;
    LinePipe::Header header{};
    std::string const line(LinePipe::longest + 100, 'x');
    for (unsigned i = 0; i < 10; ++i)
        pipe.put(i, 6, line);
    unsigned taken = 0;
    for (; take(pipe, header) == line.substr(0, LinePipe::longest); ++taken) { }
    EXPECT_EQ(taken, 3u);
    EXPECT_EQ(pipe.take_lost(), 7u);
    EXPECT_EQ(pipe.take_lost(), 0u);
    pipe.put(11, 6, "again");
    EXPECT_EQ(take(pipe, header), "again");
}

TEST(LinePipe, LinesWrapRound)
{
    LinePipe pipe;
    LinePipe::Header header{};
    for (unsigned i = 0; i < 1000; ++i) {
        std::string const line = std::string(i % 200, 'a') + std::to_string(i);
        pipe.put(i, 6, line);
        ASSERT_EQ(take(pipe, header), line);
        ASSERT_EQ(header.ticks, i);
    }
    EXPECT_EQ(pipe.take_lost(), 0u);
}

TEST(LinePipe, OneWritesWhileAnotherReads)
{
    constexpr unsigned lines = 20'000;
    LinePipe pipe;
    std::thread writer{[&] {
        for (unsigned i = 0; i < lines; ++i)
            pipe.put(i, 6, std::to_string(i));
    }};
    std::uint64_t next = 0, taken = 0, lost = 0;
    while (taken + lost < lines) {
        LinePipe::Header header{};
        std::string const line = take(pipe, header);
        lost += pipe.take_lost();
        if (line == "nothing")
            continue;
        ++taken;
        ASSERT_EQ(line, std::to_string(header.ticks));
        ASSERT_GE(header.ticks, next); // in order, none twice
        next = header.ticks + 1;
    }
    writer.join();
}

} // namespace
} // namespace torc
