// SPDX-License-Identifier: MIT
// Every execution of a few small threads under the memory model of C++20, for code as it stands: this header
// comes before the code under test and puts model::atomic in the place of std::atomic.
//
//     model::explore({.threads = 2, .setup = ..., .run = ..., .check = ...});
//
// What is explored: every order of the threads' accesses and, for each load, every store that the model lets
// it see (so that a store may be seen late by one thread and early by another). Each thread runs the real
// code; an execution is a list of choices and is played again from the start for the next one. A state that
// was met before (what every thread has seen so far, and the order of the stores to each place) is not gone
// through again.
//
// The model. Each place has a list of stores in modification order. A thread has a view: for each place the
// oldest store that it may still see. A store carries the view that a release hands on; an acquire takes it
// over; fences do so for what was relaxed, and a seq_cst one sees all that the ones before it have seen.
// seq_cst accesses have one order, which is the order in which they are explored: such a load sees nothing
// older than the last seq_cst access of that place saw or stored. That is what STLR and LDAR promise at
// least. Vector clocks find accesses to plain memory (model::touch) that nothing orders. Not covered: a load
// that sees a store which comes later in its own thread's or another's execution because of it (load
// buffering); where that matters plain memory is touched, and the clocks see it.
#pragma once
// All of the standard library that the code under test includes, before `atomic` is something else.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/rbtree_algorithms.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace model {

struct Scenario {
    unsigned threads{2};
    bool weak{true}; // false: every load sees the last store (sequential consistency)
    void (*setup)(){nullptr}; // makes every object anew
    void (*run)(unsigned thread){nullptr}; // each thread
    void (*check)(){nullptr}; // nobody can go on: has everything come about?
    std::array<std::span<std::byte const>, 2> memory{}; // plain memory of the threads, but for their stacks
    unsigned steps{4'000}; // an execution that is longer does not end
};

// Explores, prints what it cost; never returns when something is found: prints how it came about and ends the
// program with status 3.
void explore(char const* name, Scenario const& scenario);

// ---- what threads do

// The execution ends here: `what` is wrong.
[[noreturn]] void found(char const* what);
inline void require(bool holds, char const* what)
{
    if (!holds)
        found(what);
}
// Each of 0 ... count - 1.
unsigned choose(unsigned count);
unsigned this_thread();
// Of what this thread has seen nothing is left but what it has put into the scenario's memory.
void forget();

// An interrupt of a thread's: rung by others, after a barrier; pending until taken.
void ring(unsigned thread);
bool take_bell(); // whether it was pending
bool bell_pending();
void sleep(); // until it is

// Plain memory is written or read.
void touch(void const* place, bool write);

// ---- what stands for std::atomic

std::uint64_t load(void const* place, std::memory_order order, std::uint64_t first);
void store(void const* place, std::uint64_t value, std::memory_order order, std::uint64_t first);
std::uint64_t load_bytes(void const* eight); // seq_cst, of eight places of a byte
void fence(std::memory_order order);
bool in_thread();
void born(void const* place, std::uint64_t value);

} // namespace model

namespace std {

// As large as what it holds, like the real one: the value in it is the first one, all others are the model's.
template <typename T> class model_atomic {
public:
    static constexpr bool is_always_lock_free = true;
    constexpr model_atomic() = default;
    constexpr model_atomic(T value)
        : first_{value}
    {
        if !consteval {
            model::born(this, static_cast<std::uint64_t>(value));
        }
    }
    model_atomic(model_atomic const&) = delete;
    model_atomic& operator=(model_atomic const&) = delete;

    T load(memory_order order = memory_order_seq_cst) const
    {
        return static_cast<T>(model::load(this, order, static_cast<std::uint64_t>(first_)));
    }
    void store(T value, memory_order order = memory_order_seq_cst)
    {
        if (!model::in_thread())
            first_ = value; // before all threads
        else
            model::store(this, static_cast<std::uint64_t>(value), order, static_cast<std::uint64_t>(first_));
    }

private:
    T first_{};
};

inline void model_fence(memory_order order)
{
    model::fence(order);
}

} // namespace std

#define atomic model_atomic
#define atomic_thread_fence model_fence
#define __atomic_load_n(place, order) model::load_bytes(place)
