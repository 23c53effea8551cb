// SPDX-License-Identifier: MIT
#include "kernel/tori/start_tori.hpp"
#include "arch/clock.hpp"
#include "arch/cpu.hpp"
#include "arch/machine.hpp"
#include "arch/tori.hpp"
#include "kernel/log.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/torus.hpp"
#include <new>

namespace torc {
namespace {

constexpr std::uint64_t census_limit_seconds = 1;

// Memory of torus 0 that every torus maps: what one torus sends by, and what it is told.
struct ForwardPage {
    TorusStrand to_next;
    Introduction introduction;
};
struct BackwardPage {
    TorusStrand to_previous;
};

template <typename T> T* make_shared(Torus& torus)
{
    static_assert(sizeof(T) <= page_size);
    Result<Paddr> const frame = torus.frames.take_cleared(FrameKind::Special);
    if (!frame)
        return nullptr;
    return new (FramePool::pointer(*frame)) T{};
}

// The ring while it is made, from torus 0 on; only neighbours are in hand.
struct Member {
    ForwardPage* forward{nullptr};
    BackwardPage* backward{nullptr};
    unsigned core{0};
};

Member make_member(Torus& torus, unsigned core)
{
    Member const member{make_shared<ForwardPage>(torus), make_shared<BackwardPage>(torus), core};
    if (member.forward != nullptr)
        member.forward->introduction.tori = arch::cores_present();
    return member;
}

void join(Member const& before, Member const& after)
{
    Introduction& first = before.forward->introduction;
    Introduction& second = after.forward->introduction;
    first.next = after.core;
    first.to_next = &before.forward->to_next;
    first.from_next = &after.backward->to_previous;
    second.previous = before.core;
    second.from_previous = &before.forward->to_next;
    second.to_previous = &after.backward->to_previous;
}

unsigned next_core(unsigned core)
{
    do
        ++core;
    while (core < arch::core_limit() && !arch::core_is_up(core));
    return core;
}

void let_go(Torus const& torus, Member const& member)
{
    if (member.core != torus.number)
        arch::start_torus(member.core, member.forward->introduction);
}

// Joins the cores that are up to a ring, and lets each go when both its neighbours are known. Says how many
// there are.
unsigned make_ring(Torus& torus, Member const& first)
{
    Member last = first;
    unsigned tori = 1;
    for (unsigned core = next_core(0); core < arch::core_limit(); core = next_core(core)) {
        Member const member = make_member(torus, core);
        if (member.forward == nullptr || member.backward == nullptr) {
            log("There is too little memory for the strands of all tori.");
            break;
        }
        join(last, member);
        let_go(torus, last);
        last = member;
        ++tori;
    }
    join(last, first);
    let_go(torus, last);
    return tori;
}

bool wait_for_census(Torus& torus)
{
    std::uint64_t const limit = arch::now_ticks() + census_limit_seconds * arch::ticks_per_second();
    while (torus.links->counted == 0 && arch::now_ticks() < limit) {
        if (arch::interrupt_pending())
            arch::take_interrupts();
        if (torus.bell)
            take_events(torus);
    }
    return torus.links->counted != 0;
}

void open_links(Torus& torus, Introduction const& introduction)
{
    torus.links = create_for_ever<TorusLinks>();
    if (torus.links == nullptr)
        return;
    links_open(*torus.links, introduction);
    take_events(torus); // from here on bells are wanted
}

} // namespace

void start_tori()
{
    Torus& torus = this_torus();
    if (arch::cores_present() == 1)
        return;
    Member const first = make_member(torus, torus.number);
    if (first.forward == nullptr || first.backward == nullptr) {
        log("There is too little memory for strands: torus 0 stays alone.");
        return;
    }
    unsigned const tori = make_ring(torus, first);
    open_links(torus, first.forward->introduction);
    if (torus.links == nullptr)
        return;
    start_census(torus);
    if (wait_for_census(torus))
        log("{} of {} tori are in the ring.", torus.links->counted, tori);
    else
        log("The census of the ring has not come back: some of its {} tori do not answer.", tori);
}

void run_other_torus(Introduction const& introduction)
{
    Torus& torus = this_torus();
    torus.run_queue.open(arch::ticks_per_second());
    torus.charged_at = arch::now_ticks();
    open_links(torus, introduction);
    arch::enter_user(run_next()); // which returns when there is a thread to run
}

} // namespace torc
