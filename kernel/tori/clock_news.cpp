// SPDX-License-Identifier: MIT
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/torus.hpp"

namespace torc {

// A torus without a link to this one has never had a program.
void tell_clock_set(Torus& torus)
{
    if (torus.links == nullptr)
        return;
    for (Link* const link : torus.links->links)
        if (link != nullptr && link->state == Link::State::Open)
            send_from(torus, *link, link->clock_set);
}

void make_clock_set_event(Torus&, OutItem&, Event& event)
{
    event.type = static_cast<std::uint32_t>(EventType::ClockSet);
}

void take_clock_set(Torus& torus, Link&, Event const&)
{
    torus.realtime_sleepers.wake_all();
}

} // namespace torc
