// SPDX-License-Identifier: MIT
#include "kernel/tori/links.hpp"
#include "arch/tori.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

constexpr unsigned batch = 8; // events of one link in a row: well below 1,000 instructions

void open(Link& link, unsigned torus, TorusStrand& in, TorusStrand& out)
{
    link.torus = torus;
    link.in = &in;
    link.out = &out;
}

// False: there is still no room.
bool try_send(TorusLinks& links, Link& link, Event const& event)
{
    Sent const sent = link.out->send(event);
    if (sent == Sent::no)
        return false;
    ++links.events_out;
    if (sent == Sent::ring_bell)
        arch::ring_bell(link.torus);
    return true;
}

// The census came round: it is over, or goes on with one more.
void take_census(Torus& torus, Event const& event)
{
    TorusLinks& links = *torus.links;
    if (event.arguments[census::origin] == torus.number) {
        links.counted = static_cast<unsigned>(event.arguments[census::count]);
        return;
    }
    Event onward = event;
    ++onward.arguments[census::count];
    if (onward.arguments[census::count] <= links.tori) // a ring that does not close ends here
        link_send(links, links.next(), onward);
}

using Take = void (*)(Torus& torus, Event const& event);
constexpr Take takers[] = {
    nullptr,
    take_census,
};
static_assert(sizeof takers / sizeof *takers == static_cast<unsigned>(EventType::count_));

// An unknown type is dropped: nobody of ours sends one.
void take(Torus& torus, Event const& event)
{
    ++torus.links->events_in;
    if (event.type < static_cast<unsigned>(EventType::count_) && takers[event.type] != nullptr)
        takers[event.type](torus, event);
}

// Sends what was held back. False: some of it still is.
bool release_held(TorusLinks& links)
{
    bool released = true;
    for (Link& link : links.links) {
        if (link.holds && try_send(links, link, link.held))
            link.holds = false;
        released &= !link.holds;
    }
    return released;
}

// A batch of one strand. True: there may be more.
bool take_batch(Torus& torus, Link& link)
{
    for (unsigned i = 0; i < batch; ++i) {
        Event event;
        if (!link.in->receive(event))
            return false;
        take(torus, event);
        if (!release_held(*torus.links))
            return true;
    }
    return true;
}

} // namespace

void links_open(TorusLinks& links, Introduction const& introduction)
{
    links.tori = introduction.tori;
    open(links.previous(), introduction.previous, *introduction.from_previous, *introduction.to_previous);
    open(links.next(), introduction.next, *introduction.from_next, *introduction.to_next);
}

void link_send(TorusLinks& links, Link& link, Event const& event)
{
    if (!link.holds && try_send(links, link, event))
        return;
    invariant(!link.holds);
    copy(link.held, event);
    link.holds = true;
}

void take_events(Torus& torus)
{
    if (torus.links == nullptr) [[unlikely]] { // rung by others, but without the memory to listen
        torus.bell = false;
        return;
    }
    TorusLinks& links = *torus.links;
    torus.bell = !release_held(links);
    if (torus.bell)
        return;
    for (Link& link : links.links)
        link.in->awake();
    for (Link& link : links.links)
        torus.bell |= take_batch(torus, link);
    if (torus.bell)
        return;
    for (Link& link : links.links)
        torus.bell |= !link.in->prepare_sleep();
}

void start_census(Torus& torus)
{
    TorusLinks& links = *torus.links;
    Event event{};
    event.type = static_cast<std::uint32_t>(EventType::Census);
    event.arguments[census::origin] = torus.number;
    event.arguments[census::count] = 1;
    links.counted = 0;
    link_send(links, links.next(), event);
}

} // namespace torc
