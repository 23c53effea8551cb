// SPDX-License-Identifier: MIT
// substrate/published_projection.hpp: a copy that was accepted is one that was published, whole, and what is
// accepted later is not older.
#include "tests/models/explore.hpp"

#include "substrate/published_projection.hpp"

namespace {

using namespace torc;

PublishedProjection* page;
alignas(64) std::byte room[sizeof(PublishedProjection)];

Projection nth(std::uint64_t n)
{
    Projection projection;
    projection.identity = projection.epoch = projection.constraints.level = n;
    projection.edges[0] = {{n, n}};
    projection.load = n;
    return projection;
}

void setup()
{
    page = new (room) PublishedProjection;
    page->publish(nth(1));
}

void is_whole(std::uint64_t n, std::initializer_list<std::uint64_t> words)
{
    for (std::uint64_t const word : words)
        model::require(word == n, "a torn projection was accepted");
}

void read_whole()
{
    Projection projection;
    if (page->read(projection))
        is_whole(projection.epoch,
            {projection.identity, projection.constraints.level, projection.edges[0].words[0],
                projection.edges[0].words[1], projection.load});
}

std::uint64_t read_glimpse(std::uint64_t last)
{
    Glimpse glimpse;
    if (!page->read(glimpse, 0))
        return last;
    is_whole(glimpse.epoch,
        {glimpse.identity, glimpse.constraints.level, glimpse.edge.words[0], glimpse.edge.words[1]});
    model::require(glimpse.epoch >= last, "an older projection was accepted after a newer one");
    return glimpse.epoch;
}

void run_whole(unsigned thread)
{
    if (thread == 0)
        page->publish(nth(2));
    else
        read_whole();
}

void run_glimpses(unsigned thread)
{
    if (thread == 0)
        page->publish_briefly(nth(2), 1);
    else
        read_glimpse(read_glimpse(0));
}

void run_twice(unsigned thread)
{
    if (thread == 1)
        return (void)read_glimpse(0);
    page->publish_briefly(nth(2), 1);
    page->publish_briefly(nth(3), 1);
}

} // namespace

int main()
{
    model::explore("projection, whole", {.setup = setup, .run = run_whole});
    model::explore("projection, read twice", {.setup = setup, .run = run_glimpses});
    model::explore("projection, published twice", {.setup = setup, .run = run_twice});
}
