// SPDX-License-Identifier: MIT
// A thread: at rest it is its registers, its handles and one restart record, nothing else; it has no kernel
// stack. `frame` comes first: SP_EL1 points there while the thread runs, and the entry code finds the thread
// from it.
#pragma once
#include "arch/frame.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/process/conduct.hpp"
#include "kernel/process/restart_record.hpp"
#include "kernel/process/wait_queue.hpp"
#include "kernel/signals/signal_types.hpp"
#include "kernel/tori/outbox.hpp"
#include "substrate/run_queue.hpp"
#include "substrate/timer_queue.hpp"
#include <cstdint>

namespace torc {
struct Process;
class Space;
struct OpenFile;
struct Lending; // kernel/tori/lending.hpp
struct InheritingLock; // kernel/futex/inheriting_lock.hpp

// Why the way back to EL0 must take the slow path. torus-local, so plain bits.
enum Attention : std::uint8_t {
    attend_signal = 1, // a deliverable signal may be pending
    attend_reschedule = 2, // somebody more urgent is runnable, or the slice is over
    attend_kill = 4, // the process is exiting (another thread said so, or a fatal signal)
    attend_start = 32, // a new thread has start_tid to write, or a limb's trap is to be settled
    attend_sequence = 64, // it was taken off the core in user code: rseq(2)
    attend_mask = 8, // restart.saved_mask must be put back after delivery
    attend_page = 128, // the call's handler met a page that is on its way: its outcome does not count yet
    attend_slice = 16, // somebody of equal urgency waits: arm the timer for the end of the slice (arm_timer)
};

// Why a thread that is ready for EL0 may not simply enter it here.
enum Leaving : std::uint8_t {
    leaves_to_limb = 1, // enters it on another torus (kernel/tori/lending.hpp)
    leaves_for_good = 2, // its process is to live elsewhere (kernel/tori/moving.hpp)
    leaves_by_lot = 4, // likewise, now and then, to try it out
};

enum class ThreadState : std::uint8_t {
    Runnable, // in the run queue, or current
    Blocked, // in a queue or waiting for a deadline
    Stopped, // by a stop signal
    Lent, // another torus has it
    Dead, // gone from everywhere, record about to be freed
};

struct DeadlineAttributes { // of struct sched_attr
    std::uint64_t runtime_ns{0}, deadline_ns{0}, period_ns{0};
    std::uint64_t flags{0}; // SCHED_FLAG_RECLAIM, which changes nothing here, and SCHED_FLAG_DL_OVERRUN
    bool operator==(DeadlineAttributes const&) const = default;
};

struct ThreadTimer : Timer { // kind is TimerKind::ThreadSleep
    Thread* thread{nullptr}; // set when it is armed
};

struct Thread {
    Thread() { } // NOLINT: provided, so that registers are not cleared before they are copied
    arch::Frame frame;
    arch::FloatState float_state; // valid unless the core holds a newer one (arch::save_float)
    std::uint64_t thread_pointer{0}; // TPIDR_EL0 when not running

    // Zero, all four, in a thread that may enter EL0 as it is (enters_at_once).
    alignas(4) std::uint8_t attention{0};
    bool in_call{false}; // the frame's call is not over: run its handler when chosen
    bool exiting{false}; // never enters EL0 again: exit_step() when chosen
    std::uint8_t leaving{0}; // Leaving

    ThreadState state{ThreadState::Runnable};
    bool float_used{false};
    bool float_newer{
        false}; // it has been in the registers since its limb gave it back (kernel/tori/limbs.cpp)
    bool timed_out{false}; // the deadline woke it
    bool visiting{false}; // of another torus: runs one handler here (kernel/tori/visitors.hpp)
    bool reset_on_fork{false}; // SCHED_RESET_ON_FORK
    bool left_space{false}; // exiting, and no longer on its translation tables
    bool held_locks_left{false}; // exiting, and has handed on the locks others wait for
    bool asked{false}; // the call has asked about processes elsewhere (kernel/proc/proc_asks.hpp)
    bool lifted{false}; // runs with the urgency of somebody who waits for a lock of its
    std::int32_t id{0}; // tid; the leader's is the pid
    Process* process{nullptr};
    Space* space{nullptr}; // == process->space until exec
    Lending* lending{nullptr}; // which torus it enters EL0 on, when that is not this one
    RestartRecord restart;
    RestartRecord abandoned; // exiting: of the call it was in
    OutItem cancel{.hook = {}, .kind = OutKind::Cancel}; // of the far call it is in
    OpenFile* held_file{nullptr}; // of a read or write that waits: counted, as another thread may close it

    SchedEntity entity; // in the torus's run queue
    SchedParameters own_parameters; // while it is lifted: what it has set itself
    DeadlineAttributes deadline; // SCHED_DEADLINE: as it was asked for
    InheritingLock* held_locks{nullptr}; // somebody waits for each (FUTEX_LOCK_PI)
    InheritingLock* awaited_lock{nullptr};
    ThreadTimer sleep; // its one deadline while blocked
    OnSignal waits_as{OnSignal::Interrupt}; // while blocked: which signals end the wait
    Waiter waiter; // its own place in a queue
    Waiter* waiters{nullptr}; // every place it has, linked by next_of_thread
    ListHook siblings; // in process->threads

    SignalSet blocked{0}; // signal mask
    SignalSet awaited{0}; // rt_sigtimedwait: what ends the wait although it is blocked
    PendingSignals pending; // directed at this thread
    AlternateStack alternate_stack;
    std::uint64_t fault_address{0}; // of the last fault that became a signal: goes into its frame
    std::uint64_t fault_syndrome{0}; // ESR_EL1 of it, 0 when the frame gets no esr_context
    std::uint64_t start_tid{
        0}; // where the new thread writes its tid before it enters EL0 (CLONE_CHILD_SETTID)
    std::uint64_t clear_tid{0}; // set_tid_address
    std::uint64_t robust_list{0}; // set_robust_list, kept for get_robust_list
    std::uint64_t robust_length{0};
    std::uint64_t sequence_area{0}; // rseq(2): struct rseq, 0 while none is registered
    std::uint32_t sequence_signature{0};
    std::uint32_t sequence_cpu{0}; // that the area names
    std::uint64_t affinity{~0ull};
    std::uint64_t user_ticks{0}, kernel_ticks{0}; // charged at switches
    std::uint64_t voluntary_switches{0}, involuntary_switches{0};
    std::uint64_t minor_faults{0};
    Conduct conduct;
    std::uint64_t timer_slack_ns{50'000};
    char name[16]{}; // comm

    bool enters_at_once() const
    {
        std::uint32_t flags; // all in one load
        __builtin_memcpy(&flags, &attention, sizeof flags);
        return flags == 0;
    }

    static Thread& of(arch::Frame* frame)
    {
        return *reinterpret_cast<Thread*>(frame);
    } // SAFETY: frame is the first member
};

} // namespace torc
