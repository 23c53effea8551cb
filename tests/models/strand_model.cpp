// SPDX-License-Identifier: MIT
// substrate/strand.hpp alone: what comes out is what was put in, in order and whole, with a ring that wraps.
#include "tests/models/explore.hpp"

#include "substrate/event.hpp"
// An event's bytes are plain memory that two threads touch.
#define copy(to, from) (model::touch(&(to), true), model::touch(&(from), false), copy(to, from))
#include "substrate/strand.hpp"

namespace {

using namespace torc;
using Small = Strand<2, 1>;

Small* strand;
alignas(64) std::byte room[sizeof(Small)];

void setup()
{
    strand = new (room) Small;
}

// Each side tries a few times: who waits for whom is the business of links_model.cpp.
void run(unsigned thread)
{
    std::uint32_t next = 1;
    for (unsigned i = 0; i < 4; ++i) {
        Event event{};
        if (thread == 0) {
            event.sequence = next;
            next += strand->send(event);
        } else if (strand->receive(event)) {
            model::require(event.sequence == next, "an event came twice, or out of its order");
            ++next;
        }
    }
}

// One ordinary event and one answer always fit.
void run_answers(unsigned thread)
{
    Event event{};
    if (thread == 1) {
        for (unsigned i = 0; i < 3; ++i)
            (void)strand->receive(event);
        return;
    }
    (void)strand->send(event);
    (void)strand->send(event);
    strand->answer(event);
}

} // namespace

int main()
{
    model::explore("strand", {.setup = setup, .run = run});
    model::explore("strand, answers", {.setup = setup, .run = run_answers});
}
