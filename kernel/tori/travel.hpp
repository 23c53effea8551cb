// SPDX-License-Identifier: MIT
// exec moves a process (docs/tori.md). The birth torus writes down what the process is, the target makes it
// anew and loads the program; when that stands the old record becomes a stub.
#pragma once
#include "kernel/address.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/process/credentials.hpp"
#include "kernel/process/limits.hpp"
#include "kernel/process/process.hpp"
#include "substrate/event.hpp"
#include "substrate/handle.hpp"
#include "substrate/sched_entity.hpp"
#include <cstdint>

namespace torc {
struct ExecState;
struct Torus;
struct Visitor;

struct TravelDocument { // a frame of the birth torus, read by the target until it has answered
    static constexpr unsigned list_size = page_size / 8; // frames of the stack
    std::int32_t pid, parent_pid, group, session;
    Handle stub; // the record at the birth torus
    Credentials credentials;
    Limits limits;
    SignalSet blocked, ignored;
    ResourceUse use, children_use;
    std::uint64_t user_ticks, kernel_ticks, start_ticks;
    SchedParameters scheduling;
    std::uint64_t affinity, timer_slack_ns;
    std::uint32_t personality, umask;
    std::int32_t nice;
    std::int16_t oom_score_adjustment, oom_score_least;
    std::uint8_t exit_signal, parent_death_signal;
    bool no_new_privileges, child_subreaper, reset_on_fork;
    Handle root, directory; // with references; null: the names' root
    std::uint32_t root_weight, directory_weight;
    std::uint32_t file_count;
    std::uint64_t files; // physical address of a frame of TravelFile
    // The new stack as far as exec has built it.
    std::uint64_t stack_list; // physical address of a frame of frames' addresses, the lowest page first
    std::uint64_t stack_top, string_floor, string_point, name_address, mmap_base;
    std::uint32_t argument_count, environment_count;
    char path[2048];
    char name[16];
};
static_assert(sizeof(TravelDocument) <= page_size);

struct TravelFile {
    static constexpr unsigned limit = page_size / 16;
    Handle handle; // with references
    std::uint32_t fd;
    std::uint32_t weight;
};
static_assert(sizeof(TravelFile) == 16);

// ---- the birth torus
// Where the process of this exec is to go on: this torus's number if it stays.
unsigned choose_home(Thread const& thread, ExecState const& state);
// The strings are on the new stack: sends the process, and waits. Finished: it could not go (the errno), or
// goes_nowhere: it stays here. no_return: it has gone.
inline constexpr std::int64_t goes_nowhere = 1;
Outcome travel(Thread& thread, ExecState& state);
// The thread dies in the middle: true when nothing is under way any more. False: it waits, and asks again.
bool travel_abandon_step(Thread& thread, ExecState& exec);
// The last thread of a process that has gone has left: its record stays.
void become_stub(Process& process);
void travel_answered(Thread& thread, Event const& event);
// The child of somebody here has another parent; one that has moved, or is about to, hears of it.
void parent_changes(Process& child);
// Signals that the stub was sent.
void forward_signals(Process& stub);

// ---- the target
Outcome adopt_visit(Visitor& visitor, Arguments const& arguments);
// The embryo's exec: everything stands but the old torus's consent. Finished: it has come.
Outcome await_departure(Thread& embryo);
// It has failed: what waits for it is told, and it ends unseen.
// `kills`: as an exec that fails late does.
void embryo_failed(Thread& embryo, Outcome outcome, bool kills);
// A process that has moved here stops, goes on or ends.
enum class Notice : std::uint8_t { Stopped = 1, Continued = 2, Exited = 4 };
void tell_stub(Process& process, Notice notice);

} // namespace torc
