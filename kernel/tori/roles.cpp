// SPDX-License-Identifier: MIT
#include "kernel/tori/roles.hpp"
#include "arch/clock.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/tori/braid_record.hpp"
#include "kernel/tori/limbs.hpp"
#include "kernel/tori/placement.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/tori/sharing.hpp"
#include "kernel/tori/travel.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

constexpr std::uint16_t little_of_a_core = 64; // of 1024
// Much shorter ones cost less than the calls that it would make to what it leaves behind.
constexpr std::uint32_t burst_worth_moving_us = 20;

bool asks_for_roles(Torus const& torus)
{
    return torus.rounds.braid != nullptr && torus.rounds.braid->roles_differ;
}

RoleVector role_of(Torus const& torus, unsigned number)
{
    return role_vector(torus.pages->arrangement.role[number]);
}

void average(RoleVector& kept, RoleVector const& fresh)
{
    for (std::size_t role = 0; role < kept.size(); ++role)
        kept[role] = static_cast<std::uint16_t>((kept[role] * 3u + fresh[role]) / 4);
}

// Who has just slept when nobody runs, else who was woken last while another ran.
Thread* last_sleeper(Torus const& torus)
{
    Thread* const thread = torus.run_queue.current() == nullptr ? torus.current : find_thread(torus.woken);
    bool const counts = thread != nullptr && !thread->visiting && !thread->exiting && !is_limb(*thread)
        && thread->lending == nullptr;
    return counts ? thread : nullptr;
}

bool sleeps(Behaviour const& behaviour, RoleVector const& wanted)
{
    return strongest(wanted) == Role::io && behaviour.core_share < little_of_a_core
        && behaviour.burst_us >= burst_worth_moving_us;
}

bool may_go(Torus const& torus, Thread const& thread)
{
    return moves_by_rule(torus) && thread.leaving == 0 && thread.entity.sched_class() == SchedClass::fair
        && !thread.conduct.stays(torus.charged_at) && may_be_elsewhere(torus, thread) && can_move(thread);
}

} // namespace

bool is_misfit(Torus const& torus, Thread const& thread)
{
    if (!asks_for_roles(torus) || !thread.conduct.is_known())
        return false;
    BraidRecord const& record = *torus.rounds.braid;
    return gains(record.state.role, record.best_alike, strongest(thread.conduct.wants()));
}

bool suits_better(Torus const& torus, Thread const& thread, unsigned number)
{
    Arrangement const& all = torus.pages->arrangement;
    return all.capacity[number] == all.capacity[torus.number]
        && gains(torus.rounds.braid->state.role, role_of(torus, number), strongest(thread.conduct.wants()));
}

Newcomer as_newcomer(Thread const& thread)
{
    return {.weight = thread.entity.weight(),
        .known = thread.conduct.is_known(),
        .wanted = thread.conduct.wants()};
}

void look_at_sleeper(Torus& torus, BraidRecord& record)
{
    Thread* const thread = last_sleeper(torus);
    Behaviour behaviour;
    if (thread == nullptr
        || !thread->conduct.looked_at(torus.charged_at, thread->user_ticks + thread->kernel_ticks,
            thread->voluntary_switches, arch::ticks_per_second(), behaviour))
        return;
    RoleVector const wanted = wanted_role(behaviour);
    thread->conduct.measured = {.core_share = behaviour.core_share, .known = true, .wanted = wanted};
    average(record.projection.wanted, wanted);
    if (sleeps(behaviour, wanted) && gains(record.state.role, record.best_in_reach, Role::io)
        && may_go(torus, *thread))
        thread->leaving |= leaves_for_good;
}

unsigned place_for_sleeper(Torus& torus, Thread& thread)
{
    if (!moves_by_rule(torus) || !asks_for_roles(torus) || !thread.conduct.measured.known)
        return torus.number; // it was asked to leave a torus that is open again
    thread.conduct.stay_until(arch::now_ticks() + arch::ticks_per_second() / 2); // until it is asked again
    Newcomer wish = thread.conduct.measured;
    wish.weight = thread.entity.weight();
    unsigned const place = choose_place(torus, thread, wish);
    if (place == torus.number)
        return place;
    if (gains(torus.rounds.braid->state.role, role_of(torus, place), Role::io))
        return place;
    sent_program_ended(torus, thread.process->pid);
    return torus.number;
}

Newcomer expected_program(Torus const& torus, Thread const& thread, std::string_view name)
{
    Newcomer const unknown{.weight = thread.entity.weight()};
    return asks_for_roles(torus) ? torus.rounds.braid->programs.expect(program_key(name), unknown) : unknown;
}

Habit habit_of(Torus const& torus, Thread const& thread)
{
    Process const& process = *thread.process;
    if (!asks_for_roles(torus) || !process.executed)
        return {};
    std::uint64_t const lived = torus.charged_at - process.start_ticks;
    std::uint16_t const key = program_key(thread.name);
    if (lived < arch::ticks_per_second() / 50) // too short to tell
        return Habit::of_unknown(key);
    Behaviour const behaviour
        = thread.conduct.behaviour(lived, process.use.user_ticks + process.use.kernel_ticks,
            process.use.voluntary_switches + thread.voluntary_switches, arch::ticks_per_second());
    return {key, behaviour.core_share, wanted_role(behaviour)};
}

void note_program(Torus& torus, Habit habit)
{
    if (asks_for_roles(torus))
        torus.rounds.braid->programs.note(habit);
}

} // namespace torc
