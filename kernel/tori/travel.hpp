// SPDX-License-Identifier: MIT
// A process moves to another torus, at exec or at rest (docs/tori.md). The birth torus writes down what the
// process is, the target makes it anew; when that stands the old record becomes a stub.
#pragma once
#include "arch/frame.hpp"
#include "kernel/address.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/memory/frame_pool.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/credentials.hpp"
#include "kernel/process/limits.hpp"
#include "kernel/process/process.hpp"
#include "kernel/signals/signal_types.hpp"
#include "substrate/event.hpp"
#include "substrate/handle.hpp"
#include "substrate/sched_entity.hpp"
#include <cstdint>
#include <cstring>

namespace torc {
struct ExecState;
struct Newcomer; // substrate/roles.hpp
struct TravelState;
struct Torus;
struct Visitor;

struct TravelDocument { // a frame of the birth torus, read by the target until it has answered
    static constexpr unsigned list_size = page_size / 8; // frames of the stack
    std::int32_t pid, parent_pid, group, session;
    Handle stub; // the record at the birth torus
    Credentials credentials;
    Limits limits;
    IntervalTimer timers[3];
    SignalSet blocked, ignored;
    ResourceUse use, children_use;
    std::uint64_t user_ticks, kernel_ticks, start_ticks;
    SchedParameters scheduling;
    std::uint64_t affinity, timer_slack_ns;
    std::uint32_t personality, umask;
    std::int32_t nice;
    std::int16_t oom_score_adjustment, oom_score_least;
    std::uint8_t exit_signal, parent_death_signal;
    bool no_new_privileges, child_subreaper, reset_on_fork, job_parent;
    Handle root, directory; // with references; null: the names' root
    std::uint32_t root_weight, directory_weight;
    std::uint32_t file_count;
    std::uint64_t files; // physical address of a frame of TravelFile
    std::uint64_t rest; // physical address of a TravelRest, of who moves at rest; 0: an exec
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
    std::uint32_t fd : 31;
    std::uint32_t closes_on_exec : 1;
    std::uint32_t weight;
};
static_assert(sizeof(TravelFile) == 16);

// References to an open file that go along; null: none, or taken already.
struct Lent {
    Handle handle;
    std::uint32_t weight{0};
};

// What more there is of who moves at rest.
struct TravelRest {
    arch::Frame frame;
    arch::FloatState float_state;
    std::uint64_t thread_pointer, clear_tid, robust_list, robust_length;
    std::uint64_t sequence_area;
    std::uint32_t sequence_signature, sequence_cpu;
    std::uint64_t fault_address, fault_syndrome;
    AlternateStack alternate_stack;
    SignalAction actions[signal_count];
    Space::Layout layout;
    std::uint64_t recent_gap, locked_pages, lock_future, peak_resident, peak_mapped;
    std::uint16_t barrier_registrations;
    bool float_used, dumpable, executed;
    Lent executable;
    std::uint64_t mappings, pages; // physical address of a MappingList; of a PageList
    std::uint64_t page_count; // of its own
};
static_assert(sizeof(TravelRest) <= page_size);

struct TravelMapping {
    enum class Backing : std::uint8_t { None, Own, Last, Executable }; // Last: that of the mapping before
    std::uint64_t start, end, offset;
    Lent file; // Backing::Own
    std::uint16_t flags; // Mapping::Flags
    std::uint8_t protection;
    MapSource source;
    Backing backing;
};

// Both are frames, filled one after the other.
struct MappingList {
    static constexpr unsigned limit = 32; // a grain takes all their files back
    std::uint64_t next, count; // physical address, or 0
    TravelMapping entries[limit];
};
struct PageList {
    static constexpr unsigned limit = page_size / 16 - 1;
    std::uint64_t next, count;
    Space::PrivatePage entries[limit];
};
static_assert(sizeof(MappingList) <= page_size && sizeof(PageList) <= page_size);

template <typename T> T* at_frame(std::uint64_t frame)
{
    return static_cast<T*>(FramePool::pointer(Paddr{frame}));
}

// What is the same in the record and in the document: written from the one, read into the other.
template <typename From, typename To> void copy_process(From const& from, To& to)
{
    to.credentials = from.credentials;
    to.limits = from.limits;
    to.use = from.use;
    to.children_use = from.children_use;
    to.start_ticks = from.start_ticks;
    to.personality = from.personality;
    to.nice = from.nice;
    to.oom_score_adjustment = from.oom_score_adjustment;
    to.oom_score_least = from.oom_score_least;
    to.exit_signal = from.exit_signal;
    to.parent_death_signal = from.parent_death_signal;
    to.no_new_privileges = from.no_new_privileges;
    to.child_subreaper = from.child_subreaper;
}
template <typename From, typename To> void copy_thread(From const& from, To& to)
{
    to.blocked = from.blocked;
    to.user_ticks = from.user_ticks;
    to.kernel_ticks = from.kernel_ticks;
    to.affinity = from.affinity;
    to.timer_slack_ns = from.timer_slack_ns;
    to.reset_on_fork = from.reset_on_fork;
    std::memcpy(to.name, from.name, sizeof to.name);
}
// Of who moves at rest; the second part has consequences at the thread's end.
template <typename From, typename To> void copy_registers(From const& from, To& to)
{
    to.frame = from.frame;
    to.float_used = from.float_used;
    if (from.float_used)
        to.float_state = from.float_state;
    to.thread_pointer = from.thread_pointer;
    to.fault_address = from.fault_address;
    to.fault_syndrome = from.fault_syndrome;
    to.alternate_stack = from.alternate_stack;
}
template <typename From, typename To> void copy_user_words(From const& from, To& to)
{
    to.clear_tid = from.clear_tid;
    to.robust_list = from.robust_list;
    to.robust_length = from.robust_length;
    to.sequence_area = from.sequence_area;
    to.sequence_signature = from.sequence_signature;
    to.sequence_cpu = from.sequence_cpu;
}

// ---- the birth torus
// Where the process of this exec is to go on: this torus's number if it stays.
unsigned choose_home(Thread& thread, ExecState const& state);
// The strings are on the new stack: sends the process, and waits. Finished: it could not go (the errno), or
// goes_nowhere: it stays here. no_return: it has gone.
inline constexpr std::int64_t goes_nowhere = 1;
Outcome travel(Thread& thread, ExecState& state);

// What both kinds of moves are made of.
bool can_move(Thread const& thread);
enum class Descriptors : std::uint8_t { All, Surviving /* an exec */ };
// Into the first two frames of the state; all three are there afterwards, or none.
Result<void> write_document(Thread& thread, TravelState& state, Descriptors which);
Outcome send_document(Thread& thread, TravelState& state);
// Nobody needs it any more; what was lent and not taken is ours again.
void drop_document(Thread& thread, TravelState& state);
// It has been made elsewhere.
bool has_gone(TravelState const& state);
// Its stub hears where, if it is not here. False: the thread waits, and asks again.
bool tell_new_home(Thread& thread, TravelState& state);
// What is left of the process here ends, as with its last thread, but for the record.
Outcome depart(Thread& thread, Handle home);
// Its process dies, and what has been made of it elsewhere is to die there, of the same signal.
void die_elsewhere(Process& process, Handle home);
Lent lend(OpenFile& file); // null: there were too few references
void take_back(std::uint32_t weight, OpenFile& file);

// The thread dies in the middle: true when nothing is under way any more. False: it waits, and asks again.
bool travel_abandon_step(Thread& thread, ExecState& exec);
// Not back to its stub, nor to where it would be looked for by its number.
bool may_move_to(Process const& process, unsigned torus);
// Where it may go, at exec or at rest; this torus's number: nowhere.
unsigned choose_place(Torus& torus, Thread& thread, Newcomer const& newcomer);
// The last thread of a process that has gone has left: its record stays; or, if it had only come here, until
// it has told the new one what came meanwhile.
void become_stub(Process& process);
void travel_answered(Thread& thread, Event const& event);
// The child of somebody here has another parent; one that has moved, or is about to, hears of it.
void parent_changes(Process& child);
// What a notice says, into the record of who is told: a stop or its end (false: it says how the process has
// ended), and that; and how a process has ended, for the notice.
bool take_stop(Process& record, Event const& event);
void take_end(Process& record, Event const& event);
void write_end(Process const& process, Event& event);
// Signals that the stub was sent.
void forward_signals(Process& stub);

// ---- the torus of the stub, when it is neither of them
Outcome rehome_visit(Arguments const& arguments);

// ---- the target
// A file of this torus's own comes home; any other gets a record.
Result<OpenFile*> receive(Lent const& file);
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
