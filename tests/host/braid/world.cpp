// SPDX-License-Identifier: MIT
#include "tests/host/braid/world.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

namespace torc::sim {
namespace {

ProjectionIdentity identity_of(std::size_t position)
{
    return {{static_cast<std::uint16_t>(position >> 7)}, {static_cast<std::uint16_t>(position & 127)}, 1};
}

} // namespace

World::World(Shape const& shape, std::vector<std::uint32_t> const& capacities, std::uint16_t patience)
    : tori_(shape.count())
    , published_(shape.count())
{
    bool const same = std::ranges::adjacent_find(capacities, std::not_equal_to{}) == capacities.end();
    DiffusionGains const gains = gains_for(shape, same ? Capacities::equal : Capacities::differ);
    for (std::size_t position = 0; position < tori_.size(); ++position) {
        tori_[position].braid.join(identity_of(position),
            neighbourhood_of(shape, static_cast<std::uint32_t>(position)), gains, patience);
        if (!capacities.empty())
            tori_[position].state.capacity = capacities[position];
    }
}

World::World(std::vector<Neighbourhood> hoods, DiffusionGains gains)
    : tori_(hoods.size())
    , published_(hoods.size())
{
    for (std::size_t position = 0; position < tori_.size(); ++position)
        tori_[position].braid.join(identity_of(position), hoods[position], gains);
}

void World::add(std::size_t position, std::size_t weight_class, std::uint32_t count)
{
    tori_[position].processes[weight_class] += count;
    update(tori_[position]);
}

void World::place(std::size_t position, std::uint64_t load)
{
    tori_[position].processes[0] = static_cast<std::uint32_t>(load / class_weight[0]);
    tori_[position].pinned = load % class_weight[0];
    update(tori_[position]);
}

void World::update(Torus& torus)
{
    torus.state.load = torus.pinned;
    torus.state.lightest = 0;
    for (std::size_t each = 0; each < classes; ++each) {
        torus.state.load += std::uint64_t{torus.processes[each]} * class_weight[each];
        if (torus.processes[each] != 0
            && (torus.state.lightest == 0 || class_weight[each] < torus.state.lightest))
            torus.state.lightest = class_weight[each];
    }
}

void World::in_parallel(std::function<void(std::size_t, std::size_t, unsigned)> const& work) const
{
    std::vector<std::thread> others;
    std::size_t const each = (tori_.size() + threads - 1) / threads;
    for (unsigned thread = 1; thread < threads; ++thread)
        others.emplace_back([&, thread] {
            work(std::min(thread * each, tori_.size()), std::min((thread + 1) * each, tori_.size()), thread);
        });
    work(0, std::min(each, tori_.size()), 0);
    for (std::thread& other : others)
        other.join();
}

void World::start()
{
    publish(0, tori_.size());
}

Measure World::round()
{
    asleep_.assign(faults.skipped > 0 ? tori_.size() : 0, 0);
    for (std::uint8_t& asleep : asleep_)
        asleep = std::bernoulli_distribution{faults.skipped}(random);
    moves_.resize(threads);
    for (auto& each : moves_)
        each.clear(); // and keeps its memory
    std::uint64_t const seed = random();
    in_parallel([&](std::size_t begin, std::size_t end, unsigned thread) {
        hear_and_propose(begin, end, moves_[thread], seed + thread);
    });
    in_parallel([&](std::size_t begin, std::size_t end, unsigned) { apply(begin, end); });
    std::uint64_t moved = 0;
    for (auto const& each : moves_)
        for (Move const& move : each)
            moved += move.count;
    if (faults.late > 0)
        older_ = published_;
    in_parallel([&](std::size_t begin, std::size_t end, unsigned) { publish(begin, end); });
    Measure measured = measure();
    measured.moves = moved;
    return measured;
}

void World::hear_and_propose(std::size_t begin, std::size_t end, std::vector<Move>& moves, std::uint64_t seed)
{
    std::mt19937_64 dice{seed};
    std::array<Glimpse, max_neighbours> heard;
    Proposals proposals;
    for (std::size_t position = begin; position < end; ++position) {
        Torus& torus = tori_[position];
        if (torus.dead || (!asleep_.empty() && asleep_[position] != 0))
            continue;
        hear(position, heard, dice);
        torus.braid.round(
            torus.state, std::span{heard}.first(torus.braid.neighbourhood().neighbours), proposals);
        carry_out(position, proposals, moves);
    }
}

void World::hear(std::size_t position, std::array<Glimpse, max_neighbours>& heard, std::mt19937_64& dice)
{
    Neighbourhood const& hood = tori_[position].braid.neighbourhood();
    for (std::uint8_t slot = 0; slot < hood.neighbours; ++slot) {
        std::uint32_t const there = hood.position[slot];
        heard[slot] = glimpse_of(published_[there], hood.slot_there[slot]);
        if (faults == Faults{})
            continue;
        if (std::bernoulli_distribution{faults.late}(dice) && !older_.empty())
            heard[slot] = glimpse_of(older_[there], hood.slot_there[slot]);
        if (std::bernoulli_distribution{faults.lost}(dice))
            heard[slot].epoch = std::min(heard[slot].epoch, tori_[position].braid.link(slot).epoch);
    }
}

void World::carry_out(std::size_t position, Proposals const& proposals, std::vector<Move>& moves)
{
    for (Proposal const& proposal : proposals.all())
        switch (proposal.kind) {
        case Proposal::Kind::share:
        case Proposal::Kind::settle:
            give(position, proposal, proposal.amount, moves);
            break;
        case Proposal::Kind::condemn:
            ++tori_[position].condemned_by;
            break;
        case Proposal::Kind::adopt:
            ++tori_[position].adopted_by;
            break;
        default:
            break;
        }
}

void World::give(
    std::size_t position, Proposal const& proposal, std::uint64_t amount, std::vector<Move>& moves)
{
    constexpr std::array<std::uint32_t, classes> heaviest_first{2, 0, 1, 3};
    Torus& torus = tori_[position];
    Neighbourhood const& hood = torus.braid.neighbourhood();
    std::size_t const before = moves.size();
    auto const take = [&](std::uint32_t each, std::uint32_t count) {
        std::int64_t const weight = std::int64_t{count} * class_weight[each];
        torus.processes[each] -= count;
        torus.braid.sent(proposal.slot, weight, proposal.kind);
        moves.push_back({hood.position[proposal.slot], each, count, hood.slot_there[proposal.slot]});
    };
    for (std::uint32_t const each : heaviest_first) {
        auto const count = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(amount / class_weight[each], torus.processes[each]));
        amount -= std::uint64_t{count} * class_weight[each];
        if (count != 0)
            take(each, count);
    }
    for (std::uint32_t const each : heaviest_first)
        if (moves.size() == before && class_weight[each] <= proposal.heaviest && torus.processes[each] != 0)
            take(each, 1);
    update(torus);
}

