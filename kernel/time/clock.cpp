// SPDX-License-Identifier: MIT
#include "kernel/time/clock.hpp"
#include "kernel/machine_records.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/time/time_zone.hpp"
#include "kernel/time/vdso.hpp"
#include "kernel/time/vvar.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/torus.hpp"
#include <atomic>

namespace torc {
namespace {

// The machine's wall clock is the vvar page: torus 0 writes it, every torus reads it. Readers that see an odd
// count, or another one afterwards, read again.
template <typename Change> void change_vvar(Change&& change)
{
    Vvar& v = vvar();
    std::atomic_ref<std::uint32_t> sequence{v.sequence};
    sequence.store(v.sequence + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    change(v);
    sequence.store(v.sequence + 1, std::memory_order_release);
}

} // namespace

Result<std::uint64_t> to_ns(TimeSpec t)
{
    if (t.seconds < 0 || t.nanoseconds < 0 || t.nanoseconds >= static_cast<std::int64_t>(ns_per_second))
        return unexpected{Status::BadArgument};
    if (static_cast<std::uint64_t>(t.seconds) >= longest_ns / ns_per_second)
        return longest_ns;
    return static_cast<std::uint64_t>(t.seconds) * ns_per_second + static_cast<std::uint64_t>(t.nanoseconds);
}

Result<std::uint64_t> to_ns(TimeVal t)
{
    if (t.microseconds < 0 || t.microseconds >= 1'000'000)
        return unexpected{Status::BadArgument};
    return to_ns(TimeSpec{t.seconds, t.microseconds * 1000});
}

std::int64_t realtime_offset_ns()
{
    return std::atomic_ref{vvar().realtime_offset_ns}.load(std::memory_order_relaxed);
}

std::uint64_t realtime_ns()
{
    return monotonic_ns() + static_cast<std::uint64_t>(realtime_offset_ns());
}

Result<void> set_realtime(std::uint64_t ns)
{
    (void)TRY(machine_records());
    auto const offset = static_cast<std::int64_t>(ns - monotonic_ns());
    change_vvar([offset](Vvar& v) {
        std::atomic_ref{v.realtime_offset_ns}.store(offset, std::memory_order_relaxed);
    });
    this_torus().realtime_sleepers.wake_all();
    tell_clock_set(this_torus());
    return {};
}

TimeZone time_zone()
{
    Vvar const& v = vvar(); // a mixture of an old and a new one harms nobody
    return {v.minutes_west, v.dst_time};
}

Result<void> set_time_zone(TimeZone to)
{
    (void)TRY(machine_records());
    change_vvar([to](Vvar& v) {
        v.minutes_west = to.minutes_west;
        v.dst_time = to.dst_time;
    });
    return {};
}

void clock_start(std::uint64_t realtime_seconds)
{
    arch::TickScale const scale = arch::tick_scale();
    change_vvar([scale](Vvar& v) {
        v.mult = scale.mult;
        v.shift = scale.shift;
        v.counter_usable = 1;
    });
    (void)set_realtime(realtime_seconds * ns_per_second + monotonic_ns());
}

std::uint64_t deadline_after(std::uint64_t ns)
{
    std::uint64_t const ticks = arch::ns_to_ticks(ns);
    std::uint64_t const deadline = arch::now_ticks() + ticks;
    return deadline < ticks ? no_deadline : deadline;
}

Result<std::uint64_t> deadline_from_user(std::uint64_t timespec_address)
{
    if (timespec_address == 0)
        return no_deadline;
    return deadline_after(TRY(to_ns(TRY(copy_in<TimeSpec>(Uaddr{timespec_address})))));
}

} // namespace torc
