// SPDX-License-Identifier: MIT
#include "kernel/tori/rounds.hpp"
#include "arch/clock.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/timer_kind.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/torus.hpp"
#include "substrate/projection.hpp"

namespace torc {
namespace {

constexpr std::uint32_t full_capacity = 1024;
constexpr std::uint64_t rounds_per_second = 1000;

void describe_constraints(Torus const& torus, ConstraintVector& constraints)
{
    FramePool const& frames = torus.frames;
    std::uint64_t const spare
        = frames.free_pages() > frames.reserve_pages() ? frames.free_pages() - frames.reserve_pages() : 0;
    constraints.capacity = torus.takes_programs ? full_capacity : 0;
    constraints.health = torus.run_queue.runnable() != 0 ? Health::well : Health::resting;
    constraints.frames_spare = static_cast<std::uint32_t>(spare);
}

void describe_counters(Torus const& torus, ProjectionCounters& counters)
{
    if (torus.links != nullptr) {
        for (Link const* const link : torus.links->links) {
            counters.events_in += link != nullptr ? link->events_in : 0;
            counters.events_out += link != nullptr ? link->events_out : 0;
        }
    }
    counters.interrupts = torus.interrupts;
    counters.switches = torus.context_switches;
    counters.busy_ticks = torus.charged_at - torus.idle_ticks;
    counters.idle_ticks = torus.idle_ticks;
    counters.nice_ticks = torus.nice_ticks;
    counters.kernel_ticks = torus.kernel_ticks;
    for (unsigned i = 0; i < counters.load_averages.size(); ++i)
        counters.load_averages[i] = torus.load.kept(i);
    if (FarRecords const* const far = torus.far) {
        counters.calls_in = far->calls_in;
        counters.calls_out = far->calls_out;
        counters.calls_missed = far->misses;
        counters.migrations_in = far->moved_in;
        counters.migrations_out = far->moved_out;
    }
    if (torus.processes != nullptr) {
        counters.processes = torus.processes->processes.live();
        counters.threads = torus.processes->threads.live();
        counters.forks = torus.processes->forks;
    }
    counters.frames_total = torus.frames.total_pages();
    counters.frames_free = torus.frames.free_pages();
    counters.frames_anonymous = static_cast<std::uint32_t>(torus.frames.used(FrameKind::Anonymous));
}

void publish(Torus& torus)
{
    Projection projection;
    describe(torus, projection);
    projection.epoch = ++torus.rounds.epoch;
    torus.pages->page[torus.number]->projection.publish(projection);
}

void arm_round(Torus& torus)
{
    Rounds& rounds = torus.rounds;
    rounds.timer.kind = timer_round;
    torus.timers.arm(rounds.timer, arch::now_ticks() + arch::ticks_per_second() / rounds_per_second);
}

} // namespace

void describe(Torus const& torus, Projection& projection)
{
    projection = {};
    projection.identity = {MachineId{}, TorusId{static_cast<std::uint16_t>(torus.number)}, 1};
    projection.epoch = torus.rounds.epoch;
    projection.ticks = arch::now_ticks();
    projection.load.runnable_fair = torus.run_queue.runnable();
    describe_constraints(torus, projection.constraints);
    describe_counters(torus, projection.counters);
}

void start_rounds(Torus& torus)
{
    play_round(torus);
}

void play_round(Torus& torus)
{
    publish(torus);
    torus.rounds.asleep = torus.run_queue.runnable() == 0;
    if (!torus.rounds.asleep)
        arm_round(torus);
}

void wake_rounds(Torus& torus)
{
    torus.rounds.asleep = false;
    arm_round(torus);
    arm_timer();
}

} // namespace torc
