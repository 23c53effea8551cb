// SPDX-License-Identifier: MIT
#include "kernel/tori/rounds.hpp"
#include "arch/clock.hpp"
#include "arch/tori.hpp"
#include "kernel/log.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/timer_kind.hpp"
#include "kernel/tori/block_loans.hpp"
#include "kernel/tori/braid_record.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/limb_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/tori/roles.hpp"
#include "kernel/tori/sharing.hpp"
#include "kernel/tori/urgency.hpp"
#include "kernel/torus.hpp"
#include "substrate/braid_layout.hpp"
#include "substrate/projection.hpp"
#include <algorithm>
#include <utility>

namespace torc {
namespace {

// Nobody is rebuilt yet, and an emulator on a busy host may forget a core for long: ten seconds of silence.
constexpr std::uint16_t patience = 10 * Rounds::per_second;

std::uint32_t capacity_of(Torus const& torus)
{
    if (!torus.takes_programs || torus.rounds.policy != TorusPolicy::open)
        return 0;
    return torus.pages != nullptr ? torus.pages->arrangement.capacity[torus.number] : full_capacity;
}

std::uint32_t spare_frames(Torus const& torus)
{
    return torus.frames.spare_blocks() * FramePool::frames_per_block;
}

void describe_traffic(Torus const& torus, ProjectionCounters& counters)
{
    counters.events_in = counters.events_out = 0;
    if (torus.links == nullptr)
        return;
    for (unsigned number = 0; number < torus.tori; ++number) {
        if (Link const* const link = torus.links->links[number]) {
            counters.events_in += link->events_in;
            counters.events_out += link->events_out;
        }
    }
}

// The same, of some links at each visit: told when all have been seen.
void describe_some_traffic(Torus& torus, ProjectionCounters& counters)
{
    constexpr unsigned at_once = 2;
    Rounds& rounds = torus.rounds;
    if (torus.links == nullptr)
        return;
    for (unsigned i = 0; i < at_once && rounds.next_link < torus.tori; ++i)
        if (Link const* const link = torus.links->links[rounds.next_link++]) {
            rounds.events_in += link->events_in;
            rounds.events_out += link->events_out;
        }
    if (rounds.next_link < torus.tori)
        return;
    rounds.next_link = 0;
    counters.events_in = std::exchange(rounds.events_in, 0);
    counters.events_out = std::exchange(rounds.events_out, 0);
}

void describe_work(Torus const& torus, ProjectionCounters& counters)
{
    counters.interrupts = torus.interrupts;
    counters.switches = torus.context_switches;
    counters.busy_ticks = torus.charged_at - torus.idle_ticks;
    counters.idle_ticks = torus.idle_ticks;
    counters.nice_ticks = torus.nice_ticks;
    counters.kernel_ticks = torus.kernel_ticks;
    for (unsigned i = 0; i < counters.load_averages.size(); ++i)
        counters.load_averages[i] = torus.load.kept(i);
}

void describe_stock(Torus const& torus, ProjectionCounters& counters)
{
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
    counters.frames_lent = torus.frames.lent_blocks() * FramePool::frames_per_block;
    counters.frames_borrowed = torus.frames.borrowed_blocks() * FramePool::frames_per_block;
    counters.frames_anonymous = static_cast<std::uint32_t>(torus.frames.used(FrameKind::Anonymous));
}

void describe_counters(Torus const& torus, ProjectionCounters& counters)
{
    describe_traffic(torus, counters);
    describe_work(torus, counters);
    describe_stock(torus, counters);
}

void describe_load(Torus const& torus, LoadByKind& load)
{
    load.runnable_fair = torus.run_queue.runnable();
    load.fair_weight = torus.rounds.braid != nullptr ? torus.rounds.braid->state.load : 0;
    load.limbs = torus.limbs != nullptr ? torus.limbs->limbs.live() : 0;
    load.sent = torus.limbs != nullptr ? torus.limbs->sent : 0;
}

Health health_of(Torus const& torus)
{
    if (torus.rounds.asleep || torus.rounds.quiet)
        return Health::resting;
    return torus.rounds.policy == TorusPolicy::draining ? Health::leaving : Health::well;
}

// ---- a torus that is in no braid publishes, and that is all ---------------------------------------------

void publish_alone(Torus& torus)
{
    torus.rounds.asleep = torus.run_queue.runnable() == 0;
    Projection projection;
    describe(torus, projection);
    projection.constraints.health = health_of(torus);
    projection.epoch = ++torus.rounds.epoch;
    torus.pages->page[torus.number]->projection.publish(projection);
}

// ---- a round --------------------------------------------------------------------------------------------

Urgency urgency_of(SchedEntity const* entity)
{
    if (entity == nullptr)
        return urgency_none;
    SchedClass const kind = entity->sched_class();
    if (kind == SchedClass::fair) [[likely]]
        return urgency_fair;
    return kind == SchedClass::deadline ? urgency_deadline
                                        : urgency_of_priority(entity->parameters().priority);
}

void look_at_self(Torus const& torus, TorusState& self)
{
    std::uint64_t const load = torus.run_queue.fair_load();
    show_load(torus.rounds, load);
    self.load = smoothed_load(self.load, load);
    self.running = urgency_of(torus.run_queue.current());
}

// What cannot be done now is proposed again while it is worth it. `waits`: the urgent thread of the proposal.
void carry_out(Torus& torus, BraidRecord& record, Thread* waits)
{
    Thread* computes = who_may_go(torus); // now: what the state says of it may be four rounds old
    for (Proposal const& proposal : record.proposals.all()) {
        unsigned const neighbour = record.torus[proposal.slot];
        switch (proposal.kind) {
        case Proposal::Kind::share:
        case Proposal::Kind::settle: // one a round: it is the one that runs
            if (computes != nullptr)
                follow_rule(torus, *std::exchange(computes, nullptr), proposal);
            break;
        case Proposal::Kind::exchange:
            if (computes != nullptr)
                give_in_exchange(torus, *std::exchange(computes, nullptr), proposal);
            break;
        case Proposal::Kind::urgent:
            send_urgent(torus, *waits);
            break;
        case Proposal::Kind::wake:
            arch::ring_bell(neighbour);
            record.braid.rang(proposal.slot);
            break;
        case Proposal::Kind::condemn:
        case Proposal::Kind::adopt:
            log("Torus {} has said nothing for {} s: it is sent nothing any more.", neighbour,
                patience / Rounds::per_second);
            break;
        case Proposal::Kind::borrow_frames: // look_after_blocks() does
            break;
        }
    }
}

// An only thread of a fastest core has no reason to leave where all are alike.
bool must_look(Torus const& torus)
{
    BraidRecord const& record = *torus.rounds.braid;
    bool const is_like_others = record.state.capacity == full_capacity && !record.roles_differ;
    return torus.limbs != nullptr && (torus.run_queue.someone_waits() || !is_like_others);
}

// Both halves of what only people read; a word is in both, as they are told in pairs.
constexpr std::size_t for_people = offsetof(Projection, load) / 8, people_end = projection_words - 1;
constexpr ProjectionPart first_half{for_people}, second_half{people_end - ProjectionPart::count};
static_assert(first_half.first + ProjectionPart::count >= second_half.first);

// What a round tells of that.
ProjectionPart gather_half(Torus& torus, RoundTurn turn, Projection& projection)
{
    if (turn.tells_first_half()) {
        describe_load(torus, projection.load);
        describe_some_traffic(torus, projection.counters);
        return first_half;
    }
    describe_work(torus, projection.counters);
    describe_stock(torus, projection.counters);
    return second_half;
}

[[gnu::noinline]] void publish_more(Torus& torus, BraidRecord& record, RoundTurn turn)
{
    Projection& projection = record.projection;
    ProjectionPart const half = gather_half(torus, turn, projection);
    record.own->publish_rules(projection, record.braid.neighbourhood().neighbours, half);
}

[[gnu::noinline]] void publish_all(Torus const& torus, BraidRecord& record)
{
    describe_load(torus, record.projection.load);
    describe_counters(torus, record.projection.counters);
    record.own->publish(record.projection);
}

Projection& project(Torus& torus, BraidRecord& record)
{
    Projection& projection = record.projection;
    record.braid.project(record.state, projection);
    torus.rounds.epoch = projection.epoch;
    projection.ticks = torus.charged_at;
    return projection;
}

void tell(Torus& torus, BraidRecord& record, RoundTurn turn)
{
    Projection const& projection = project(torus, record);
    if (torus.rounds.asleep) [[unlikely]]
        return publish_all(torus, record);
    if (turn.looks_elsewhere()) [[unlikely]]
        return publish_more(torus, record, turn);
    record.own->publish_briefly(projection, record.braid.neighbourhood().neighbours);
}

// Where cores differ: who computes here and would be better off elsewhere, and how others sleep.
[[gnu::noinline]] void look_at_roles(Torus& torus, BraidRecord& record, RoundTurn turn)
{
    Thread const* const thread = torus.current;
    bool const misfit = record.state.lightest != 0 && thread != nullptr && thread->conduct.computes()
        && is_misfit(torus, *thread);
    record.state.misfit_weight = misfit ? record.state.lightest : 0;
    if (misfit)
        record.state.misfit = strongest(thread->conduct.wants());
    if (turn.looks_at_sleeper())
        look_at_sleeper(torus, record);
}

// Where somebody else waits, or the core is not like others: who runs is looked at until it is found
// computing, and then sent where there is room. True: that was just now, and the round has been spent on it.
bool look_after_threads(Torus& torus, BraidRecord& record, RoundTurn turn)
{
    Thread const* const thread = torus.current;
    bool const computed = thread != nullptr && thread->conduct.computes();
    if (turn.sends())
        record.state.lightest
            = computed ? share_core(torus, turn.sends_near() ? Reach::near : Reach::further) : 0;
    bool const again = record.roles_differ ? turn.samples() : turn.looks_again();
    bool const looks = (!computed || again) && must_look(torus);
    record.state.looks_around = looks ? turn.looks_around() : !turn.looks_elsewhere();
    if (!looks || !look_at_running(torus) || computed)
        return false;
    record.state.lightest = share_core(torus, Reach::all);
    return true;
}

void play(Torus& torus, BraidRecord& record, RoundTurn turn)
{
    TorusState& self = record.state;
    if (look_after_threads(torus, record, turn)) [[unlikely]]
        return; // to the neighbours it is a round that they do not hear of
    look_at_self(torus, self);
    Thread* const waits = look_at_waiting(torus);
    if (record.roles_differ) [[unlikely]]
        look_at_roles(torus, record, turn);
    self.waiting = urgency_of(waits != nullptr ? &waits->entity : nullptr);
    if (turn.looks_after_memory())
        self.frames_spare = spare_frames(torus);
    turn.looks_elsewhere() ? record.read() : record.read_briefly();
    record.braid.round(self, record.glimpses(), record.proposals);
    if (!record.proposals.all().empty()) [[unlikely]]
        carry_out(torus, record, waits);
    bool const idle = torus.run_queue.runnable() == 0;
    torus.rounds.asleep = idle && self.load == 0 && record.braid.may_rest();
    self.health = health_of(torus);
    tell(torus, record, turn);
}

// A quiet torus hears nobody; what it says holds until it says something else.
void tell_quietly(Torus& torus, BraidRecord& record)
{
    look_at_self(torus, record.state);
    record.state.frames_spare = spare_frames(torus);
    record.state.health = health_of(torus);
    (void)project(torus, record);
    publish_all(torus, record);
}

void publish_whatever(Torus& torus)
{
    if (torus.rounds.braid != nullptr)
        tell_quietly(torus, *torus.rounds.braid);
    else
        publish_alone(torus);
}

void arm_round(Torus& torus)
{
    Rounds& rounds = torus.rounds;
    rounds.timer.kind = timer_round;
    torus.timers.arm(rounds.timer, arch::now_ticks() + arch::ticks_per_second() / Rounds::per_second);
}

// ---- joining --------------------------------------------------------------------------------------------

bool knows(BraidRecord const& record, std::size_t neighbours, std::uint8_t torus)
{
    return std::ranges::contains(std::span{record.torus}.first(neighbours), torus)
        || std::ranges::contains(record.further_tori(), torus);
}

// Who are the neighbours' neighbours.
void look_around(
    Arrangement const& all, Shape const& shape, Neighbourhood const& hood, unsigned self, BraidRecord& record)
{
    for (unsigned slot = 0; slot < hood.neighbours; ++slot) {
        Neighbourhood const behind = neighbourhood_of(shape, hood.position[slot]);
        for (unsigned i = 0; i < behind.neighbours && record.further_count < record.further.size(); ++i) {
            std::uint8_t const torus = all.torus_at[behind.position[i]];
            if (torus != self && !knows(record, hood.neighbours, torus))
                record.further[record.further_count++] = torus;
        }
    }
}

void take_best(RoleVector& best, RoleVector const& roles)
{
    for (std::size_t role = 0; role < best.size(); ++role)
        best[role] = std::max(best[role], roles[role]);
}

// What the cores in reach are good at.
void look_at_cores(Arrangement const& all, unsigned self, BraidRecord& record)
{
    RoleVector const own = role_vector(all.role[self]);
    record.best_in_reach = record.best_alike = own;
    auto const look = [&](std::uint8_t number) {
        RoleVector const roles = role_vector(all.role[number]);
        record.roles_differ |= roles != own;
        take_best(record.best_in_reach, roles);
        if (all.capacity[number] == all.capacity[self])
            take_best(record.best_alike, roles);
    };
    std::ranges::for_each(std::span{record.torus}.first(record.braid.neighbourhood().neighbours), look);
    std::ranges::for_each(record.further_tori(), look);
}

void join(Torus const& torus, BraidRecord& record)
{
    Arrangement const& all = torus.pages->arrangement;
    Shape const shape = shape_for(all.count);
    Neighbourhood const hood = neighbourhood_of(shape, all.position_of[torus.number]);
    for (unsigned slot = 0; slot < hood.neighbours; ++slot) {
        record.torus[slot] = all.torus_at[hood.position[slot]];
        record.published[slot] = &torus.pages->page[record.torus[slot]]->projection;
    }
    record.own = &torus.pages->page[torus.number]->projection;
    look_around(all, shape, hood, torus.number, record);
    DiffusionGains const gains
        = gains_for(shape, all.capacities_differ ? Capacities::differ : Capacities::equal);
    record.braid.join(
        {MachineId{}, TorusId{static_cast<std::uint16_t>(torus.number)}, 1}, hood, gains, patience);
    record.state.capacity = capacity_of(torus);
    record.state.policy = torus.rounds.policy;
    record.state.role = role_vector(all.role[torus.number]);
    look_at_cores(all, torus.number, record);
}

} // namespace

void describe(Torus const& torus, Projection& projection)
{
    projection = torus.rounds.braid != nullptr ? torus.rounds.braid->projection : Projection{};
    projection.identity = {MachineId{}, TorusId{static_cast<std::uint16_t>(torus.number)}, 1};
    projection.epoch = torus.rounds.epoch;
    projection.ticks = arch::now_ticks();
    projection.constraints.capacity = capacity_of(torus);
    projection.constraints.health = health_of(torus);
    projection.constraints.policy = torus.rounds.policy;
    projection.constraints.frames_spare = spare_frames(torus);
    describe_load(torus, projection.load);
    describe_counters(torus, projection.counters);
}

void start_rounds(Torus& torus)
{
    bool const takes_part
        = torus.takes_programs && torus.pages->arrangement.position_of[torus.number] != Arrangement::nowhere;
    if (takes_part)
        torus.rounds.braid = create_for_ever<BraidRecord>();
    if (torus.rounds.braid != nullptr) {
        join(torus, *torus.rounds.braid);
        torus.rounds.present_load = &torus.pages->page[torus.number]->present_load;
    }
    torus.rounds.quiet = torus.rounds.policy == TorusPolicy::isolated;
    publish_whatever(torus); // all of it: most rounds tell a part
    if (!torus.rounds.quiet)
        play_round(torus);
}

void play_round(Torus& torus)
{
    if (torus.rounds.quiet) [[unlikely]] // since the timer was set
        return publish_whatever(torus);
    RoundTurn const turn = torus.rounds.turn();
    if (turn.looks_after_memory())
        look_after_blocks(torus);
    if (torus.rounds.braid != nullptr) [[likely]]
        play(torus, *torus.rounds.braid, turn);
    else
        publish_alone(torus);
    if (!torus.rounds.asleep)
        arm_round(torus);
}

void wake_rounds(Torus& torus)
{
    torus.rounds.asleep = false;
    arm_round(torus);
    arm_timer();
}

void change_policy(Torus& torus, TorusPolicy policy)
{
    Rounds& rounds = torus.rounds;
    bool const was_quiet = rounds.quiet;
    rounds.policy = policy;
    rounds.quiet = policy == TorusPolicy::isolated;
    if (rounds.braid != nullptr) {
        rounds.braid->state.policy = policy;
        rounds.braid->state.capacity = capacity_of(torus);
    }
    if (!rounds.quiet) {
        if (was_quiet)
            wake_load(torus);
        publish_whatever(torus); // before the wish is answered
        return wake_rounds(torus);
    }
    rounds.asleep = false; // nobody wakes them
    torus.timers.cancel(rounds.timer);
    publish_whatever(torus);
}

void publish_at_rest(Torus& torus)
{
    std::uint64_t const told = torus.rounds.braid != nullptr ? torus.rounds.braid->projection.ticks : 0;
    if (torus.charged_at - told >= arch::ticks_per_second())
        publish_whatever(torus);
}

} // namespace torc
