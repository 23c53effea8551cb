// SPDX-License-Identifier: MIT
// kernel/tori/links.cpp with its strands, mailboxes, outboxes, credits and doors, as it stands: tori whose
// loops are those of run_loop.cpp (take a bell, look at the mail, run a thread, sleep when there is nothing).
// Strands have 4 places, one of them for answers, and there is one credit (models.py).
#include "tests/models/explore.hpp"

#include "substrate/event.hpp"
#include "substrate/owner_of.hpp"
// An event's bytes are plain memory that two tori touch.
#define copy(to, from) (model::touch(&(to), true), model::touch(&(from), false), copy(to, from))

#include "kernel/tori/links.cpp"

#include <array>
#include <cstdio>

namespace torc {
namespace {

constexpr unsigned most_tori = 3, most_tasks = 2;

// A thread of a torus: `step` is called again whenever it does not wait.
struct Actor : Task {
    void (*step)(Actor& actor){nullptr}; // nullptr: none, or it is done
    unsigned torus{0}, to{0};
    unsigned left{0}; // events or calls
    std::uint32_t sequence{0};
    bool asked{false};
    unsigned answered{0}, failed{0};
};

// A call that runs at its owner.
struct Visit {
    OutItem out{.hook = {}, .kind = OutKind::Answer};
    Event call{};
    unsigned from{0};
    bool parked{false}, over{false};
};

struct Said { // what no thread waits for
    OutItem out{.hook = {}, .kind = OutKind::Notice};
    std::uint32_t value{0}, last{0}; // one after the other
};

struct Member {
    Torus torus;
    TorusLinks links;
    Port port;
    Actor actors[most_tasks];
    Visit visits[4];
    unsigned visit_count{0};
    Said said;
    std::uint32_t heard[most_tori]{}; // the last of each sender
    unsigned calls{0};
};

struct Members {
    Member of[most_tori];
    PortList list;
    StrandPair pairs[3]; // of neighbours, as torus 0 makes them
    TorusStrand backs[3];
};

alignas(64) std::byte room[sizeof(Members)];
alignas(64) std::byte memory[most_tori][6 << 10];
std::size_t taken[most_tori];
Members* all;
bool visits_may_park;
bool watches; // the mail, before it sleeps; an isolated torus does not

Member& here()
{
    return all->of[model::this_thread()];
}

// ---- threads ----------------------------------------------------------------------------------------------

// As far_leave_step() and the like.
void send_events(Actor& actor)
{
    Torus& torus = here().torus;
    Result<Link*> const link = link_to(torus, actor.to);
    if (!link) { // no memory for the strands: an errno, and the next call tries again
        ++actor.failed;
        return;
    }
    if (!may_send(**link, 1, Want::Event))
        return (*link)->callers.add(actor);
    Event event{};
    event.type = static_cast<std::uint32_t>(EventType::Notice);
    event.sequence = ++actor.sequence;
    send_one(torus, **link, event);
    if (--actor.left == 0)
        actor.step = nullptr;
}

// As begin(), send() and finish() of far_call.cpp.
void make_calls(Actor& actor)
{
    Torus& torus = here().torus;
    Result<Link*> const link = link_to(torus, actor.to);
    if (!link) {
        ++actor.failed;
        return;
    }
    if (!may_send(**link, 2, Want::Call))
        return (*link)->callers.add(actor);
    Event call{}, rest{};
    call.type = static_cast<std::uint32_t>(EventType::Call);
    call.sequence = rest.sequence = ++actor.sequence;
    call.arguments[0] = static_cast<std::uint64_t>(&actor - here().actors);
    rest.type = static_cast<std::uint32_t>(EventType::CallRest);
    (void)(*link)->credits.take();
    send_two(torus, **link, call, rest);
    actor.waits = actor.asked = true;
}

// Three events fill the strand; the fourth and fifth go by the outbox, as a stub says one thing after the
// other, and the sixth behind them.
void send_and_say(Actor& actor)
{
    if (actor.sequence != 3)
        return send_events(actor);
    Torus& torus = here().torus;
    here().said.value = 4;
    here().said.last = actor.sequence = 5;
    actor.left -= 2;
    send_from(torus, **link_to(torus, actor.to), here().said.out);
}

// ---- the owner of what is called --------------------------------------------------------------------------

void answer(Torus& torus, Link& link, Visit& visit, EventType type)
{
    Event event{};
    event.type = static_cast<std::uint32_t>(type);
    event.sequence = visit.call.sequence;
    event.arguments[0] = visit.call.arguments[0];
    event.arguments[1] = visit.parked && type == EventType::Reply;
    send_reply(torus, link, event);
}

void end_parked(Torus& torus)
{
    for (Visit& visit : here().visits) {
        if (!visit.parked || visit.over)
            continue;
        visit.over = true;
        send_from(torus, *torus.links->links[visit.from], visit.out);
    }
}

void set_up(unsigned tori, bool neighbours)
{
    std::memset(room, 0, sizeof room);
    std::memset(memory, 0, sizeof memory);
    std::memset(taken, 0, sizeof taken);
    all = new (room) Members;
    for (unsigned i = 0; i < tori; ++i)
        all->list.ports[i] = &all->of[i].port;
    unsigned pair = 0;
    for (unsigned higher = 1; neighbours && higher < tori; ++higher)
        for (unsigned lower = 0; lower < higher; ++lower, ++pair) {
            all->pairs[pair].to_lower = &all->backs[pair];
            auto const door = reinterpret_cast<std::uint64_t>(&all->pairs[pair]);
            all->of[lower].port.doors[higher].store(door);
            all->of[higher].port.doors[lower].store(door);
        }
    for (unsigned i = 0; i < tori; ++i) {
        Introduction introduction;
        introduction.tori = tori;
        introduction.ports = &all->list;
        Member& member = all->of[i];
        member.torus.number = i;
        member.torus.links = &member.links;
        links_open(member.links, i, introduction);
    }
}

Actor& add(unsigned torus, unsigned to, unsigned times, void (*step)(Actor& actor))
{
    Actor* actor = all->of[torus].actors;
    while (actor->step != nullptr)
        ++actor;
    actor->torus = torus;
    actor->to = to;
    actor->left = times;
    actor->step = step;
    return *actor;
}

// What the actor has sent before anything begins.
void has_sent(Actor& actor, unsigned events)
{
    Torus& torus = all->of[actor.torus].torus;
    for (; events > 0; --events) {
        Event event{};
        event.type = static_cast<std::uint32_t>(EventType::Notice);
        event.sequence = ++actor.sequence;
        send_one(torus, **link_to(torus, actor.to), event);
        --actor.left;
    }
}

bool run_an_actor(Member& member)
{
    for (Actor& actor : member.actors)
        if (actor.step != nullptr && !actor.waits) {
            actor.step(actor);
            return true;
        }
    return false;
}

// run_loop.cpp: run_from() and idle().
void live(unsigned number)
{
    Member& member = all->of[number];
    take_events(member.torus); // open_links(): from here on bells are wanted
    for (;;) {
        model::forget();
        if (model::take_bell())
            member.torus.bell = true;
        if (member.torus.bell)
            take_events(member.torus);
        if (!run_an_actor(member) && !member.torus.bell && !(watches && watch_mail(member.torus)))
            model::sleep();
    }
}

// ---- scenarios --------------------------------------------------------------------------------------------

struct Role {
    unsigned torus, to, times{0}; // 0: nobody
    void (*step)(Actor& actor){nullptr};
    unsigned sent{0}; // before anything begins
};

struct Heard {
    unsigned by, from;
    std::uint32_t last{0}; // 0: nothing to look at
};

struct Play {
    char const* name;
    unsigned tori{2};
    bool weak{true}, neighbours{true}, parks{false}, watches{false};
    unsigned refusals{0}; // of memory, at torus 0
    std::array<Role, 2> roles{};
    std::array<Heard, 2> heard{}; // in the end
};

Play const plays[] = {
    // More events than there are places: the sender has to wait for room.
    {.name = "full", .roles = {{{0, 1, 4, send_events}}}, .heard = {{{1, 0, 4}}}},
    {.name = "watching", .watches = true, .roles = {{{0, 1, 2, send_events}}}, .heard = {{{1, 0, 2}}}},
    {.name = "two-senders",
        .tori = 3,
        .weak = false,
        .roles = {{{1, 0, 1, send_events}, {2, 0, 1, send_events}}},
        .heard = {{{0, 1, 1}, {0, 2, 1}}}},
    // The higher one knocks, and the lower one begins by itself.
    {.name = "doors",
        .neighbours = false,
        .roles = {{{1, 0, 1, send_events}, {0, 1, 1, send_events}}},
        .heard = {{{0, 1, 1}, {1, 0, 1}}}},
    // There is no memory for the strands at first.
    {.name = "refused",
        .neighbours = false,
        .refusals = 2,
        .roles = {{{1, 0, 1, send_events}}},
        .heard = {{{0, 1, 1}}}},
    // Two threads with one credit; the first visit may wait for the second.
    {.name = "calls", .parks = true, .roles = {{{0, 1, 1, make_calls}, {0, 1, 1, make_calls}}}},
    {.name = "behind", .weak = false, .roles = {{{0, 1, 6, send_and_say, 2}}}, .heard = {{{1, 0, 6}}}},
    // Who is called sends as much as there is room for, and still finds a place for the answer.
    {.name = "answers",
        .weak = false,
        .roles = {{{0, 1, 1, make_calls}, {1, 0, 4, send_events, 3}}},
        .heard = {{{0, 1, 4}}}},
    // Calls both ways: each other's answers always find their place.
    {.name = "both-ways", .weak = false, .roles = {{{0, 1, 1, make_calls}, {1, 0, 1, make_calls}}}},
};

Play const* play; // the one that is explored

void set_up_play()
{
    set_up(play->tori, play->neighbours);
    visits_may_park = play->parks;
    watches = play->watches;
    for (Role const& role : play->roles)
        if (role.times != 0)
            has_sent(add(role.torus, role.to, role.times, role.step), role.sent);
    if (play->refusals != 0)
        all->of[0].torus.frames.may_refuse(play->refusals);
}

// Nobody can go on: everything must have come about.
void check_play()
{
    for (Member& member : all->of) {
        for (Actor& actor : member.actors)
            model::require(actor.step == nullptr, "a thread waits for ever");
        model::require(!member.said.out.waits(), "an outbox is not sent");
        for (Visit& visit : member.visits)
            model::require(!visit.parked || visit.over, "a parked visit waits for ever");
    }
    for (Heard const& heard : play->heard)
        model::require(
            heard.last == 0 || all->of[heard.by].heard[heard.from] == heard.last, "an event was lost");
}

} // namespace

// ---- what links.cpp calls ---------------------------------------------------------------------------------

void* take_memory(std::size_t bytes)
{
    unsigned const thread = model::this_thread();
    void* const at = memory[thread] + taken[thread];
    taken[thread] += (bytes + 63) & ~std::size_t{63};
    if (taken[thread] > sizeof memory[thread])
        model::found("the model's memory is too small");
    return std::memset(at, 0, bytes);
}

Torus& this_torus()
{
    return here().torus;
}

bool arch::interrupt_pending()
{
    return model::bell_pending();
}

void arch::ring_bell(unsigned torus)
{
    model::ring(torus);
}

void take_notice(Torus&, Link& link, Event const& event)
{
    std::uint32_t& last = here().heard[link.torus];
    model::require(event.sequence > last, "an event came twice, or before an earlier one");
    last = event.sequence;
}

void make_notice_event(Torus& torus, OutItem& item, Event& event)
{
    Said& said = owner_of<&Said::out>(item);
    event.type = static_cast<std::uint32_t>(EventType::Notice);
    event.sequence = said.value;
    if (said.value++ != said.last)
        send_from(torus, **link_to(torus, here().actors[0].to), item);
}

void take_call(Torus&, Link& link, Event const& event)
{
    model::require(!link.has_half, "a call's halves are apart");
    link.has_half = true;
    link.half = event;
}

void take_call_rest(Torus& torus, Link& link, Event const& event)
{
    model::require(link.has_half && link.half.sequence == event.sequence, "a call's halves are apart");
    link.has_half = false;
    Member& member = here();
    Visit& visit = member.visits[member.visit_count++];
    visit.call = link.half;
    visit.from = link.torus;
    bool const parks = visits_may_park && member.visit_count == 1 && model::choose(2) == 1;
    visit.parked = parks;
    answer(torus, link, visit, EventType::Reply);
    if (!parks)
        end_parked(torus);
}

void make_answer_event(Torus&, OutItem& item, Event& event)
{
    Visit const& visit = owner_of<&Visit::out>(item);
    event.type = static_cast<std::uint32_t>(EventType::Answer);
    event.sequence = visit.call.sequence;
    event.arguments[0] = visit.call.arguments[0];
}

void take_answer(Torus&, Link&, Event const& event)
{
    if (event.arguments[1] != 0)
        return; // parked
    Actor& actor = here().actors[event.arguments[0]];
    model::require(actor.asked && actor.sequence == event.sequence, "a call is answered twice");
    actor.asked = actor.waits = false;
    if (--actor.left == 0)
        actor.step = nullptr;
}

void take_reply(Torus& torus, Link& link, Event const& event)
{
    take_answer(torus, link, event);
}

} // namespace torc

int main(int count, char** arguments)
{
    using namespace torc;
    for (Play const& each : plays) {
        if (count > 1 && std::string_view{arguments[1]} != each.name)
            continue;
        play = &each;
        model::explore(each.name,
            {.threads = each.tori,
                .weak = each.weak,
                .setup = set_up_play,
                .run = live,
                .check = check_play,
                .memory = {std::span{room}, std::as_bytes(std::span{memory})}});
    }
}
