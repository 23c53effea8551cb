// SPDX-License-Identifier: MIT
#include "tests/models/world.hpp"
#include <chrono>
#include <cstdarg>
#include <cstdlib>
#include <unordered_set>

namespace model {

World world;
alignas(64) std::byte stacks[most_threads][stack_bytes];

namespace {

struct Choice {
    std::uint8_t taken, of;
};
std::vector<Choice> choices; // of this execution
std::size_t played; // as far as it has been played again
std::uint64_t executions, states;

struct Key {
    std::uint64_t a, b;
    bool operator==(Key const&) const = default;
};
struct HashKey {
    std::size_t operator()(Key const& key) const { return key.a; }
};
std::unordered_set<Key, HashKey> met;
void mix(std::uint64_t& hash, std::uint64_t word)
{
    hash = (hash ^ word) * 0x9e37'79b9'7f4a'7c15ull;
    hash ^= hash >> 29;
}

} // namespace

void remember(std::uint64_t what)
{
    mix(me().history[0], what);
    mix(me().history[1], what + 0x51ed'270b);
}

[[gnu::format(printf, 1, 2)]] void say(char const* format, ...)
{
    if (!world.talks)
        return;
    std::va_list arguments;
    va_start(arguments, format);
    std::printf("    thread %u: ", world.current);
    std::vprintf(format, arguments);
    std::printf("\n");
    va_end(arguments);
}

unsigned decide(unsigned of)
{
    if (of == 1)
        return 0;
    if (played < choices.size())
        return choices[played++].taken;
    choices.push_back({0, static_cast<std::uint8_t>(of)});
    ++played;
    return 0;
}
// The access about to be made is a point where others may go first.
void point(State state)
{
    me().state = state;
    if (_setjmp(me().here) == 0)
        _longjmp(world.scheduler, 1);
    if (++world.steps > world.scenario->steps)
        found("it does not end");
    ++me().now.clock[world.current];
}

namespace {

// ---- one execution

void run_thread(unsigned number)
{
    world.scenario->run(number);
    me().state = State::Done;
    _longjmp(world.scheduler, 1);
}

void resume(unsigned number)
{
    world.current = number;
    world.in_thread = true;
    Thread& thread = world.threads[number];
    if (_setjmp(world.scheduler) == 0) {
        if (thread.begun)
            _longjmp(thread.here, 1);
        thread.begun = true;
        setcontext(&thread.begin);
    }
    world.in_thread = false;
    if (world.wrong != nullptr)
        std::longjmp(world.explorer, 1);
}

bool can_go(Thread const& thread)
{
    return thread.state == State::Ready || (thread.state == State::Sleeps && thread.bell);
}

// Two hashes of the same words, told apart by where they begin.
struct Hash {
    Key key{11, 13};
    void add(std::uint64_t word)
    {
        mix(key.a, word);
        mix(key.b, word + 0x51ed'270b);
    }
};

// For each place, in the order of their addresses, the oldest rank that anybody can still see: what lies
// before is as good as gone.
struct Floors {
    std::vector<std::pair<unsigned, unsigned>> places; // number, floor
    Floors()
    {
        for (unsigned i = 0; i < world.places.size(); ++i) {
            unsigned floor = ~0u;
            for (unsigned thread = 0; thread < world.scenario->threads; ++thread)
                floor = std::min(floor, world.places[i].rank(world.threads[thread].now.seen[i]));
            if (world.places[i].order.size() > 1)
                places.emplace_back(i, floor);
        }
        std::ranges::sort(places, {}, [](auto const& each) { return world.places[each.first].at; });
    }
    void add(Hash& hash, View const& view) const
    {
        std::uint64_t word = 0;
        for (auto const [n, floor] : places) {
            unsigned const rank = world.places[n].rank(view.seen[n]);
            word = word * 31 + (rank > floor ? rank - floor : 0);
            if (word >> 56 != 0)
                hash.add(std::exchange(word, 0));
        }
        hash.add(word);
    }
};

// What the rest of an execution depends on. The clocks are left out: they only find accesses that nothing
// orders.
Key key_of_state()
{
    Hash hash;
    Floors const floors;
    for (unsigned i = 0; i < world.scenario->threads; ++i) {
        Thread const& thread = world.threads[i];
        hash.add(thread.history[0]);
        hash.add(thread.history[1]);
        hash.add(static_cast<std::uint64_t>(thread.state) | std::uint64_t{thread.bell} << 8);
        floors.add(hash, thread.now);
        if (world.has_fences) {
            floors.add(hash, thread.acquirable);
            floors.add(hash, thread.released);
        }
        if (thread.bell)
            floors.add(hash, thread.bell_view);
    }
    if (world.has_fences)
        floors.add(hash, world.fenced);
    for (auto const [n, floor] : floors.places) {
        Place const& place = world.places[n];
        hash.add(reinterpret_cast<std::uint64_t>(place.at));
        for (unsigned rank = floor; rank < place.order.size(); ++rank) {
            Store const& store = place.stores[place.order[rank]];
            hash.add(store.value);
            floors.add(hash, store.view);
        }
        unsigned const last = place.rank(world.last_in_order[n]);
        hash.add(last > floor ? last - floor : 0);
    }
    for (auto const memory : world.scenario->memory)
        for (std::size_t i = 0; i + 8 <= memory.size(); i += 8)
            hash.add(*reinterpret_cast<std::uint64_t const*>(memory.data() + i));
    return hash.key;
}

void reset(Scenario const& scenario)
{
    world.scenario = &scenario;
    world.places.clear();
    world.place_of.clear();
    world.plain.clear();
    world.last_in_order = {};
    world.fenced = {};
    world.steps = 0;
    played = 0;
    for (unsigned i = 0; i < scenario.threads; ++i) {
        Thread& thread = world.threads[i] = Thread{};
        thread.now.clock[i] = 1;
        getcontext(&thread.begin);
        thread.begin.uc_stack.ss_sp = stacks[i];
        thread.begin.uc_stack.ss_size = stack_bytes;
        makecontext(&thread.begin, reinterpret_cast<void (*)()>(run_thread), 1, i);
    }
    world.in_thread = false;
    scenario.setup();
    for (unsigned i = 0; i < scenario.threads; ++i)
        resume(i); // to its first access, so that every thread's choices begin at a point
}

// Plays to the end, or to a state that is known.
void play(Scenario const& scenario)
{
    reset(scenario);
    for (;;) {
        unsigned able[most_threads], count = 0;
        for (unsigned i = 0; i < scenario.threads; ++i)
            if (can_go(world.threads[i]))
                able[count++] = i;
        if (played == choices.size() && !world.talks) {
            if (!met.insert(key_of_state()).second)
                return;
            ++states;
        }
        if (count == 0) {
            if (scenario.check != nullptr)
                scenario.check();
            return;
        }
        resume(able[decide(count)]);
    }
}

} // namespace

void found(char const* what)
{
    world.wrong = what;
    if (world.in_thread)
        _longjmp(world.scheduler, 1);
    std::longjmp(world.explorer, 1);
}

// It is played once more, and told.
[[noreturn]] static void tell(Scenario const& scenario)
{
    char const* const what = std::exchange(world.wrong, nullptr);
    std::printf(
        "FOUND in %s: %s (execution %llu)\n", world.name, what, static_cast<unsigned long long>(executions));
    choices.resize(played);
    world.talks = true;
    if (setjmp(world.explorer) == 0)
        play(scenario);
    std::printf("    there: %s\n", what);
    std::fflush(stdout);
    std::_Exit(3);
}

void explore(char const* name, Scenario const& scenario)
{
    auto const began = std::chrono::steady_clock::now();
    world.name = name;
    met.clear();
    choices.clear();
    executions = states = 0;
    for (;;) {
        ++executions;
        if (setjmp(world.explorer) != 0)
            tell(scenario);
        play(scenario);
        while (!choices.empty() && choices.back().taken + 1 == choices.back().of)
            choices.pop_back();
        if (choices.empty())
            break;
        ++choices.back().taken;
    }
    double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("%s: %llu states, %llu executions, %.1f s\n", name, static_cast<unsigned long long>(states),
        static_cast<unsigned long long>(executions), seconds);
    std::fflush(stdout);
}
// ---- what threads do

unsigned this_thread()
{
    return world.current;
}

void forget()
{
    me().history[0] = 1;
    me().history[1] = 2;
}

unsigned choose(unsigned count)
{
    point(State::Ready);
    unsigned const chosen = decide(count);
    remember(0x7000 + chosen);
    say("chooses %u of %u", chosen, count);
    return chosen;
}

void ring(unsigned thread)
{
    point(State::Ready);
    remember(0x8000 + thread);
    Thread& to = world.threads[thread];
    to.bell = true;
    join(to.bell_view, me().now);
    ++me().now.clock[world.current];
    say("rings for thread %u", thread);
}

bool take_bell()
{
    point(State::Ready);
    Thread& thread = me();
    bool const rung = std::exchange(thread.bell, false);
    remember(0x9000 + rung);
    if (rung) {
        join(thread.now, thread.bell_view);
        thread.bell_view = {};
        say("takes the bell");
    }
    return rung;
}

bool bell_pending()
{
    point(State::Ready);
    remember(0xd000 + me().bell);
    return me().bell;
}

void sleep()
{
    say("sleeps");
    point(State::Sleeps);
    remember(0xa000);
}

} // namespace model
