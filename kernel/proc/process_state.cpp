// SPDX-License-Identifier: MIT
#include "kernel/proc/process_state.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {

std::int32_t parent_of(Process const& process)
{
    if (process.parent != nullptr)
        return process.parent->pid;
    return process.parent_pid;
}

// Who reads of itself is running, also when the text is read on another torus meanwhile.
static bool reads_from_afar(ProcText const& text)
{
    return text.holes != nullptr && text.reader.process == text.subject.process
        && text.subject.thread->restart.kind == CallKind::Far;
}

char state_letter(ProcText const& text)
{
    ProcSubject const& subject = text.subject;
    if (subject.process->state == ProcessState::Zombie || subject.thread == nullptr)
        return 'Z';
    Thread const& thread = *subject.thread;
    switch (thread.state) {
    case ThreadState::Runnable:
        return 'R';
    case ThreadState::Lent:
        return is_asleep(thread) ? 'S' : 'R';
    case ThreadState::Blocked:
        if (reads_from_afar(text))
            return 'R';
        return thread.waits_as == OnSignal::KillOnly ? 'D' : 'S';
    case ThreadState::Stopped:
        return 'T';
    case ThreadState::Dead: // a leader that ended before the others
        break;
    }
    return 'Z';
}

ResourceUse use_of(ProcSubject const& subject)
{
    charge_current();
    if (!subject.whole) {
        Thread const& thread = *subject.thread;
        return {thread.user_ticks, thread.kernel_ticks, thread.minor_faults, thread.voluntary_switches,
            thread.involuntary_switches, 0};
    }
    ResourceUse sum = subject.process->use; // ticks are charged to both, the rest when a thread ends
    for (Thread const& thread : subject.process->threads) {
        sum.minor_faults += thread.minor_faults;
        sum.voluntary_switches += thread.voluntary_switches;
        sum.involuntary_switches += thread.involuntary_switches;
    }
    return sum;
}

SchedParameters scheduling_of(ProcSubject const& subject)
{
    return subject.thread != nullptr ? subject.thread->entity.parameters() : SchedParameters{};
}

int shown_priority(ProcSubject const& subject)
{
    SchedParameters const parameters = scheduling_of(subject);
    if (class_of(parameters.policy) == SchedClass::real_time)
        return -1 - parameters.priority;
    if (parameters.policy == SchedPolicy::deadline)
        return -101;
    return 20 + subject.process->nice;
}

SignalSets signal_sets(ProcSubject const& subject)
{
    SignalSets sets;
    if (subject.thread != nullptr) {
        sets.pending = subject.thread->pending.set;
        sets.blocked = subject.thread->blocked;
    }
    sets.shared_pending = subject.process->pending.set;
    constexpr std::uint64_t by_default = 0, ignore = 1;
    for (unsigned signal = 1; signal <= signal_count; ++signal) {
        std::uint64_t const handler = subject.process->actions[signal - 1].handler;
        if (handler == ignore)
            sets.ignored |= signal_bit(signal);
        else if (handler != by_default)
            sets.caught |= signal_bit(signal);
    }
    return sets;
}

MemorySizes memory_sizes(Space& space)
{
    Space::Layout const& layout = space.layout;
    auto const pages = [](std::uint64_t start, std::uint64_t end) {
        return (align_up(end, page_size) - align_down(start, page_size)) / page_size;
    };
    MemorySizes sizes;
    sizes.code = pages(layout.code_start, layout.code_end);
    sizes.resident_file = space.resident_file_pages();
    sizes.data = space.data_pages();
    sizes.stack = space.stack_pages();
    sizes.libraries = space.code_pages() - std::min(space.code_pages(), sizes.code);
    return sizes;
}

} // namespace torc
