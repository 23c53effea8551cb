// SPDX-License-Identifier: MIT
// The processes and threads of a torus and the names (pids, tids) it has given out. A pid says where it was
// born: with N tori torus T gives out T + 1, T + 1 + N, T + 1 + 2N, ... A torus counts its own by a local
// number 1..32767, lent in rising order so that a number is not soon used again.
#pragma once
#include "kernel/process/exec.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/result.hpp"
#include "kernel/tori/move_state.hpp"
#include "substrate/lattice.hpp"
#include "substrate/pool.hpp"
#include "substrate/reserved_range.hpp"
#include <algorithm>
#include <cstdint>

namespace torc {

inline constexpr std::uint32_t pids_per_torus = 32768;
inline constexpr std::uint32_t pid_limit = 4'194'304; // PID_MAX_LIMIT: 128 tori have no more

// Pids of a machine with so many tori are below it.
constexpr std::uint32_t pid_max(unsigned tori)
{
    return std::min(pids_per_torus * tori, pid_limit);
}

class PidDirectory {
public:
    struct Entry { // a thread, a process (its leader may be gone: zombie), or both
        Process* process;
        Thread* thread;
    };
    void open(ReservedRange range, unsigned torus, unsigned tori);
    // A free number with its entry empty but taken; WouldBlock (EAGAIN) when there is none, NoMemory.
    Result<std::int32_t> take();
    // This very number; Exists.
    Result<std::int32_t> take(std::int32_t pid);
    // Below pid_max, whoever's it is.
    bool is_possible(std::int32_t pid) const
    {
        return pid > 0 && static_cast<std::uint32_t>(pid) < pid_max(tori_);
    }
    // The torus that gave it out, or would have; pid > 0.
    unsigned birth_torus(std::int32_t pid) const { return (static_cast<std::uint32_t>(pid) - 1) % tori_; }
    void give_back(std::int32_t pid);
    // nullptr when the number is not this torus's or not in use.
    Entry* find(std::int32_t pid);
    // The first number in use at or after `pid`, or 0. Looks at a bounded number of entries: `pid` says where
    // to go on.
    std::int32_t next_in_use(std::int32_t& pid);
    std::uint32_t in_use() const { return in_use_; }
    static constexpr std::size_t bytes() { return pids_per_torus * sizeof(Entry); }
    std::int32_t last() const { return last_; }

private:
    static constexpr std::uint32_t entries_per_page = backing_page / sizeof(Entry);
    static constexpr std::uint32_t pages = pids_per_torus / entries_per_page;
    // 0: not this torus's.
    std::uint32_t local_of(std::int32_t pid) const
    {
        if (pid <= 0 || birth_torus(pid) != torus_)
            return 0;
        std::uint32_t const local = (static_cast<std::uint32_t>(pid) - 1) / tori_ + 1;
        return local < pids_per_torus ? local : 0;
    }
    std::int32_t pid_of(std::uint32_t local) const
    {
        return static_cast<std::int32_t>((local - 1) * tori_ + torus_ + 1);
    }
    Entry* at(std::uint32_t local) const;
    Result<std::int32_t> claim(std::uint32_t local);
    bool used(std::uint32_t local) const { return used_[local / 64] >> (local % 64) & 1; }

    ReservedRange range_;
    std::uint32_t torus_{0}, tori_{1};
    std::uint32_t next_{1};
    std::uint32_t in_use_{0};
    std::int32_t last_{0};
    std::uint64_t used_[pids_per_torus / 64]{};
    std::uint16_t live_in_page_[pages]{};
};

struct ProcessTable {
    Plane<Process> processes;
    Plane<Thread> threads;
    Pool<ExecState> execs;
    Pool<MoveState> moves;
    PidDirectory pids;
    Process* first{nullptr}; // pid 1
    std::uint32_t process_limit{0}; // live at a time
    std::uint64_t forks{0}; // since boot, for /proc/stat
    unsigned char load_samples{0};
    // Processes that were born on other tori and have come here: their numbers are not in `pids`.
    static constexpr unsigned arrival_buckets = 64;
    List<Process, &Process::in_arrivals> arrivals[arrival_buckets];
    auto& arrivals_like(std::int32_t pid)
    {
        return arrivals[static_cast<std::uint32_t>(pid) % arrival_buckets];
    }
    // Children of processes here that others stand for (kernel/tori/adoption.hpp).
    List<Process, &Process::in_arrivals> wards[arrival_buckets];
    auto& wards_like(std::int32_t pid) { return wards[static_cast<std::uint32_t>(pid) % arrival_buckets]; }
};

// The torus that knows where the process, thread or group of that number is now; pid > 0.
unsigned birth_torus(std::int32_t pid);
// The torus that has the record of who was born with that number: its birth torus, unless it has lent it
// (kernel/tori/far_numbers.hpp). Elsewhere only the birth torus is known. Not if it is alone.
unsigned keeper_of(std::int32_t pid);
// nullptr: the number is nobody's who was born here.
PidDirectory::Entry* find_number(std::int32_t number);
void give_back_number(std::int32_t number);
Process* find_process(std::int32_t pid); // alive or zombie; perhaps a stub
Thread* find_thread(std::int32_t tid);
// The process of that pid, or the one a thread of that number belongs to.
Process* find_process_of(std::int32_t id);
// Why a number names nothing here that one could ask: nobody has it (NoProcess), or another torus knows
// (Elsewhere; the run loop is told which).
Status absence_of(std::int32_t id);
// Walks the processes in the order of their pids; start with pid = 0. nullptr at the end.
Process* next_process(std::int32_t& pid);

} // namespace torc
