// SPDX-License-Identifier: MIT
// Numbers (pids, tids) of other tori: clone3's set_tid may want any that is free. A number stays its birth
// torus's, which lends it to the torus that makes the process or thread: its keeper, where that has its
// record and its place in the tree (docs/tori.md, "Numbers of other tori"). Both have a record of the loan.
#pragma once
#include "kernel/linux/outcome.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/tori/outbox.hpp"
#include "substrate/intrusive_list.hpp"
#include "substrate/pool.hpp"
#include <cstdint>
#include <optional>

namespace torc {
struct Event;
struct Thread;
struct Torus;

struct FarNumber { // pool record
    enum class State : std::uint8_t {
        Lent, // at the birth torus: `torus` is its keeper. The others are the keeper's:
        Asked, // for, of `torus`
        Refused,
        Reserved, // for whom `asker` makes
        Used, // by those in `entry`
        Returned, // is on its way back
    };
    OutItem out{.hook = {}, .kind = OutKind::Number};
    ListHook in_list;
    State state{State::Lent};
    std::int32_t number{0};
    unsigned torus{0};
    PidDirectory::Entry entry{};
    Thread* asker{nullptr}; // nullptr: has gone, or does not want it any more
    std::uint32_t sequence{0}; // of the request
    Status refusal{};
};

struct FarNumbers {
    static constexpr unsigned buckets = 64;
    Pool<FarNumber> pool;
    List<FarNumber, &FarNumber::in_list> asked; // also Refused, Reserved
    List<FarNumber, &FarNumber::in_list> by_number[buckets]; // Lent, Used
    unsigned used{0}, lent{0};
};

Result<FarNumbers*> open_far_numbers();

// ---- the keeper's side

// Asks the number's torus for it, on behalf of somebody whom `asker` makes. Finished: it is reserved, or
// `failed` says why not (Exists; BadArgument: its torus takes no programs). Else the thread waits, and asks
// again.
Outcome reserve_number(Thread& asker, std::int32_t number, Status& failed);
// The reserved number is somebody's from now on: the entry is empty.
void use_reserved_number(Thread const& asker);
// The asker has made nobody: what it has reserved goes back, also if the answer is still to come.
void drop_reserved_number(Thread const& asker);
// What PidDirectory says of numbers of this torus: nullptr, of other ones in use here.
PidDirectory::Entry* find_far_number(std::int32_t number);
void return_far_number(std::int32_t number);
// The process here with the lowest such number above `pid`.
Process* next_with_far_number(std::int32_t pid);
// The answer to a request; others are left alone.
void number_answered(Torus& torus, Event const& event);

// ---- the birth torus's side

// Exists, BadArgument, NoMemory, or 0.
Outcome lend_number(unsigned keeper, std::int32_t number);
// Who keeps a number of this torus, when it is lent.
std::optional<unsigned> keeper_of_lent(std::int32_t number);

} // namespace torc
