// SPDX-License-Identifier: MIT
// A torus's links to others: the pair of strands, credits, and what waits for room (docs/tori.md).
// Torus-local, but for strands and ports, which both sides map.
#pragma once
#include "kernel/process/wait_queue.hpp"
#include "kernel/result.hpp"
#include "kernel/tori/block_traffic.hpp"
#include "kernel/tori/limb_rule.hpp"
#include "kernel/tori/outbox.hpp"
#include "kernel/tori/placement.hpp"
#include "kernel/tori/port.hpp"
#include "substrate/pool.hpp"
#include <cstdint>

namespace torc {
struct PublicPages; // kernel/tori/public_pages.hpp
struct Torus;
enum class TorusPolicy : std::uint8_t; // substrate/projection.hpp

struct Link { // pool record: made when the two first have to do with one another, stays
    enum class State : std::uint8_t {
        Knocking, // the other one is to make the strands
        Open,
        Refused, // there was no memory for them; the next use tries again
    };
    unsigned torus{0}; // who is at the other end
    State state{State::Knocking};
    std::uint8_t posts{0}; // what our byte in the other's mailbox says
    bool has_half{false}; // the first half of a call has come
    bool making{false}; // an event: what its maker has to say besides goes behind it
    std::uint8_t withheld{0}; // places of `out` that are not used
    Mailbox<torus_limit>* box{nullptr}; // the other's
    TorusStrand* in{nullptr};
    TorusStrand* out{nullptr};
    Credits credits{8};
    List<OutItem, &OutItem::hook> outbox;
    // Threads that wait for room or a credit. As many as there are credits are woken, and one that then sends
    // no call, as when it has been killed, wakes no other: the next reply does. When none is to come, all are
    // woken.
    WaitQueue callers;
    Event half{};
    OutItem clock_set{.hook = {}, .kind = OutKind::ClockSet}; // torus 0
    BlockTraffic blocks;
    std::uint64_t events_in{0}, events_out{0};
};

// What a torus is told when it starts; in memory that all map, never changed afterwards.
struct Introduction {
    Placement placement{Placement::Home};
    unsigned placed_on{0}; // Placement::Fixed
    LimbRule limb_rule{};
    bool tight{false}; // torc.strand=tight
    bool moves_at_random{false}; // torc.move=random
    unsigned tori{0}; // in the ring, at most
    unsigned numbers{0}; // Torus::tori
    TorusPolicy policy{}; // from the first moment on
    std::uint64_t machine_pages{0}; // of memory in all
    PublicPages* pages{nullptr};
    unsigned previous{0}, next{0};
    PortList const* ports{nullptr};
};

struct CensusRecord {
    OutItem out{.hook = {}, .kind = OutKind::Census};
    std::uint64_t origin{0}, count{0};
};

struct TorusLinks {
    PortList const* ports{nullptr};
    Port* port{nullptr}; // ours
    unsigned tori{0}; // in the ring, us included, at most
    unsigned previous{0}, next{0};
    unsigned counted{0}; // what the last census found
    Placement placement{Placement::Home};
    unsigned placed_on{0};
    LimbRule limb_rule;
    bool moves_at_random{false}; // processes, while they run: for tests
    bool tight{false}; // links have four places and one credit, and calls bring no pages along: for tests
    unsigned mail_words{0}; // that have senders in them
    SeenMail<torus_limit> seen;
    Link* links[torus_limit]{};
    Pool<Link> records;
    CensusRecord census;
};

// Enters the introduction in `links`, whose pool is open. Interrupts are wanted after the first
// take_events().
void links_open(TorusLinks& links, unsigned torus, Introduction const& introduction);

// The link to another torus, made if need be. NoSuchDevice: there is none such; NoMemory.
Result<Link*> link_to(Torus& torus, unsigned other);

// Whether a thread may send that many events now, and a call if `call`. Otherwise it is to wait in
// link.callers and to ask again; when the strands could not be made it never may (State::Refused).
enum class Want : std::uint8_t { Event, Call };
bool may_send(Link& link, unsigned events, Want want);
// The same for a call of one event, where nothing is in the way. False: may_send() knows.
inline bool may_call_now(Link& link)
{
    return link.state == Link::State::Open && link.credits.left() != 0 && link.withheld == 0
        && link.outbox.empty() && link.out->has_room();
}
// After may_send(): puts events into the strand, and tells the other side at the end.
void send_one(Torus& torus, Link& link, Event const& event);
void send_two(Torus& torus, Link& link, Event const& first, Event const& second);
// The same for one event that has been written where it lies (link.out->place() or answer_place()).
void send_placed(Torus& torus, Link& link);
// The first reply to a call: a place is kept for it.
void send_reply(Torus& torus, Link& link, Event const& event);
// What no thread waits for: goes now, or from the outbox. Once at a time.
void send_from(Torus& torus, Link& link, OutItem& item);
// What has come in, a bounded batch of each sender; called when a bell has rung and before a thread is
// chosen. At its end bells are wanted again, unless torus.bell says that there is more.
void take_events(Torus& torus);

// Nobody is to run: for some microseconds mail is waited for without bells, and taken. False: there was none,
// and the torus may sleep; bells are wanted again.
bool watch_mail(Torus& torus);

// Torus 0: the wall clock has been set; who sleeps until a time of day looks again, everywhere.
void tell_clock_set(Torus& torus);

// Torus 0: sends a census round the ring; every torus adds itself.
void start_census(Torus& torus);

} // namespace torc
