// SPDX-License-Identifier: MIT
// Signals: how they are sent, queued and delivered (signal(7)). Sending puts a signal into a pending set and
// marks the thread that takes it (attend_signal); delivery happens at one place only, on the way back to EL0.
// Nothing here blocks. See docs/signals.md for how interrupted calls go on.
#pragma once
#include "kernel/linux/outcome.hpp"
#include "kernel/result.hpp"
#include "kernel/signals/signal_types.hpp"
#include <cstdint>

namespace torc {
struct Thread;
struct Process;
struct ProcessGroup;

// si_code (Linux siginfo.h) where the kernel itself or kill(2) is the source.
namespace signal_code {
inline constexpr int user = 0, kernel = 0x80, queue = -1, timer = -2, tkill = -6;
inline constexpr int ill_opcode = 1; // SIGILL
inline constexpr int fpe_integer_divide = 1;
inline constexpr int segv_no_mapping = 1, segv_not_allowed = 2;
inline constexpr int bus_alignment = 1, bus_no_object = 2, bus_object_error = 3;
inline constexpr int trap_breakpoint = 1, trap_trace = 2;
inline constexpr int child_exited = 1, child_killed = 2, child_dumped = 3, child_stopped = 5,
                     child_continued = 6;
}

// ---- sending -----------------------------------------------------------------------------------------
SignalInfo kernel_signal(unsigned signal); // SI_KERNEL, no sender
SignalInfo user_signal(unsigned signal, int code, Process const& sender); // SI_USER, SI_TKILL: pid and uid

// No permission is checked. WouldBlock: a real-time signal or sigqueue beyond RLIMIT_SIGPENDING; all others
// always succeed (a standard signal that cannot be queued loses its details, not itself).
Result<void> signal_send(Process& process, SignalInfo const& info);
Result<void> signal_send(Thread& thread, SignalInfo const& info);
// What the terminal, pipes and timers use: kernel_signal(signal) to the process, to all of a group.
void signal_post(Process& process, unsigned signal);
void signal_post(ProcessGroup& group, unsigned signal);
// A signal the thread caused itself and cannot avoid (a fault, a bad signal frame): unblocks it, and takes
// the default action when it was blocked or ignored.
void force_signal(Thread& thread, SignalInfo const& info);
// The same, and no handler is asked: the program has no state left that one could run in.
void force_default_signal(Thread& thread, unsigned signal);
// force_signal for a fault of the running thread; `syndrome` (ESR_EL1) and the address go into the signal
// frame.
void force_fault(Thread& thread, unsigned signal, int code, std::uint64_t address, std::uint64_t syndrome);
// May `sender` signal `target` (kill(2))?
bool may_signal(Process const& sender, Process const& target, unsigned signal);

// ---- delivery ----------------------------------------------------------------------------------------
// Signals that are pending for the thread (its own and its process's) and not blocked.
SignalSet deliverable(Thread const& thread);
inline bool signal_pending(Thread const& thread)
{
    return deliverable(thread) != 0;
}
// Sets or clears attend_signal after the mask or what is pending has changed.
void recompute_attention(Thread& thread);
// Sets the mask (SIGKILL and SIGSTOP stay unblocked); signals that become deliverable are attended to.
void set_signal_mask(Thread& thread, SignalSet blocked);

enum class Delivery : std::uint8_t {
    Proceed, // enter EL0 (or, if thread.in_call is still set, run the call's handler again)
    Stopped, // process_stop() was called: do not run it
    Died, // process_die() was called
};
// For the run loop, when the thread is current, its space is in the core, and attend_signal or attend_kill is
// set. Call it when no call is in progress (finished call, exception, interrupt).
Delivery deliver_pending(Thread& thread);
// The same for a call that answered Outcome::interrupted(how). Decides what becomes of the call: when a
// handler runs, the call fails with EINTR or is prepared to be issued again, in_call is false and the restart
// record empty; when none runs, in_call and the record stay and the handler goes on. So a call gives back
// what its record owns before it answers interrupted().
Delivery deliver_interrupted(Thread& thread, OnSignal how);

// Puts the mask back that ppoll or sigsuspend replaced. The run loop calls it when a call finishes, before
// deliver_pending (but not before deliver_interrupted: a handler runs under the replaced mask). Cheap when
// there is nothing to do.
void restore_saved_mask(Thread& thread);
// Replaces the mask for the time of the current call; the old one is in the restart record. To be called once
// per call (restart.mask_saved tells).
void replace_mask(Thread& thread, SignalSet blocked);

// ---- life of a process -------------------------------------------------------------------------------
// fork, clone: mask and alternate stack go to the child thread, nothing pending does.
void signals_inherit(Thread& child, Thread const& parent);
// A new process starts with its parent's actions, or shares them from now on.
enum class Handlers : std::uint8_t {
    Copied,
    Shared,
    Cleared /* copied, but caught ones get their default */
};
Result<void> signals_inherit(Process& child, Process const& parent, Handlers how);
Result<void> signals_open(Process& first);
// For a process that moves: whether its actions are others', too; what it ignores, and ignores from now on.
bool signals_shared(Process const& process);
SignalSet ignored_signals(Process const& process);
void ignore_signals(Process& process, SignalSet set);
// exec, while it can still fail: the actions are the process's alone.
Result<void> signals_unshare(Process& process);
// The record goes: actions are given back.
void signals_close(Process& process);
// The thread no longer takes these signals of its process: others look who may (it blocks them, or ends).
void signals_pass_on(Thread& thread, SignalSet set);
// exec: caught signals get their default action, the alternate stack is gone; mask, ignored and pending stay.
void signals_exec(Thread& thread);
// Exit: queued records are given back.
void signals_discard(Thread& thread);
void signals_discard(Process& process);

// ---- children ----------------------------------------------------------------------------------------
// Tells the parent by SIGCHLD (or child.exit_signal) and wakes its wait4. Call once child.state is Zombie and
// child.wait_status is set. True: the parent does not want to wait for it (SA_NOCLDWAIT or SIG_IGN): reap it.
[[nodiscard]] bool notify_parent_exit(Process& child);
// SIGCHLD for a stop or continuation, unless the parent said SA_NOCLDSTOP; wakes its wait4.
void notify_parent_stop(Process& child, unsigned signal);
void notify_parent_continue(Process& child);

// wait4's status word
constexpr int wait_exited(int code)
{
    return (code & 0xff) << 8;
}
constexpr int wait_killed(unsigned signal)
{
    return static_cast<int>(signal & 0x7f);
}

} // namespace torc
