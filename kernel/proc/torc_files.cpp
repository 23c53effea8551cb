// SPDX-License-Identifier: MIT
// /proc/torc: what only this kernel has to tell.
#include "arch/clock.hpp"
#include "kernel/linux/call_table.hpp"
#include "kernel/linux/unimplemented.hpp"
#include "kernel/objects.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/proc/proc_asks.hpp"
#include "kernel/process/process.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/tori/policy.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc::fixed_files {

// name live limit bytes
Result<bool> torc_objects(ProcText& text)
{
    char const* name = nullptr;
    ObjectCount count{};
    if (!object_row(static_cast<unsigned>(text.cursor), name, count))
        return false;
    format_to(text.out, "{} {} {} {}\n", name, count.live, count.limit, count.bytes);
    ++text.cursor;
    return true;
}

namespace {

// Of one row; nothing: that torus takes no programs. It is asked once in a call.
Result<ObjectCount> count_elsewhere(Thread& reader, unsigned number, std::uint64_t row)
{
    Result<AskPage*> const page = ask(reader, number, {.kind = AskKind::Objects, .number = number});
    if (!page && page.error() == Status::NoProcess)
        return ObjectCount{};
    if (!page)
        return unexpected{page.error()};
    if (row * 3 >= (*page)->node_count)
        return ObjectCount{};
    std::uint64_t const* const words = (*page)->nodes + row * 3;
    return ObjectCount{words[0], words[1], words[2]};
}

} // namespace

// name live limit bytes, all tori together; then what lives on each, by number. Apart from torc/objects, as
// asking takes a few objects itself, which a test for leaks would count.
Result<bool> torc_objects_all(ProcText& text)
{
    Torus const& torus = this_torus();
    char const* name = nullptr;
    ObjectCount own{};
    if (!object_row(static_cast<unsigned>(text.cursor), name, own))
        return false;
    ObjectCount sum{};
    std::uint64_t live[torus_limit];
    for (unsigned number = 0; number < torus.tori; ++number) {
        ObjectCount const there
            = number == torus.number ? own : TRY(count_elsewhere(text.reader, number, text.cursor));
        live[number] = there.live;
        sum = {sum.live + there.live, sum.limit + there.limit, sum.bytes + there.bytes};
    }
    format_to(text.out, "{} {} {} {} :", name, sum.live, sum.limit, sum.bytes);
    constexpr unsigned most_shown = 64; // a record has room for no more
    for (unsigned number = 0; number < std::min(torus.tori, most_shown); ++number) {
        text.out.put(' ');
        put_decimal(text.out, live[number]);
    }
    text.out.put('\n');
    ++text.cursor;
    return true;
}

// call count program: the last one that made it
Result<bool> torc_unimplemented(ProcText& text)
{
    linux_abi::UnimplementedCall row{};
    if (!linux_abi::unimplemented_call(static_cast<unsigned>(text.cursor), row))
        return false;
    if (char const* const name = linux_abi::call_name(row.number))
        text.out.put(name);
    else
        put_decimal(text.out, row.number);
    std::string_view program{row.program, sizeof row.program};
    program = program.substr(0, program.find('\0'));
    format_to(text.out, " {} ", row.count);
    put_escaped(text.out, program, " \n\\");
    text.out.put('\n');
    ++text.cursor;
    return true;
}

// torus reservations parts-per-million misses overruns: of SCHED_DEADLINE, since boot
Result<bool> torc_deadlines(ProcText& text)
{
    Torus const& torus = this_torus();
    DeadlineQueue const& deadlines = torus.run_queue.deadlines();
    format_to(text.out, "{} {} {} {} {}\n", torus.number, deadlines.reservations(),
        deadlines.reserved() * 1'000'000 >> DeadlineQueue::share_bits, deadlines.misses(),
        deadlines.overruns());
    return false;
}

