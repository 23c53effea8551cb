// SPDX-License-Identifier: MIT
// make sim: how the braid behaves from three tori to a million. Prints a report and writes the curves that
// tests/sim/plot.py draws. Every torus runs the kernel's own code (substrate/); what is simulated is the
// processes, the clock and the faults.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include "tests/host/braid/graph.hpp"
#include "tests/host/braid/world.hpp"

namespace torc::sim {
namespace {

constexpr std::uint64_t process = class_weight[0];
constexpr double bar = 0.01;

double seconds()
{
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count();
}

bool failed = false;
char const* verdict(bool good)
{
    failed |= !good;
    return good ? "ok" : "FAILED";
}

// ---- one run -------------------------------------------------------------------------------------------

struct Curve {
    std::string name;
    std::vector<Measure> rounds;
    Measure start;
    double error{0}; // at the start, in the 2-norm, relative to the mean
    Spectrum spectrum;
};

int settled(Curve const& curve, double Measure::* what)
{
    int last = 0;
    for (std::size_t round = 0; round < curve.rounds.size(); ++round)
        if (curve.rounds[round].*what > bar)
            last = static_cast<int>(round) + 1;
    return last + 1;
}

int bound_of(Curve const& curve)
{
    int rounds = 1;
    while (rounds < 1'000'000 && curve.error * bound_after(rounds, curve.spectrum) > bar)
        ++rounds;
    return rounds;
}

enum class Start { one, random };

// At most so many rounds; fewer when it is over, which is when nothing has exceeded the bar for `calm`
// rounds.
Curve run(std::string name, World& world, Spectrum spectrum, Start start, int rounds, int calm = 1'000'000)
{
    std::mt19937_64 random{11};
    double sum = 0, squares = 0;
    std::size_t const tori = world.tori().size();
    for (std::size_t torus = 0; torus < tori; ++torus) {
        world.place(
            torus, start == Start::one ? (torus == 0) * tori * 1000 * process : random() % 2001 * process);
        auto const load = static_cast<double>(world[torus].state.load);
        sum += load;
        squares += load * load;
    }
    double const mean = sum / static_cast<double>(tori);
    Curve curve{std::move(name), {}, world.measure(), std::sqrt(squares - sum * mean) / mean, spectrum};
    world.start();
    for (int round = 0, quiet = 0; round < rounds && quiet < calm; ++round) {
        Measure const measure = world.round();
        curve.rounds.push_back(measure);
        quiet = std::max(measure.load, measure.fluid) <= bar ? quiet + 1 : 0;
    }
    return curve;
}

void report(Curve const& curve)
{
    std::uint64_t moves = 0;
    for (Measure const& measure : curve.rounds)
        moves += measure.moves;
    std::printf("  %-34s fluid %4d  processes %4d  bound %4d rounds  (%zu simulated, %llu moves)\n",
        curve.name.c_str(), settled(curve, &Measure::fluid), settled(curve, &Measure::load), bound_of(curve),
        curve.rounds.size(), static_cast<unsigned long long>(moves));
    std::fflush(stdout);
}

void write(std::string const& folder, std::string const& file, Curve const& curve)
{
    std::ofstream out{folder + "/" + file + ".csv"};
    out << "# " << curve.name << "\nround,processes,fluid,bound\n";
    out << "0," << curve.start.load << ',' << curve.start.fluid << ',' << curve.error << '\n';
    for (std::size_t round = 0; round < curve.rounds.size(); ++round)
        out << round + 1 << ',' << curve.rounds[round].load << ',' << curve.rounds[round].fluid << ','
            << curve.error * bound_after(static_cast<int>(round) + 1, curve.spectrum) << '\n';
}

Curve on_shape(std::string const& name, Shape const& shape, Start start, int rounds, unsigned threads)
{
    World world{shape};
    world.threads = threads;
    return run(name, world, spectrum_of(shape), start, rounds);
}

// ---- parts of the report --------------------------------------------------------------------------------

void bars(std::string const& folder, unsigned threads)
{
    std::puts(
        "Rounds until the imbalance is at most 1 % and stays there (all load on one torus, or random):");
    struct Case {
        char const* file;
        std::string name;
        Shape shape;
        Start start;
        int rounds, limit;
    };
    for (Case const& each : {Case{"ring4", "ring of 4, all on one", {{4, 1, 1}}, Start::one, 40, 5},
             {"ring16", "ring of 16, all on one", {{16, 1, 1}}, Start::one, 40, 12},
             {"", "ring of 16, random", {{16, 1, 1}}, Start::random, 40, 12},
             {"grid64", "8 x 8, all on one", {{8, 8, 1}}, Start::one, 40, 0},
             {"ring1000", "ring of 1000, random", {{1000, 1, 1}}, Start::random, 1500, 0},
             {"grid10000", "100 x 100, random", {{100, 100, 1}}, Start::random, 200, 0}}) {
        Curve const curve = on_shape(each.name, each.shape, each.start, each.rounds, threads);
        report(curve);
        int const rounds = settled(curve, &Measure::load), fluid = settled(curve, &Measure::fluid);
        if (each.limit != 0)
            std::printf(
                "  %34s bar %d: %s\n", "", each.limit, verdict(std::max(rounds, fluid) <= each.limit));
        std::printf("  %34s within a round of the bound: %s\n", "", verdict(fluid <= bound_of(curve) + 1));
        if (*each.file != 0)
            write(folder, each.file, curve);
    }
}

// At rest: nothing moves, and no fluid flows that could make anything move later.
bool is_at_rest(World& world)
{
    for (Torus const& torus : world.tori())
        for (std::uint8_t slot = 0; slot < torus.braid.neighbourhood().neighbours; ++slot)
            if (torus.braid.link(slot).last != 0)
                return false;
    return true;
}

World random_world(std::mt19937_64& random)
{
    auto const tori = static_cast<std::uint32_t>(3 + random() % 14);
    std::vector<std::uint32_t> capacities(tori, 1024);
    std::uint64_t const kind = random() % 3; // all alike, big and LITTLE, anything
    for (std::uint32_t& capacity : capacities)
        capacity = kind == 0 ? 1024 : kind == 1 ? (random() % 2 ? 1024 : 446) : 200 + random() % 825;
    World world{{{tori, 1, 1}}, capacities};
    auto const many = static_cast<std::uint32_t>(1 + random() % 6);
    for (std::uint32_t torus = 0; torus < tori; ++torus)
        for (std::size_t each = 0; each < classes; ++each)
            if (random() % 3 == 0)
                world.add(torus, each, random() % (many * many));
    world.start();
    return world;
}

std::uint64_t state_of(World& world)
{
    Digest digest;
    for (Torus const& torus : world.tori())
        for (std::uint32_t const count : torus.processes)
            digest.take(count);
    return digest.value();
}

// Oscillation: when the fluid has come to rest, processes go where they were before. (While it flows they
// must be able to: the world has changed.)
void oscillation(int starts, unsigned threads)
{
    constexpr int limit = 5000, calm = 20;
    std::atomic<int> next{0}, restless{0}, lost{0}, repeated{0};
    std::vector<std::vector<int>> all(threads);
    auto const work = [&](unsigned thread) {
        for (int start; (start = next++) < starts;) {
            std::mt19937_64 random{static_cast<std::uint64_t>(start) + 1};
            World world = random_world(random);
            std::uint64_t const total = world.total();
            int quiet = 0, round = 0;
            bool again = false;
            std::set<std::uint64_t> seen;
            while (round < limit && quiet < calm) {
                ++round;
                bool const moved = world.round().moves != 0, rests = is_at_rest(world);
                quiet = !moved && rests ? quiet + 1 : 0;
                if (rests && moved)
                    again |= !seen.insert(state_of(world)).second;
            }
            restless += quiet < calm;
            lost += world.total() != total;
            repeated += again;
            all[thread].push_back(round - quiet);
        }
    };
    double const begin = seconds();
    std::vector<std::thread> others;
    for (unsigned thread = 1; thread < threads; ++thread)
        others.emplace_back(work, thread);
    work(0);
    for (std::thread& other : others)
        other.join();
    std::vector<int> rounds;
    for (auto const& each : all)
        rounds.insert(rounds.end(), each.begin(), each.end());
    std::ranges::sort(rounds);
    std::printf("%d random starts (3 to 16 tori, mixed capacities and weights): %d do not come to rest, "
                "%d repeat a state, %d lose load: %s\n"
                "  rounds until nothing moves: median %d, 99 %% %d, most %d  (%.0f s)\n",
        starts, restless.load(), repeated.load(), lost.load(), verdict(restless + lost + repeated == 0),
        rounds[rounds.size() / 2], rounds[rounds.size() * 99 / 100], rounds.back(), seconds() - begin);
    std::fflush(stdout);
}

void growth(unsigned threads)
{
    std::puts("Rounds to 1 % as tori grow, random loads:");
    for (std::uint32_t const side : {3u, 10u, 32u, 100u, 316u})
        report(on_shape(std::to_string(side) + " x " + std::to_string(side), {{side, side, 1}}, Start::random,
            side < 100 ? 150 : 400, threads));
    for (std::uint32_t const side : {3u, 5u, 10u, 22u, 46u})
        report(on_shape(std::to_string(side) + "^3", {{side, side, side}}, Start::random, 60, threads));
    for (std::uint32_t const tori : {10u, 100u, 1000u, 10'000u, 100'000u}) {
        std::mt19937_64 random{5};
        std::vector<Neighbourhood> const graph = random_graph(tori, random);
        Spectrum const spectrum = spectrum_of(graph);
        World world{graph, gains_of(spectrum)};
        world.threads = threads;
        report(run("random graph of " + std::to_string(tori), world, spectrum, Start::random, 40));
    }
}

void faults(unsigned threads)
{
    std::puts("1000 tori (10^3), random loads, under faults: imbalance after 50, 100 and 200 rounds:");
    struct Case {
        char const* name;
        Faults faults;
    };
    for (Case const& each :
        {Case{"none", {}}, {"10 % of projections lost", {.lost = 0.1}}, {"50 % lost", {.lost = 0.5}},
            {"30 % a round late", {.late = 0.3}}, {"30 % of rounds skipped", {.skipped = 0.3}},
            {"all of that", {.lost = 0.3, .late = 0.3, .skipped = 0.3}}}) {
        World world{{{10, 10, 10}}, {}, 1000};
        world.threads = threads;
        world.faults = each.faults;
        Curve const curve = run(each.name, world, spectrum_of(Shape{{10, 10, 10}}), Start::random, 200);
        std::printf("  %-34s %.4f  %.4f  %.4f\n", each.name, curve.rounds[49].load, curve.rounds[99].load,
            curve.rounds[199].load);
    }
}

void deaths()
{
    constexpr Shape shape{{10, 10, 10}};
    World world{shape};
    std::mt19937_64 random{9};
    for (std::size_t torus = 0; torus < 1000; ++torus)
        world.place(torus, random() % 2001 * process);
    world.start();
    for (int round = 0; round < 20; ++round)
        world.round();
    std::vector<std::uint32_t> dead;
    for (int i = 0; i < 100; ++i) {
        dead.push_back(static_cast<std::uint32_t>(random() % 1000));
        world[dead.back()].dead = true;
    }
    std::ranges::sort(dead);
    auto const twice = std::ranges::unique(dead);
    dead.erase(twice.begin(), twice.end());
    int rounds = 0;
    auto const noticed = [&](std::uint32_t victim) {
        Neighbourhood const hood = neighbourhood_of(shape, victim);
        for (std::uint8_t slot = 0; slot < hood.neighbours; ++slot)
            if (world[hood.position[slot]].braid.link(hood.slot_there[slot]).epoch == Edge::condemned
                && !world[hood.position[slot]].dead)
                return true;
        return false;
    };
    std::size_t found = 0;
    Measure measure;
    for (; rounds < 50 && found < dead.size(); ++rounds) {
        measure = world.round();
        found = static_cast<std::size_t>(std::ranges::count_if(dead, noticed));
    }
    for (int round = 0; round < 50; ++round)
        measure = world.round();
    std::printf("%zu of 1000 tori die at once: all condemned after %d rounds: %s; imbalance of the living 50 "
                "rounds later %.4f\n",
        dead.size(), rounds, verdict(found == dead.size()), measure.load);
}

void million(std::string const& folder, unsigned threads)
{
    std::puts("A million tori:");
    double begin = seconds();
    constexpr Shape shape{{100, 100, 100}};
    World torus{shape};
    torus.threads = threads;
    Curve const cube = run("100 x 100 x 100, random", torus, spectrum_of(shape), Start::random, 200, 5);
    report(cube);
    double const first = seconds() - begin;
    write(folder, "cube1000000", cube);
    std::printf("  %34s %.0f s, %.0f ns a torus and round: %s\n", "", first,
        first * 1000 / static_cast<double>(cube.rounds.size()), verdict(first < 120));
    torus = World{Shape{}};
    begin = seconds();
    std::mt19937_64 random{5};
    std::vector<Neighbourhood> graph = random_graph(1'000'000, random);
    Spectrum const spectrum = spectrum_of(graph, 40);
    World world{std::move(graph), gains_of(spectrum)};
    world.threads = threads;
    Curve const curve = run("random graph of degree 6, random", world, spectrum, Start::random, 40, 5);
    report(curve);
    write(folder, "graph1000000", curve);
    std::printf("  %34s %.0f s: %s\n", "", seconds() - begin, verdict(seconds() - begin < 120));
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("  %34s %ld MiB\n", "", usage.ru_maxrss / 1024);
}

} // namespace
} // namespace torc::sim

int main(int count, char** arguments)
{
    using namespace torc::sim;
    std::string const folder = count > 1 ? arguments[1] : ".";
    int const starts = count > 2 ? std::atoi(arguments[2]) : 100'000;
    unsigned const threads = std::max(1u, std::thread::hardware_concurrency());
    bars(folder, threads);
    faults(threads);
    deaths();
    oscillation(starts, threads);
    million(folder, threads);
    growth(threads);
    return failed ? 1 : 0;
}
