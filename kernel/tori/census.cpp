// SPDX-License-Identifier: MIT
// Once round the ring at boot: whether it closes, and how many tori are in it.
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"

namespace torc {

void take_census(Torus& torus, Link&, Event const& event)
{
    TorusLinks& links = *torus.links;
    if (event.arguments[census::origin] == torus.number) {
        links.counted = static_cast<unsigned>(event.arguments[census::count]);
        return;
    }
    CensusRecord& record = links.census;
    if (record.out.waits())
        return; // one at a time
    record.origin = event.arguments[census::origin];
    record.count = event.arguments[census::count] + 1;
    if (record.count > links.tori) // a ring that does not close ends here
        return;
    if (Result<Link*> const next = link_to(torus, links.next))
        send_from(torus, **next, record.out);
}

void make_census_event(Torus&, OutItem& item, Event& event)
{
    CensusRecord const& record = owner_of<&CensusRecord::out>(item);
    event.type = static_cast<std::uint32_t>(EventType::Census);
    event.arguments[census::origin] = record.origin;
    event.arguments[census::count] = record.count;
}

void start_census(Torus& torus)
{
    TorusLinks& links = *torus.links;
    links.counted = 0;
    links.census.origin = torus.number;
    links.census.count = 1;
    if (Result<Link*> const next = link_to(torus, links.next))
        send_from(torus, **next, links.census.out);
}

} // namespace torc