namespace {

std::string_view role_name(dt::ProcessorTraits::Role role)
{
    switch (role) {
    case dt::ProcessorTraits::Role::Compute:
        return "compute";
    case dt::ProcessorTraits::Role::Io:
        return "io";
    case dt::ProcessorTraits::Role::Simd:
        return "simd";
    case dt::ProcessorTraits::Role::Any:
        break;
    }
    return "any";
}

std::uint64_t to_ms(std::uint64_t ticks)
{
    return arch::ticks_to_ns(ticks) / 1'000'000;
}

// What the device tree says of its core.
void put_core(FormatSink& out, Torus const& torus, unsigned number)
{
    bool const known
        = torus.pages != nullptr && torus.pages->arrangement.position_of[number] != Arrangement::nowhere;
    Arrangement const* const all = known ? &torus.pages->arrangement : nullptr;
    format_to(out, "role {} capacity {} ", role_name(known ? all->role[number] : dt::ProcessorTraits::Role{}),
        known ? all->capacity[number] : 1024u);
}

void put_activity(FormatSink& out, Torus const& torus, unsigned number, Projection const& projection)
{
    std::uint64_t const now = arch::now_ticks();
    std::uint64_t const age = now > projection.ticks ? now - projection.ticks : 0;
    ProcessorTimes times;
    (void)processor_times(torus, number, times);
    format_to(out, "policy {} load {} load-now {} age-us {} busy-ms {} idle-ms {}\n",
        policy_name(projection.constraints.policy), projection.load.fair_weight,
        load_at_present(torus, number), arch::ticks_to_ns(age) / 1000,
        to_ms(times.user + times.nice + times.kernel), to_ms(times.idle));
}

} // namespace

// number, what it is for, then names and numbers: frames and free ones, processes, threads, runnable threads,
// context switches, interrupts, processes that moved here and away, running threads that its rules sent
// elsewhere, calls of others here and of this torus there, those calls that met a missing page; frames
// borrowed and lent; what the core is best at and how fast it is; what the user wants, the smoothed load and
// that of this moment (1024: a thread), how old all that is, and how the time went. A line a torus.
Result<bool> torc_tori(ProcText& text)
{
    Torus const& torus = this_torus();
    auto const number = static_cast<unsigned>(text.cursor);
    Projection projection;
    if (read_projection(torus, number, projection)) {
        ProjectionCounters const& counters = projection.counters;
        bool const programs
            = projection.constraints.capacity != 0 || projection.constraints.policy != TorusPolicy::open;
        format_to(text.out, "{} {} frames {} free {} processes {} threads {} ", number,
            programs ? "programs" : "nothing", counters.frames_total, counters.frames_free,
            counters.processes, counters.threads);
        format_to(text.out, "runnable {} switches {} interrupts {} moved-in {} moved-out {} sent {} ",
            projection.load.runnable_fair, counters.switches, counters.interrupts, counters.migrations_in,
            counters.migrations_out, projection.load.sent);
        format_to(text.out, "calls-in {} calls-out {} missed {} borrowed {} lent {} ", counters.calls_in,
            counters.calls_out, counters.calls_missed, counters.frames_borrowed, counters.frames_lent);
        put_core(text.out, torus, number);
        put_activity(text.out, torus, number, projection);
    }
    return ++text.cursor < torus.tori;
}

// number policy: a line a torus that takes programs
Result<bool> torc_policy(ProcText& text)
{
    Torus const& torus = this_torus();
    auto const number = static_cast<unsigned>(text.cursor);
    if (std::optional<TorusPolicy> const policy = policy_of(torus, number))
        format_to(text.out, "{} {}\n", number, policy_name(*policy));
    return ++text.cursor < torus.tori;
}

namespace {

Result<void> change(Thread& writer, unsigned number, TorusPolicy policy)
{
    Torus& torus = this_torus();
    if (number == torus.number)
        return set_policy(torus, policy);
    // Kept until the call ends: the handler runs again after each answer.
    TRY(ask(writer, number,
        {.kind = AskKind::Policy, .number = number, .from = static_cast<std::uint64_t>(policy)}));
    return {};
}

} // namespace

// Every torus's policy is its own: each is asked, one after the other, once it is clear that all could do it.
Result<void> set_torc_policy(Thread& writer, ProcSubject const&, std::string_view text)
{
    Torus const& torus = this_torus();
    if (!writer.process->credentials.capable(Capability::SysAdmin))
        return unexpected{Status::NotPermitted};
    PolicyWish const wish = TRY(parse_wish(text, std::min(torus.tori, torus_limit)));
    for (unsigned number = 0; number < torus.tori; ++number)
        if (wish.tori.has(number))
            TRY(check_policy(torus, number, wish.policy));
    for (unsigned number = 0; number < torus.tori; ++number)
        if (wish.tori.has(number))
            TRY(change(writer, number, wish.policy));
    return {};
}

} // namespace torc::fixed_files
