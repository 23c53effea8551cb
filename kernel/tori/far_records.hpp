// SPDX-License-Identifier: MIT
// What a torus keeps of calls that cross to others: visitors and guests on the owner's side, far files on the
// caller's. One per torus that is in the ring; torus-local.
#pragma once
#include "kernel/files/fs_context.hpp"
#include "kernel/process/process.hpp"
#include "kernel/tori/far_event.hpp"
#include "kernel/tori/far_groups.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/tori/outbox.hpp"
#include "kernel/tori/port.hpp"
#include "substrate/handle.hpp"
#include "substrate/intrusive_list.hpp"
#include "substrate/pool.hpp"
#include <cstdint>

namespace torc {
class FdTable;
struct BlockLoans;
struct FarNumbers;
struct Guest;
struct Link;
struct LoanRecords;
struct ProcAsks;
struct OpenFile;
struct Torus;

// The torus that has the root filesystem, and what else there is one of in a machine.
inline constexpr unsigned names_torus = 0;

// A call of somebody else's that runs here (pool record). Its thread has no space: the caller's tables are in
// the core while it runs.
struct Visitor {
    Thread thread;
    Guest* guest{nullptr};
    unsigned torus{0}; // the caller's
    ListHook in_guest;
    OutItem out{.hook = {}, .kind = OutKind::Answer}; // when it is over, and was parked
    Handle caller; // thread
    std::uint32_t sequence{0};
    CallHead head{};
    OpenFile* objects[2]{}; // counted: what the first and the second descriptor name
    OpenFile* root{nullptr}; // counted: the caller's root, nullptr for the names' own
    std::uint64_t tables{0}; // the caller's, as TTBR0 wants them but for the ASID
    std::uint64_t used_ticks{0};
    SignalSet raised{0};
    std::uint64_t missing{0}; // a page of the caller's that was not there
    Handle made; // a file that the call has opened, with its reference
    Event answer{};
    bool about_a_file{false}; // and about nothing with a name
    bool parked{false}; // has waited: its credit is back
    bool cancelled{false};
    bool kills{false}; // what failed here kills who wanted it
    bool refused{false}; // what was sent has not been taken
    bool missed{false}, missed_write{false};
    bool made_closes_on_exec{false}, made_quiet{false};
    bool has_details{false};
    std::array<std::uint64_t, 3> details{}; // a request's answer, besides the outcome
    void give_details(std::uint64_t first, std::uint64_t second, std::uint64_t third)
    {
        has_details = true;
        details = {first, second, third};
    }
};

// A process of another torus, as far as handlers ask (pool record).
struct Guest {
    Process process;
    Handle home; // the process itself
    Process* stub{nullptr}; // its record here, when it was born here: that is who calls
    bool left{false}; // goes with its last visitor
    List<Visitor, &Visitor::in_guest> visitors;
    ListHook in_bucket;
};

struct FarFile;

// What the owner tells of a far file's readiness (watch.hpp).
struct FarWatch {
    enum class State : std::uint8_t {
        Idle,
        Asked, // no answer yet
        Armed, // not ready: the owner will say when it is
        Known, // ready, as its asker is to be told
    };
    OutItem out{.hook = {}, .kind = OutKind::Watch};
    FarFile* of{nullptr};
    Thread const* asker{nullptr}; // only compared
    std::uint32_t sequence{0}, ready{0};
    State state{State::Idle};
    bool fresh{false}; // Armed: its asker has not been told yet
};

// The caller's side of an open file (pool record): the OpenFile of kind Far leads here. Outlives it until its
// references are given back.
struct FarFile {
    OutItem out{.hook = {}, .kind = OutKind::Release};
    Handle handle; // of the open file at its owner; null: not yet opened
    OutItem unlock{.hook = {}, .kind = OutKind::Unlock};
    Handle unlocker; // whose record locks go
    Handle released_by; // what the owner knows the OpenFile by, once it is gone
    OpenFile* file{nullptr};
    std::uint32_t weight{0}; // references there that are ours
    std::uint32_t weighing{0}; // sequence of the request for more; 0: none is under way
    bool quiet{false}; // nobody could tell when it is closed
    FarWatch watches[3]; // for input, for output; for edges: what happens next, ready or not
    std::uint32_t edges{0}; // that were heard of
    WaitQueue pollers;
    FarFacts facts;
    FarErrand* errand{nullptr}; // what its owner is asked about it
};

struct FarRecords {
    static constexpr unsigned buckets = 64;
    static constexpr unsigned most_spare = 4;
    Pool<Visitor> visitors;
    List<Visitor, &Visitor::in_guest> spare; // made, and nobody's
    unsigned spare_count{0};
    Pool<Guest> guests;
    Pool<FarFile> files;
    List<Guest, &Guest::in_bucket> guests_by_home[buckets];
    // While a visitor runs: what its handler takes for its process's descriptors and directories.
    FdTable* descriptors{nullptr};
    FsContext places;
    Guest watchers; // whose visitors are watches, and requests that are no process's
    LoanRecords* loans{nullptr};
    ProcAsks* asks{nullptr};
    BlockLoans* blocks{nullptr};
    FarNumbers* numbers{nullptr};
    GroupQuestion group_question;
    std::uint16_t visitor_asid{0};
    std::uint32_t next_sequence{1};
    unsigned elsewhere{0}; // who knows of the process that a handler has just looked for
    Handle leads_to; // an open file of another torus, that a path has just led to
    std::uint64_t so_far{0}; // what the next torus's part of the call begins with (going_round.hpp)
    std::uint64_t calls_out{0}, calls_in{0}, misses{0};
    // By number, of tori that take programs: 1 + the TorusPolicy that was read last, 0 if none was yet. What
    // a torus publishes cannot be read while it writes, and it is a processor meanwhile, too.
    std::uint8_t last_policy[torus_limit]{};
    std::uint64_t moved_out{0}, moved_in{0}; // processes, at exec
};

// Opens the pools. NoMemory.
Result<void> start_far_records(Torus& torus);

} // namespace torc
