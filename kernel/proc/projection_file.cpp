// SPDX-License-Identifier: MIT
// /proc/torc/projections: what each torus said of itself last, all of it. A line begins with the number of
// the torus and the group of fields; then come names and values.
#include "arch/clock.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/tori/policy.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

using Put = void (*)(FormatSink& out, Projection const& projection);

std::string_view health_name(Health health)
{
    static constexpr std::string_view names[] = {"starting", "well", "resting", "ailing", "leaving"};
    return names[static_cast<unsigned>(health) % (sizeof names / sizeof *names)];
}

void put_slot(FormatSink& out, std::string_view name, std::uint8_t slot)
{
    if (slot == no_slot)
        format_to(out, " {} none", name);
    else
        format_to(out, " {} {}", name, slot);
}

std::string_view role_name(Role role)
{
    static constexpr std::string_view names[] = {"compute", "io", "simd", "spare"};
    return names[static_cast<unsigned>(role) % (sizeof names / sizeof *names)];
}

void put_roles(FormatSink& out, RoleVector const& roles)
{
    format_to(out, " compute {} io {} simd {}", roles[0], roles[1], roles[2]);
}

void put_identity(FormatSink& out, Projection const& projection)
{
    std::uint64_t const now = arch::now_ticks();
    std::uint64_t const age = now > projection.ticks ? now - projection.ticks : 0;
    format_to(out, "identity machine {} incarnation {} epoch {} age-us {}",
        projection.identity.machine.number, projection.identity.incarnation, projection.epoch,
        arch::ticks_to_ns(age) / 1000);
}

void put_constraints(FormatSink& out, Projection const& projection)
{
    ConstraintVector const& said = projection.constraints;
    format_to(out, "constraints health {} policy {} capacity {} level {} surplus {} lightest {} waiting {} ",
        health_name(said.health), policy_name(said.policy), said.capacity, said.level, said.surplus,
        said.lightest, said.waiting);
    format_to(out, "running {} suspects {} pressure {} spare-frames {}", said.running, said.suspects,
        said.memory_pressure, said.frames_spare);
    put_slot(out, "nominee", said.nominee);
}

void put_places(FormatSink& out, Projection const& projection)
{
    auto const& lowest = projection.constraints.lowest;
    format_to(
        out, "places hops-0 {} hops-1 {} hops-2 {} hops-3 {}", lowest[0], lowest[1], lowest[2], lowest[3]);
}

void put_role(FormatSink& out, Projection const& projection)
{
    ConstraintVector const& said = projection.constraints;
    out.put("role");
    put_roles(out, said.role);
    format_to(out, " misfit {} misfit-weight {}", said.misfit_weight == 0 ? "none" : role_name(said.misfit),
        said.misfit_weight);
    put_slot(out, "partner", said.partner);
}

void put_load(FormatSink& out, Projection const& projection)
{
    LoadByKind const& load = projection.load;
    format_to(out, "load weight {} runnable {} real-time {} deadline {} limbs {} sent {} missed {}",
        load.fair_weight, load.runnable_fair, load.runnable_real_time, load.runnable_deadline, load.limbs,
        load.sent, load.deadlines_missed);
    if (load.deadline_slack == endless_slack)
        out.put(" slack none");
    else
        format_to(out, " slack {}", load.deadline_slack);
}

void put_wanted(FormatSink& out, Projection const& projection)
{
    out.put("wanted");
    put_roles(out, projection.wanted);
}

void put_traffic(FormatSink& out, Projection const& projection)
{
    ProjectionCounters const& counters = projection.counters;
    format_to(out, "traffic events-in {} events-out {} calls-in {} calls-out {} missed {} interrupts {} ",
        counters.events_in, counters.events_out, counters.calls_in, counters.calls_out, counters.calls_missed,
        counters.interrupts);
    format_to(out, "switches {}", counters.switches);
}

void put_time(FormatSink& out, Projection const& projection)
{
    ProjectionCounters const& counters = projection.counters;
    format_to(out, "time busy {} idle {} nice {} kernel {} loads {} {} {}", counters.busy_ticks,
        counters.idle_ticks, counters.nice_ticks, counters.kernel_ticks, counters.load_averages[0],
        counters.load_averages[1], counters.load_averages[2]);
}

void put_processes(FormatSink& out, Projection const& projection)
{
    ProjectionCounters const& counters = projection.counters;
    format_to(out, "processes live {} threads {} forks {} moved-in {} moved-out {}", counters.processes,
        counters.threads, counters.forks, counters.migrations_in, counters.migrations_out);
}

void put_frames(FormatSink& out, Projection const& projection)
{
    ProjectionCounters const& counters = projection.counters;
    format_to(out, "frames total {} free {} lent {} borrowed {} anonymous {}", counters.frames_total,
        counters.frames_free, counters.frames_lent, counters.frames_borrowed, counters.frames_anonymous);
}

constexpr Put groups[] = {put_identity, put_constraints, put_places, put_role, put_load, put_wanted,
    put_traffic, put_time, put_processes, put_frames};
constexpr std::uint64_t group_count = sizeof groups / sizeof *groups;
constexpr std::uint64_t lines_each = group_count + max_neighbours; // the edges last

void put_edge(FormatSink& out, std::uint64_t slot, EdgeView const& edge)
{
    format_to(out, "edge slot {} flow {} seen-incarnation {} seen-epoch {}", slot, edge.flow,
        edge.seen_incarnation, edge.seen_epoch);
}

} // namespace

Result<bool> fixed_files::torc_projections(ProcText& text)
{
    Torus const& torus = this_torus();
    auto const number = static_cast<unsigned>(text.cursor / lines_each);
    std::uint64_t const line = text.cursor % lines_each;
    Projection projection;
    if (!read_projection(torus, number, projection)) {
        text.cursor = (number + 1) * lines_each;
        return number + 1 < torus.tori;
    }
    EdgeView const& edge = projection.edges[line < group_count ? 0 : line - group_count];
    if (line < group_count || edge.seen_incarnation != 0) {
        format_to(text.out, "{} ", number);
        if (line < group_count)
            groups[line](text.out, projection);
        else
            put_edge(text.out, line - group_count, edge);
        text.out.put('\n');
    }
    return ++text.cursor < torus.tori * lines_each;
}

} // namespace torc
