// SPDX-License-Identifier: MIT
// One execution as the explorer has it: explore.cpp chooses, memory_order.cpp knows what may be seen.
#pragma once
#include "tests/models/explore.hpp"
#undef atomic
#include <csetjmp>
#include <cstdio>
#include <ucontext.h>
#include <unordered_map>
#include <vector>

namespace model {

constexpr unsigned most_threads = 4, most_places = 64;
constexpr std::size_t stack_bytes = 64 << 10;

using Clock = std::array<std::uint16_t, most_threads>;

// For each place the number of a store, as counted from its making.
struct View {
    std::array<std::uint8_t, most_places> seen{};
    Clock clock{};
};

struct Store {
    std::uint64_t value;
    std::uint8_t thread; // most_threads: there from the start
    View view; // what whoever acquires it takes over
};

struct Place {
    void const* at;
    std::vector<Store> stores; // as they were made
    std::vector<std::uint8_t> order; // modification order, as numbers of stores
    bool fresh{false}; // made by a thread: who reads it must know of it
    unsigned rank(std::uint8_t store) const
    {
        return static_cast<unsigned>(std::find(order.begin(), order.end(), store) - order.begin());
    }
};

struct Plain {
    unsigned writer{most_threads};
    std::uint16_t written{0};
    Clock read{};
};

enum class State { Ready, Sleeps, Done };

struct Thread {
    ucontext_t begin;
    std::jmp_buf here;
    bool begun{false};
    State state{State::Ready};
    View now, acquirable, released;
    bool bell{false};
    View bell_view;
    std::uint64_t history[2]{1, 2}; // what it has seen since forget()
};

struct World {
    Scenario const* scenario;
    char const* name;
    std::vector<Place> places;
    std::unordered_map<void const*, unsigned> place_of;
    std::unordered_map<void const*, Plain> plain;
    std::array<std::uint8_t, most_places> last_in_order{}; // seq_cst
    View fenced; // what the seq_cst fences so far have seen
    std::array<Thread, most_threads> threads;
    std::jmp_buf scheduler, explorer;
    char const* wrong{nullptr};
    unsigned current{0};
    bool in_thread{false}, talks{false}, has_fences{false};
    unsigned steps{0};
};

extern World world;
extern std::byte stacks[most_threads][stack_bytes];

inline Thread& me()
{
    return world.threads[world.current];
}

// The access about to be made is a point where others may go first.
void point(State state);
// One of so many ways to go on.
unsigned decide(unsigned of);
// The thread has seen this.
void remember(std::uint64_t what);
[[gnu::format(printf, 1, 2)]] void say(char const* format, ...);
void join(View& to, View const& from);

} // namespace model
