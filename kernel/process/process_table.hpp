// SPDX-License-Identifier: MIT
// The processes and threads of a torus and the names (pids, tids) it has given out. A pid is the torus of
// birth and a local number: torus * 32768 + local, local in 1..32767, lent in rising order so that a number
// is not soon used again.
#pragma once
#include "kernel/process/exec.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/result.hpp"
#include "substrate/lattice.hpp"
#include "substrate/pool.hpp"
#include "substrate/reserved_range.hpp"
#include <cstdint>

namespace torc {

inline constexpr std::uint32_t pids_per_torus = 32768;

class PidDirectory {
public:
    struct Entry { // a thread, a process (its leader may be gone: zombie), or both
        Process* process;
        Thread* thread;
    };
    void open(ReservedRange range, std::uint32_t first_pid);
    // A free number with its entry empty but taken; WouldBlock (EAGAIN) when there is none, NoMemory.
    Result<std::int32_t> take();
    // This very number; Exists.
    Result<std::int32_t> take(std::int32_t pid);
    // Below pid_max, whoever's it is.
    static constexpr bool is_possible(std::int32_t pid)
    {
        return pid > 0 && static_cast<std::uint32_t>(pid) < pids_per_torus;
    }
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
    Entry* at(std::uint32_t local) const;
    Result<std::int32_t> claim(std::uint32_t local);
    bool used(std::uint32_t local) const { return used_[local / 64] >> (local % 64) & 1; }

    ReservedRange range_;
    std::uint32_t first_{0};
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
    PidDirectory pids;
    Process* first{nullptr}; // pid 1
    std::uint32_t process_limit{0}; // live at a time
    std::uint64_t forks{0}; // since boot, for /proc/stat
    unsigned char load_samples{0};
};

Process* find_process(std::int32_t pid); // alive or zombie
Thread* find_thread(std::int32_t tid);
// The process of that pid, or the one a thread of that number belongs to.
Process* find_process_of(std::int32_t id);
// Walks the processes in the order of their pids; start with pid = 0. nullptr at the end.
Process* next_process(std::int32_t& pid);

} // namespace torc
