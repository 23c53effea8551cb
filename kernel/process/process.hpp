// SPDX-License-Identifier: MIT
// A process: what its threads share. Lives in a lattice plane of its torus; its pid is torus of birth and a
// local number (process_table.hpp). A zombie keeps the record until its parent waits.
#pragma once
#include "kernel/process/credentials.hpp"
#include "kernel/process/limits.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/process/wait_queue.hpp"
#include "kernel/signals/signal_types.hpp"
#include "kernel/tori/outbox.hpp"
#include "substrate/handle.hpp"
#include "substrate/intrusive_list.hpp"
#include <cstdint>

namespace torc {
class Space;
class FdTable;
struct FsContext;
struct Terminal;
struct OpenFile;
struct SignalHandlers; // kernel/signals/signal_records.hpp
struct ProcessGroup; // kernel/process/sessions.hpp
struct Visitor; // kernel/tori/far_records.hpp

enum class ProcessState : std::uint8_t { Alive, Exiting, Zombie };

struct ResourceUse {
    std::uint64_t user_ticks{0}, kernel_ticks{0}, minor_faults{0}, voluntary_switches{0},
        involuntary_switches{0}, peak_pages{0};
};

struct IntervalTimer { // setitimer; deadline 0: off. Real: by the clock; Virtual and Prof: by `use`
    std::uint64_t deadline_ticks{0}, interval_ticks{0};
};

struct ProcessTimer : Timer { // kind is TimerKind::ProcessReal
    Process* process{nullptr}; // set when it is armed
};

struct Process {
    std::int32_t pid{0};
    ProcessState state{ProcessState::Alive};
    bool stopped{false};
    bool stop_reported{true}; // waitpid(WUNTRACED) has seen it
    bool continued{false}; // for WCONTINUED
    bool executed{false}; // has called exec: setpgid by the parent is refused
    bool dumpable{true};
    bool no_new_privileges{false};
    bool child_subreaper{false};
    bool is_guest{false}; // stands for a process of another torus (kernel/tori/guests.hpp)
    std::uint8_t exit_signal{17}; // what the parent gets
    std::uint8_t stop_signal{0};
    std::uint8_t parent_death_signal{0};
    std::int32_t wait_status{0}; // as wait4 gives it, once Zombie
    std::uint32_t habit{0}; // how it has behaved (kernel/tori/program_history.hpp); of a stub: only whose
    std::uint32_t personality{0};

    Process* parent{nullptr};
    ListHook in_parent; // parent->children
    List<Process, &Process::in_parent> children;
    List<Thread, &Thread::siblings> threads;
    std::uint32_t thread_count{0}; // records: a leader that ended before its siblings stays, Dead
    std::uint32_t live_threads{0}; // those that have not left their siblings yet
    Thread* executing{nullptr}; // is in execve and waits until it is alone
    ListHook in_group; // group->members
    ProcessGroup* group{nullptr};
    WaitQueue child_change; // the parent waits here (wait4)
    WaitQueue watchers; // who polls a file that names it (kernel/process/process_file.hpp)
    std::uint64_t child_news{0}; // how often a child has exited, stopped or gone on
    Thread* vfork_parent{nullptr}; // resumes at exec or exit
    std::uint32_t kill_in_progress{0};

    Space* space{nullptr}; // counted
    FdTable* files{nullptr}; // counted
    FsContext* fs{nullptr}; // cwd, root, umask; counted
    OpenFile* executable{nullptr}; // /proc/PID/exe

    Credentials credentials;
    Limits limits;
    SignalHandlers* handlers{nullptr}; // counted: CLONE_SIGHAND shares them
    SignalAction* actions{nullptr}; // what the handlers are, signal 1 first
    PendingSignals pending; // directed at the process
    std::uint32_t queued_signals{0};
    ProcessTimer real_timer; // ITIMER_REAL
    IntervalTimer timers[3]; // ITIMER_REAL, VIRTUAL, PROF
    ResourceUse use, children_use;
    std::uint64_t processor_check_ticks{never}; // use at which VIRTUAL, PROF or RLIMIT_CPU is looked at again
    std::uint64_t start_ticks{0};
    std::int32_t nice{0};
    std::int16_t oom_score_adjustment{0}; // -1000: never ended for want of memory
    std::int16_t oom_score_least{0}; // what the privileged set it to last
    char last_name[16]{}; // of its last thread, once that is gone
    // Tori, a bit each: who knows what it is now; and who has known it.
    std::uint64_t acquainted[2]{}, visited[2]{};
    // Likewise: whom it has told of a closing that has to be heard there (kernel/tori/far_closing.hpp).
    std::uint64_t closed_at[2]{};
    // It has moved (kernel/tori/travel.hpp): this is its stub, and it lives there; or it came here, from
    // there.
    Handle home, stub;
    OutItem stub_out{.hook = {}, .kind = OutKind::Stub}; // what the one has to tell the other
    std::uint8_t notices{0}; // of them
    bool going{false}; // stub: has not said Go yet
    bool embryo{false}; // not yet here: the other record counts
    Visitor* waiting_visitor{nullptr}; // embryo: whom to tell when it stands, or has failed
    std::int32_t parent_pid{0}; // when that one is elsewhere
    bool job_parent_elsewhere{false}; // and of another group of its session, as was last heard
    // An orphan whose parent is elsewhere has a ward there (kernel/tori/adoption.hpp).
    bool is_ward{false}; // its `home` is the orphan's record
    std::uint8_t kin_notices{0}; // of an orphan
    std::uint32_t ward_number{0}; // how many wards the orphan has had: news of an earlier one is old
    Handle ward;
    OutItem kin_out{.hook = {}, .kind = OutKind::Kin}; // what the one has to tell the other
    ListHook in_arrivals; // likewise: processes->arrivals

    // What others know of it is no longer so: who is called next is told anew (kernel/tori/guests.hpp).
    void has_changed() { acquainted[0] = acquainted[1] = 0; }
    Thread* leader() { return threads.empty() ? nullptr : &threads.front(); }
    void add(Thread& thread)
    {
        threads.push_back(thread);
        ++thread_count;
        ++live_threads;
    }
};

} // namespace torc
