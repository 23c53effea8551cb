// SPDX-License-Identifier: MIT
// A torus: the kernel instance of one core. Everything here is touched by that core alone, so nothing is
// locked or atomic. The entry code knows the first two fields by offset.
#pragma once
#include "arch/cpu.hpp"
#include "kernel/linux/unimplemented.hpp"
#include "kernel/memory/frame_pool.hpp"
#include "kernel/objects.hpp"
#include "kernel/process/wait_queue.hpp"
#include "kernel/time/load_average.hpp"
#include "kernel/tori/rounds.hpp"
#include "substrate/run_queue.hpp"
#include "substrate/timer_queue.hpp"
#include <cstdint>

namespace torc {
struct Thread;
struct ProcessTable; // kernel/process/process_table.hpp
struct MemoryRecords; // kernel/memory/memory_records.hpp: pools of mappings, plane of spaces
struct FileRecords; // kernel/files/file_records.hpp: planes and pools of files, inodes, ...
struct SignalRecords; // kernel/signals/signal_records.hpp
struct SessionRecords; // kernel/process/session_records.hpp
struct FutexTable; // kernel/futex/futex_table.hpp
struct TerminalRecords; // kernel/terminal/terminal_records.hpp
struct TorusLinks; // kernel/tori/links.hpp
struct LimbRecords; // kernel/tori/limb_records.hpp
struct FarRecords; // kernel/tori/far_records.hpp
struct PublicPages; // kernel/tori/public_pages.hpp
class Random; // kernel/random.hpp
struct TorusLog; // kernel/log.hpp
struct MachineRecords; // kernel/machine_records.hpp

struct Torus {
    std::uint64_t stack_top{0}; // offset 0: loaded into SP on every entry from EL0
    Thread* current{nullptr}; // offset 8: the thread whose registers the core holds; nullptr when idle
    Thread* float_owner{nullptr}; // whose NEON state the core holds
    std::int32_t woken{0}; // the tid of who was woken last while another ran
    unsigned number{0}; // 0..; the machine's boot core is 0
    unsigned tori{1}; // numbers of tori are below it; fixed before the first program
    std::uint64_t pages_elsewhere{0}; // of memory, at the other tori when they started

    std::uint64_t reserved{0}; // bytes of the window's upper half given out (record_backing)

    RunQueue run_queue;
    TimerQueue timers;
    FramePool frames;
    ProcessTable* processes{nullptr};
    MemoryRecords* memory{nullptr};
    FileRecords* files{nullptr};
    SignalRecords* signals{nullptr};
    SessionRecords* sessions{nullptr};
    FutexTable* futexes{nullptr};
    TerminalRecords* terminals{nullptr};
    TorusLinks* links{nullptr}; // nullptr: alone
    LimbRecords* limbs{nullptr}; // nullptr: neither lends threads nor runs others'
    FarRecords* far{nullptr}; // nullptr: neither calls others nor is called
    bool bell{false}; // a strand may have something: take_events() is to look
    PublicPages* pages{nullptr}; // what every torus shows; nullptr: alone
    bool lends_new_threads{false}; // by torc.limbs=
    bool takes_programs{false}; // it has what open_subsystems() makes
    Random* random{nullptr};
    TorusLog* log{nullptr};
    MachineRecords* machine{nullptr}; // torus 0 alone

    std::uint64_t context_switches{0}, calls_restarted{0}, interrupts{0};
    std::uint64_t nice_ticks{0}, kernel_ticks{0},
        idle_ticks{0}; // how it spent its time; the rest: user_ticks()
    std::uint64_t charged_at{0}; // when current was last charged, ticks
    std::uint64_t armed_deadline{never}; // what the core's timer is set to (kernel/time)
    LoadAverage load;
    Rounds rounds;
    WaitQueue log_readers; // for the next line of the log
    WaitQueue realtime_sleepers; // until a time of day: setting the clock wakes them
    ObjectRows objects;
    linux_abi::UnimplementedCalls unimplemented;
};

// What all programs but those with a positive nice value have used: a sum less for every switch to keep.
inline std::uint64_t user_ticks(Torus const& torus)
{
    return torus.charged_at - torus.nice_ticks - torus.kernel_ticks - torus.idle_ticks;
}

// Of the whole machine.
inline std::uint64_t machine_pages(Torus const& torus)
{
    return torus.frames.total_pages() + torus.pages_elsewhere;
}

inline Torus& this_torus()
{
    return arch::this_torus();
}

} // namespace torc
