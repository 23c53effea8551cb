// SPDX-License-Identifier: MIT
#include "userland/tori/table.hpp"
#include <gtest/gtest.h>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace torc::user;

std::unique_ptr<Moment> moment(std::uint64_t at_ms, std::size_t tori)
{
    auto made = std::make_unique<Moment>();
    made->at_ms = at_ms;
    made->count = tori;
    for (std::size_t i = 0; i < tori; ++i)
        made->rows[i]
            = {.number = static_cast<unsigned>(i), .takes_programs = true, .role = "any", .policy = "open"};
    return made;
}

std::vector<std::string> lines(Moment const& before, Moment const& now, Size size = {})
{
    static char room[65536];
    std::istringstream text{std::string(room, put_table(room, before, now, size))};
    std::vector<std::string> all;
    for (std::string line; std::getline(text, line);)
        all.push_back(line);
    return all;
}

TEST(Table, ShowsRatesBetweenTwoMoments)
{
    auto const before = moment(10'000, 2), now = moment(12'000, 2);
    before->rows[1].moved_in = 10;
    now->rows[1].moved_in = 16;
    before->rows[1].busy_ms = 500;
    now->rows[1].busy_ms = 1500;
    now->rows[1].idle_ms = 1000;
    auto const shown = lines(*before, *now);
    ASSERT_EQ(shown.size(), 4u);
    EXPECT_NE(shown[0].find("up 0:00:12; 2 tori"), std::string::npos) << shown[0];
    EXPECT_NE(shown[3].find("####....  50%"), std::string::npos) << shown[3];
    EXPECT_NE(shown[3].find("    3    0"), std::string::npos) << shown[3];
}

TEST(Table, FitsTheTerminal)
{
    auto const now = moment(1000, 100);
    for (auto& row : now->rows) {
        row.processes = row.threads = row.runnable = 9999;
        row.free_frames = 1u << 30;
        row.age_us = ~0ull;
        row.load = 90 * 1024;
    }
    auto const shown = lines({}, *now);
    EXPECT_LE(shown.size(), 24u);
    EXPECT_EQ(shown.back(), "... and 80 more");
    for (std::string const& line : shown)
        EXPECT_LE(line.size(), 80u) << line;
    EXPECT_EQ(lines({}, *now, {.columns = 20, .lines = 4}).size(), 3u);
    EXPECT_EQ(lines({}, *now, {.columns = 200, .lines = 132}).size(), 102u);
}

TEST(Table, NothingGoesBackwards)
{
    auto const before = moment(10'000, 1), now = moment(10'000, 1);
    before->rows[0].busy_ms = before->rows[0].moved_in = 10;
    EXPECT_NE(lines(*before, *now).back().find("  0%"), std::string::npos);
    now->rows[0].load_now = 1; // it runs, and has told nothing since
    EXPECT_NE(lines(*before, *now).back().find("100%"), std::string::npos);
}

TEST(Table, SaysWhatTakesNoPrograms)
{
    auto const now = moment(1000, 1);
    now->rows[0].takes_programs = false;
    EXPECT_NE(lines({}, *now).back().find("any     -        "), std::string::npos);
}

} // namespace
