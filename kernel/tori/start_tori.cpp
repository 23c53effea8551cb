// SPDX-License-Identifier: MIT
#include "kernel/tori/start_tori.hpp"
#include "arch/clock.hpp"
#include "arch/cpu.hpp"
#include "arch/machine.hpp"
#include "arch/tori.hpp"
#include "kernel/log.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/random.hpp"
#include "kernel/subsystems.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/limb_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/policy.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/tori/rounds.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <new>

namespace torc {
namespace {

constexpr std::uint64_t census_limit_seconds = 5; // every torus opens its subsystems meanwhile

// Memory of torus 0 that every torus maps: how a torus is reached, and what it is told.
struct MemberPage {
    Port port;
    Introduction introduction;
};

template <typename T> T* make_shared(Torus& torus)
{
    static_assert(sizeof(T) <= page_size);
    Result<Paddr> const frame = torus.frames.take_cleared(FrameKind::Special);
    if (!frame)
        return nullptr;
    return new (FramePool::pointer(*frame)) T{};
}

// The ring while it is made.
struct Ring {
    PortList* list{nullptr};
    MemberPage* members[torus_limit]{};
    unsigned tori{0};
};

unsigned next_core(unsigned core)
{
    do
        ++core;
    while (core < arch::core_limit() && !arch::core_is_up(core));
    return core;
}

// False: no memory for it.
bool add_member(Torus& torus, Ring& ring, unsigned core)
{
    MemberPage* const member = make_shared<MemberPage>(torus);
    PublicPage* const shown = make_shared<PublicPage>(torus);
    if (member == nullptr || shown == nullptr)
        return false;
    torus.random->fill(shown->seed);
    torus.pages->page[core] = shown;
    ring.members[core] = member;
    ring.list->ports[core] = &member->port;
    ++ring.tori;
    return true;
}

// Strands between neighbours, who may have no memory of their own to make them. False: no memory.
bool connect(Ring& ring, unsigned one, unsigned other)
{
    unsigned const lower = std::min(one, other), higher = std::max(one, other);
    if (ring.members[lower]->port.doors[higher].load(std::memory_order_relaxed) != 0)
        return true; // a ring of two
    auto* const pair = make_shared<StrandPair>(this_torus());
    auto* const back = make_shared<TorusStrand>(this_torus());
    if (pair == nullptr || back == nullptr)
        return false;
    pair->to_lower = back;
    auto const address = reinterpret_cast<std::uint64_t>(pair);
    ring.members[lower]->port.doors[higher].store(address, std::memory_order_relaxed);
    ring.members[higher]->port.doors[lower].store(address, std::memory_order_relaxed);
    return true;
}

// Every member knows the one before and the one after it.
void introduce(Ring& ring)
{
    unsigned first = torus_limit, last = torus_limit;
    for (unsigned core = 0; core < torus_limit; ++core) {
        if (ring.members[core] == nullptr)
            continue;
        Introduction& mine = ring.members[core]->introduction;
        mine.tori = ring.tori;
        mine.ports = ring.list;
        mine.numbers = this_torus().tori;
        mine.machine_pages = machine_pages(this_torus());
        mine.pages = this_torus().pages;
        if (last != torus_limit) {
            mine.previous = last;
            ring.members[last]->introduction.next = core;
        } else {
            first = core;
        }
        last = core;
    }
    ring.members[first]->introduction.previous = last;
    ring.members[last]->introduction.next = first;
}

// The cores that are up, as far as there is memory; each then goes its own way.
bool make_ring(Torus& torus, Ring& ring)
{
    ring.list = make_shared<PortList>(torus);
    torus.pages = make_shared<PublicPages>(torus);
    if (ring.list == nullptr || torus.pages == nullptr || !add_member(torus, ring, torus.number))
        return false;
    unsigned const limit = std::min(arch::core_limit(), torus_limit);
    for (unsigned core = next_core(0); core < limit; core = next_core(core)) {
        if (!add_member(torus, ring, core)) {
            log("There is too little memory for the ports of all tori.");
            break;
        }
    }
    introduce(ring);
    for (unsigned core = 0; core < torus_limit; ++core)
        if (ring.members[core] != nullptr && ring.tori > 1
            && !connect(ring, core, ring.members[core]->introduction.next))
            return false;
    return true;
}

// torus_limit: it is none.
unsigned number_in(std::string_view text)
{
    unsigned number = 0;
    for (char const digit : text)
        number = digit >= '0' && digit <= '9' && number < torus_limit
            ? number * 10 + static_cast<unsigned>(digit - '0')
            : torus_limit;
    return number;
}

struct PlacementWish {
    Placement placement{Placement::Braid};
    unsigned torus{0};
};

// The text of torc.place=.
PlacementWish read_wish(std::string_view place, Ring const& ring)
{
    if (place.empty() || place == "braid")
        return {};
    if (place == "home")
        return {.placement = Placement::Home};
    if (place == "random")
        return {.placement = Placement::Random};
    unsigned const number = number_in(place);
    if (number < torus_limit && ring.members[number] != nullptr)
        return {.placement = Placement::Fixed, .torus = number};
    log("torc.place={} is not \"braid\", \"home\", \"random\" or the number of a torus: it counts as "
        "braid.",
        place);
    return {};
}

// Who will take programs; a torus whose subsystems then do not open says that it has no capacity.
void arrange_takers(Torus const& torus, Ring const& ring)
{
    TorusSet takers;
    for (unsigned core = 0; core < torus_limit; ++core) {
        if (ring.members[core] == nullptr)
            continue;
        std::uint64_t const pages
            = core == torus.number ? torus.frames.total_pages() : arch::torus_pages(core);
        if (core == torus.number || pages >= least_pages_for_programs)
            takers.add(core);
    }
    arrange_tori(takers, torus.pages->arrangement);
}

// torc.limbs=random, torc.limbs=NUMBER, either with `,all` behind it.
LimbRule read_limb_rule(std::string_view how, Ring const& ring)
{
    LimbRule rule;
    if (how.ends_with(",all")) {
        rule.first_too = true;
        how.remove_suffix(4);
    }
    if (how == "random") {
        rule.which = LimbRule::Which::Random;
    } else if (!how.empty() && number_in(how) < torus_limit && ring.members[number_in(how)] != nullptr) {
        rule.which = LimbRule::Which::Fixed;
        rule.torus = number_in(how);
    }
    return rule;
}

// torc.isolate=2,3: what can be isolated is, and the log has the rest.
void isolate_tori(Ring& ring, std::string_view list)
{
    if (list.empty())
        return;
    Result<TorusSet> const wanted = parse_tori(list, torus_limit);
    if (!wanted)
        return log("torc.isolate={} is no list of tori: none is isolated.", list);
    for (unsigned core = 0; core < torus_limit; ++core) {
        if (!wanted->has(core))
            continue;
        if (core == names_torus)
            log("Torus {} has the names and the console: it cannot be isolated.", core);
        else if (ring.members[core] == nullptr)
            log("There is no torus {} to isolate.", core);
        else
            ring.members[core]->introduction.policy = TorusPolicy::isolated;
    }
}

// A setting of one word: torc.strand=tight (so little room that everybody waits for some all the time),
// torc.move=random (processes move while they run).
bool is_set(std::string_view name, std::string_view value, std::string_view word)
{
    if (!value.empty() && value != word)
        log("torc.{}={} is not \"{}\": it counts as nothing.", name, value, word);
    return value == word;
}

// The settings that are the same for all.
void pass_on(Ring& ring, BootWishes const& wishes)
{
    PlacementWish const place = read_wish(wishes.place, ring);
    LimbRule const limbs = read_limb_rule(wishes.limbs, ring);
    bool const tight = is_set("strand", wishes.strand, "tight");
    bool const moves = is_set("move", wishes.moves, "random");
    for (MemberPage* const member : ring.members) {
        if (member == nullptr)
            continue;
        Introduction& introduction = member->introduction;
        introduction.placement = place.placement;
        introduction.placed_on = place.torus;
        introduction.limb_rule = limbs;
        introduction.tight = tight;
        introduction.moves_at_random = moves;
    }
}

void let_go(Torus const& torus, Ring const& ring)
{
    for (unsigned core = 0; core < torus_limit; ++core)
        if (core != torus.number && ring.members[core] != nullptr)
            arch::start_torus(core, ring.members[core]->introduction);
}

void sleep_until(Torus& torus, std::uint64_t limit)
{
    torus.armed_deadline = std::min(torus.timers.earliest(), limit);
    arch::set_deadline(torus.armed_deadline);
    arch::wait_for_interrupt();
}

bool wait_for_census(Torus& torus)
{
    std::uint64_t const limit = arch::now_ticks() + census_limit_seconds * arch::ticks_per_second();
    while (torus.links->counted == 0 && arch::now_ticks() < limit) {
        if (arch::interrupt_pending())
            arch::take_interrupts();
        else if (torus.bell)
            take_events(torus);
        else if (!watch_mail(torus))
            sleep_until(torus, limit);
    }
    return torus.links->counted != 0;
}

void open_links(Torus& torus, Introduction const& introduction)
{
    TorusLinks* const links = create_for_ever<TorusLinks>();
    if (links == nullptr)
        return;
    open_pool(links->records, introduction.tori + 1);
    links_open(*links, torus.number, introduction);
    torus.links = links;
    if (torus.takes_programs && !start_far_records(torus))
        log("Torus {} has too little memory for calls of others.", torus.number);
    if (torus.far != nullptr && !start_limbs(torus, introduction.limb_rule))
        log("Torus {} has too little memory for threads of others.", torus.number);
    links->moves_at_random = introduction.moves_at_random;
    torus.lends_new_threads |= links->moves_at_random && torus.limbs != nullptr;
    take_events(torus); // from here on bells are wanted
}

void open_log(Torus& torus)
{
    struct Log {
        LogRing ring;
        TorusLog log{ring};
    };
    Log* const made = create_for_ever<Log>();
    if (made == nullptr)
        return;
    torus.log = &made->log;
    send_log_lines();
}

// With less memory than that its core serves nobody; it still passes on what comes round the ring.
void prepare_for_programs(Torus& torus)
{
    if (torus.log == nullptr)
        return; // there is not even memory to say so with
    std::span<std::uint8_t> const seed{torus.pages->page[torus.number]->seed};
    char const* what = "programs";
    bool const enough = torus.frames.total_pages() >= least_pages_for_programs;
    if (!enough || !open_subsystems(torus, seed, what))
        log("Torus {} takes no programs: {} KiB are too little for {}.", torus.number,
            torus.frames.total_pages() * (page_size / 1024), what);
    std::ranges::fill(seed, std::uint8_t{0});
}

} // namespace

void count_pages_elsewhere(Torus& torus)
{
    for (unsigned core = 1; core < arch::core_limit(); ++core)
        torus.pages_elsewhere += arch::torus_pages(core);
}

void start_tori(BootWishes const& wishes)
{
    Torus& torus = this_torus();
    if (arch::cores_present() == 1) {
        if (!wishes.isolated.empty())
            log("There is one torus, which cannot be isolated.");
        return;
    }
    Ring ring;
    if (!make_ring(torus, ring)) {
        torus.pages = nullptr;
        log("There is too little memory for ports: torus 0 stays alone.");
        return;
    }
    pass_on(ring, wishes);
    isolate_tori(ring, wishes.isolated);
    arrange_takers(torus, ring);
    let_go(torus, ring);
    open_links(torus, ring.members[torus.number]->introduction);
    if (torus.links == nullptr)
        return;
    start_rounds(torus);
    start_census(torus);
    if (wait_for_census(torus))
        log("{} of {} tori are in the ring.", torus.links->counted, ring.tori);
    else
        log("The census of the ring has not come back: some of its {} tori do not answer.", ring.tori);
}

void run_other_torus(Introduction const& introduction)
{
    Torus& torus = this_torus();
    torus.tori = introduction.numbers;
    torus.pages_elsewhere = introduction.machine_pages - torus.frames.total_pages();
    torus.pages = introduction.pages;
    torus.run_queue.open(arch::ticks_per_second());
    torus.charged_at = torus.idle_ticks = arch::now_ticks(); // until now it only waited
    open_log(torus);
    prepare_for_programs(torus);
    if (torus.takes_programs)
        torus.rounds.policy = introduction.policy;
    torus.load.asleep = torus.rounds.policy != TorusPolicy::isolated;
    open_links(torus, introduction);
    start_rounds(torus);
    arch::enter_user(run_next()); // which returns when there is a thread to run
}

} // namespace torc
