// SPDX-License-Identifier: MIT
#include "kernel/process/sequences.hpp"
#include "arch/user_copy.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/torus.hpp"
#include <cstddef>

namespace torc {
namespace {

struct SequenceArea { // struct rseq of linux/rseq.h, first version
    std::uint32_t cpu_at_start, cpu;
    std::uint64_t sequence;
    std::uint32_t flags, pad[3];
};
struct Sequence { // struct rseq_cs
    std::uint32_t version, flags;
    std::uint64_t start, length, abort;
};
static_assert(sizeof(SequenceArea) == 32 && sizeof(Sequence) == 32);
constexpr std::uint32_t unregister = 1, no_cpu = ~0u;

Result<void> tell_cpu(Uaddr area, std::uint32_t at_start, std::uint32_t cpu)
{
    std::uint32_t const both[2] = {at_start, cpu};
    return copy_out(area, both);
}

// Linux's rseq_get_rseq_cs: the signature stands in front of the abort handler, so that nobody's data is run.
Result<void> check(Thread const& thread, Sequence const& s)
{
    std::uint64_t const end = s.start + s.length;
    bool const placed = user_range(Uaddr{s.start}, 0) && end >= s.start && user_range(Uaddr{end}, 0)
        && user_range(Uaddr{s.abort}, 0);
    if (!placed || s.version > 0 || s.abort - s.start < s.length)
        return unexpected{Status::BadArgument};
    std::uint32_t const signature = TRY(copy_in<std::uint32_t>(Uaddr{s.abort - sizeof signature}));
    if (signature != thread.sequence_signature)
        return unexpected{Status::BadArgument};
    return {};
}

Result<void> leave_sequence(Thread& thread)
{
    Uaddr const place = Uaddr{thread.sequence_area} + offsetof(SequenceArea, sequence);
    std::uint64_t const at = TRY(copy_in<std::uint64_t>(place));
    if (at == 0)
        return {};
    auto const sequence = TRY(copy_in<Sequence>(Uaddr{at}));
    TRY(check(thread, sequence));
    std::uint64_t const none = 0;
    TRY(copy_out(place, none));
    if (thread.frame.pc - sequence.start < sequence.length)
        thread.frame.pc = sequence.abort;
    return {};
}

// It runs on another core than it has read of.
Result<void> follow_cpu(Thread& thread)
{
    std::uint32_t const cpu = runs_on(thread);
    if (cpu == thread.sequence_cpu) [[likely]]
        return {};
    TRY(tell_cpu(Uaddr{thread.sequence_area}, cpu, cpu));
    thread.sequence_cpu = cpu;
    return {};
}

} // namespace

bool may_be_in_sequence(std::uint64_t area)
{
    std::uint64_t sequence;
    if (area == 0)
        return false;
    return arch::user_copy_in(&sequence, area + offsetof(SequenceArea, sequence), sizeof sequence) != 0
        || sequence != 0;
}

bool abort_sequence(Thread& thread)
{
    if (thread.sequence_area == 0 || (leave_sequence(thread) && follow_cpu(thread)))
        return true;
    if (page_is_coming(thread))
        return false;
    force_signal(thread, kernel_signal(sig::segv));
    return true;
}

namespace linux_abi {

// rseq(area, length, flags, signature)
Outcome call_rseq(Thread& thread, Arguments const& arguments)
{
    Uaddr const area{arguments[0]};
    auto const length = static_cast<std::uint32_t>(arguments[1]),
               signature = static_cast<std::uint32_t>(arguments[3]);
    int const flags = arguments.as_int(2);
    bool const same = thread.sequence_area == area.raw() && length == sizeof(SequenceArea);
    if (flags == static_cast<int>(unregister)) {
        if (thread.sequence_area == 0 || !same)
            return Status::BadArgument;
        if (thread.sequence_signature != signature)
            return Status::NotPermitted;
        TRY(tell_cpu(area, 0, no_cpu));
        thread.sequence_area = 0;
        return 0;
    }
    if (flags != 0)
        return Status::BadArgument;
    if (thread.sequence_area != 0) {
        if (!same)
            return Status::BadArgument;
        return thread.sequence_signature != signature ? Status::NotPermitted : Status::Busy;
    }
    if (!area.aligned(alignof(SequenceArea) * 4) || length != sizeof(SequenceArea))
        return Status::BadArgument;
    if (!user_range(area, length))
        return Status::BadAddress;
    thread.sequence_area = area.raw();
    thread.sequence_signature = signature;
    std::uint32_t const cpu = runs_on(thread);
    thread.sequence_cpu = cpu;
    if (!tell_cpu(area, cpu, cpu))
        force_signal(thread, kernel_signal(sig::segv)); // as on Linux, which finds out on the way back
    return 0;
}

} // namespace linux_abi
} // namespace torc
