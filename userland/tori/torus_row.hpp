// SPDX-License-Identifier: MIT
// What /proc/torc/tori says of each torus (docs/proc.md), for programs that show it. Views into the text.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torc::user {

struct TorusRow {
    unsigned number{0};
    bool takes_programs{false};
    std::string_view role, policy; // empty: the kernel does not say
    std::uint64_t capacity{0}, load{0}, load_now{0}; // 1024: a full core, a thread
    std::uint64_t processes{0}, threads{0}, runnable{0};
    std::uint64_t frames{0}, free_frames{0};
    std::uint64_t switches{0}, moved_in{0}, moved_out{0};
    std::uint64_t age_us{0}, busy_ms{0}, idle_ms{0};
};

inline constexpr std::size_t most_tori = 128;

// What follows the word `name` in a line of words; empty if it is not there.
std::string_view word_after(std::string_view line, std::string_view name);
std::uint64_t number_after(std::string_view line, std::string_view name); // 0

// The next line, which is taken from the text.
std::string_view take_line(std::string_view& text);

// As many rows as there is room for; lines that are none are left out. Returns how many.
std::size_t read_rows(std::string_view text, std::span<TorusRow> rows);

} // namespace torc::user
