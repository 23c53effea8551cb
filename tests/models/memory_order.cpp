// SPDX-License-Identifier: MIT
// What a load may see, and what an access hands on (explore.hpp, "The model").
#include "tests/models/world.hpp"

namespace model {
namespace {

void join(Clock& to, Clock const& from)
{
    for (unsigned i = 0; i < most_threads; ++i)
        to[i] = std::max(to[i], from[i]);
}

bool is_acquire(std::memory_order order)
{
    return order == std::memory_order_acquire || order == std::memory_order_seq_cst
        || order == std::memory_order_acq_rel;
}

bool is_release(std::memory_order order)
{
    return order == std::memory_order_release || order == std::memory_order_seq_cst
        || order == std::memory_order_acq_rel;
}

unsigned place_at(void const* at, std::uint64_t first)
{
    auto const [found_at, is_new]
        = world.place_of.try_emplace(at, static_cast<unsigned>(world.places.size()));
    if (is_new) {
        if (world.places.size() == most_places)
            found("the model has too few places");
        Place place{at, {}, {0}};
        place.stores.push_back({first, most_threads, {}});
        world.places.push_back(std::move(place));
    }
    return found_at->second;
}

void check_known(Place const& place)
{
    if (!place.fresh)
        return;
    Store const& made = place.stores[0];
    if (me().now.clock[made.thread] < made.view.clock[made.thread])
        found("an atomic is used by who cannot know that it has been made");
}

std::uint64_t see(unsigned n, bool in_order, bool acquires)
{
    Place const& place = world.places[n];
    check_known(place);
    Thread& thread = me();
    unsigned oldest = place.rank(thread.now.seen[n]);
    if (in_order)
        oldest = std::max(oldest, place.rank(world.last_in_order[n]));
    unsigned const newest = static_cast<unsigned>(place.order.size()) - 1;
    unsigned const older = world.scenario->weak ? decide(newest - oldest + 1) : 0;
    std::uint8_t const number = place.order[newest - older];
    Store const& store = place.stores[number];
    thread.now.seen[n] = number;
    if (in_order)
        world.last_in_order[n] = number;
    join(thread.acquirable, store.view);
    if (acquires)
        join(thread.now, store.view);
    remember(store.value);
    return store.value;
}

} // namespace

void join(View& to, View const& from)
{
    for (unsigned i = 0; i < world.places.size(); ++i)
        if (from.seen[i] != to.seen[i]
            && world.places[i].rank(from.seen[i]) > world.places[i].rank(to.seen[i]))
            to.seen[i] = from.seen[i];
    join(to.clock, from.clock);
}

void touch(void const* place, bool write)
{
    auto const* const at = static_cast<std::byte const*>(place);
    if (!world.in_thread || (at >= stacks[0] && at < stacks[0] + sizeof stacks))
        return;
    Plain& plain = world.plain[place];
    Clock const& clock = me().now.clock;
    if (plain.writer != most_threads && clock[plain.writer] < plain.written)
        found(write ? "plain memory is written twice, and nothing orders it"
                    : "plain memory is read while it is written");
    for (unsigned i = 0; write && i < most_threads; ++i)
        if (clock[i] < plain.read[i])
            found("plain memory is written while it is read");
    if (write) {
        plain.writer = world.current;
        plain.written = clock[world.current];
    } else {
        plain.read[world.current] = clock[world.current];
    }
}
// ---- what stands for std::atomic

bool in_thread()
{
    return world.in_thread;
}

void born(void const* at, std::uint64_t value)
{
    if (!world.in_thread)
        return;
    unsigned const n = place_at(at, value);
    Place& place = world.places[n];
    if (place.stores.size() != 1)
        found("an atomic is made where one is in use");
    place.fresh = true;
    place.stores[0].thread = static_cast<std::uint8_t>(world.current);
    place.stores[0].view.clock = me().now.clock;
}

std::uint64_t load(void const* at, std::memory_order order, std::uint64_t first)
{
    if (!world.in_thread)
        return first;
    unsigned const n = place_at(at, first);
    if (order != std::memory_order_relaxed || world.places[n].stores.back().thread != world.current)
        point(State::Ready); // else it is its own, and others only read it
    std::uint64_t const value = see(n, order == std::memory_order_seq_cst, is_acquire(order));
    say("loads %llu from %p", static_cast<unsigned long long>(value), at);
    return value;
}

std::uint64_t load_bytes(void const* eight)
{
    point(State::Ready);
    std::uint64_t word = 0;
    for (unsigned i = 0; i < 8; ++i) {
        auto const* const at = static_cast<std::uint8_t const*>(eight) + i;
        if (world.place_of.contains(at))
            word |= see(world.place_of[at], true, true) << i * 8;
    }
    remember(word);
    say("loads the word %#llx from %p", static_cast<unsigned long long>(word), eight);
    return word;
}

void store(void const* at, std::uint64_t value, std::memory_order order, std::uint64_t first)
{
    point(State::Ready);
    unsigned const n = place_at(at, first);
    Place& place = world.places[n];
    check_known(place);
    Thread& thread = me();
    unsigned after = place.rank(thread.now.seen[n]);
    bool const in_order = order == std::memory_order_seq_cst;
    if (in_order)
        after = std::max(after, place.rank(world.last_in_order[n]));
    unsigned const newest = static_cast<unsigned>(place.order.size()) - 1;
    unsigned const before = world.scenario->weak ? decide(newest - after + 1) : 0;
    auto const number = static_cast<std::uint8_t>(place.stores.size());
    place.order.insert(place.order.begin() + (newest - before) + 1, number);
    Store made{value, static_cast<std::uint8_t>(world.current), {}};
    thread.now.seen[n] = number;
    if (in_order)
        world.last_in_order[n] = number;
    made.view = is_release(order) ? thread.now : thread.released;
    made.view.seen[n] = number;
    ++thread.now.clock[world.current]; // what comes after it is not handed on with it
    place.stores.push_back(made);
    remember(0xc000);
    say("stores %llu to %p%s", static_cast<unsigned long long>(value), at, before != 0 ? ", late" : "");
}

void fence(std::memory_order order)
{
    if (!world.in_thread)
        return;
    point(State::Ready);
    Thread& thread = me();
    if (order != std::memory_order_acquire && order != std::memory_order_release
        && order != std::memory_order_seq_cst)
        found("the model knows no such fence");
    if (is_acquire(order))
        join(thread.now, thread.acquirable);
    if (order == std::memory_order_seq_cst) { // no clocks: two of them order no plain memory
        Clock const clock = thread.now.clock;
        join(thread.now, world.fenced);
        world.fenced = thread.now;
        thread.now.clock = clock;
    }
    if (is_release(order))
        thread.released = thread.now, ++thread.now.clock[world.current];
    world.has_fences = true;
    remember(0xb000 + static_cast<unsigned>(order));
}
} // namespace model