void World::apply(std::size_t begin, std::size_t end)
{
    for (auto const& moves : moves_)
        for (Move const& move : moves) {
            if (move.to < begin || move.to >= end)
                continue;
            Torus& to = tori_[move.to];
            std::uint32_t const weight = class_weight[move.weight_class];
            to.processes[move.weight_class] += move.count;
            to.braid.received(move.slot, std::int64_t{move.count} * weight);
            update(to);
        }
}

void World::publish(std::size_t begin, std::size_t end)
{
    for (std::size_t position = begin; position < end; ++position)
        if (!tori_[position].dead && (asleep_.empty() || asleep_[position] == 0))
            tori_[position].braid.project(tori_[position].state, published_[position]);
}

std::uint64_t World::total() const
{
    std::uint64_t sum = 0;
    for (Torus const& torus : tori_)
        sum += torus.state.load;
    return sum;
}

Measure World::measure() const
{
    struct Part {
        double load{0}, capacity{0};
        Measure measured;
    };
    std::vector<Part> parts(threads);
    auto const over = [&](auto const& each) {
        in_parallel([&](std::size_t begin, std::size_t end, unsigned thread) {
            Part part = parts[thread];
            for (std::size_t position = begin; position < end; ++position)
                if (Torus const& torus = tori_[position]; !torus.dead && torus.state.capacity != 0)
                    each(part, torus);
            parts[thread] = part;
        });
    };
    over([](Part& part, Torus const& torus) {
        part.load += static_cast<double>(torus.state.load);
        part.capacity += torus.state.capacity;
    });
    double load = 0, capacity = 0;
    for (Part const& part : parts) {
        load += part.load;
        capacity += part.capacity;
    }
    double const fair = load / capacity;
    over([&](Part& part, Torus const& torus) {
        double const own = static_cast<double>(torus.state.load);
        double const fluid = own - std::ldexp(static_cast<double>(torus.braid.excess()), -int{fluid_bits});
        Measure& most = part.measured;
        most.load = std::max(most.load, std::abs(own / torus.state.capacity / fair - 1));
        most.fluid = std::max(most.fluid, std::abs(fluid / torus.state.capacity / fair - 1));
    });
    Measure measured;
    for (Part const& part : parts) {
        measured.load = std::max(measured.load, part.measured.load);
        measured.fluid = std::max(measured.fluid, part.measured.fluid);
    }
    return measured;
}

int World::settle(double bound, int limit, bool of_fluid)
{
    int settled = 0;
    for (int round = 1; round <= limit; ++round) {
        Measure const measured = this->round();
        if ((of_fluid ? measured.fluid : measured.load) > bound)
            settled = round;
    }
    return settled + 1;
}

} // namespace torc::sim
