// SPDX-License-Identifier: MIT
#include "kernel/tori/links.hpp"
#include "arch/cpu.hpp"
#include "arch/tori.hpp"
#include "kernel/memory/frame_pool.hpp"
#include "kernel/time/processor_time.hpp"
#include "kernel/tori/block_loans.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/tori/page_loans.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/tori/watch.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <bit>
#include <new>

namespace torc {
namespace {

constexpr unsigned tight_places = std::min<unsigned>(4, TorusStrand::ordinary); // torc.strand=tight
constexpr unsigned batch = 8; // events of one link in a row: well below 1,000 instructions
constexpr unsigned looks = 8; // at the mail, a microsecond or two apart, before a torus sleeps

[[gnu::noinline, gnu::cold]] void ring(Link const& link)
{
    arch::ring_bell(link.torus);
}

// Says that there is something in the strand, or room in the other one, or that we are at the door.
inline void tell(Torus& torus, Link& link)
{
    if (link.box->post(torus.number, ++link.posts))
        ring(link);
}

// ---- the strands of a pair --------------------------------------------------------------------------------

template <typename T> T* make_shared()
{
    Result<Paddr> const frame = this_torus().frames.take_cleared(FrameKind::Special);
    return frame ? new (FramePool::pointer(*frame)) T{} : nullptr;
}

void drop_shared(void* page)
{
    if (page != nullptr)
        this_torus().frames.release(FramePool::frame_of(page));
}

// The lower one's part: makes both strands and opens the other's door.
void make_strands(Torus& torus, Link& link)
{
    // Of neighbours torus 0 has made them, before it let them go.
    if (std::uint64_t const given = torus.links->port->doors[link.torus].load(std::memory_order_acquire)) {
        auto& pair = *reinterpret_cast<StrandPair*>(given); // SAFETY: start_tori put it there
        link.out = &pair.to_higher;
        link.in = pair.to_lower;
        link.state = Link::State::Open;
        return;
    }
    auto* const pair = make_shared<StrandPair>();
    auto* const back = pair != nullptr ? make_shared<TorusStrand>() : nullptr;
    Port& port = *torus.links->ports->ports[link.torus];
    if (back == nullptr) {
        drop_shared(pair);
        link.state = Link::State::Refused;
        port.doors[torus.number].store(Port::refused, std::memory_order_release);
        return;
    }
    pair->to_lower = back;
    link.out = &pair->to_higher;
    link.in = back;
    link.state = Link::State::Open;
    port.doors[torus.number].store(reinterpret_cast<std::uint64_t>(pair), std::memory_order_release);
}

// The higher one's part: looks whether its door has been opened.
void look_at_door(Torus& torus, Link& link)
{
    std::atomic<std::uint64_t>& door = torus.links->port->doors[link.torus];
    std::uint64_t const found = door.load(std::memory_order_acquire);
    if (found == 0)
        return;
    if (found == Port::refused) {
        door.store(0, std::memory_order_relaxed); // the other one writes again only after the next knock
        link.state = Link::State::Refused;
        return;
    }
    auto& pair = *reinterpret_cast<StrandPair*>(found); // SAFETY: the lower torus wrote it, and mapped by all
    link.in = &pair.to_higher;
    link.out = pair.to_lower;
    link.state = Link::State::Open;
}

void open(Torus& torus, Link& link)
{
    if (torus.number < link.torus)
        return make_strands(torus, link);
    link.state = Link::State::Knocking;
    look_at_door(torus, link);
    if (link.state == Link::State::Knocking)
        tell(torus, link);
}

// ---- sending ----------------------------------------------------------------------------------------------

void put(Link& link, Event const& event)
{
    bool const sent = link.out->send(event);
    invariant(sent);
    ++link.events_out;
}

using MakeEvent = void (*)(Torus& torus, OutItem& item, Event& event);
constexpr MakeEvent event_makers[] = {make_census_event, make_cancel_event, make_answer_event,
    make_release_event, make_stub_event, make_notice_event, make_part_event, make_group_signal_event,
    make_return_event, make_unlock_event, make_run_event, make_back_event, make_recall_event, make_drop_event,
    make_clock_set_event, make_blocks_event, make_number_event, make_kin_event};
constexpr unsigned first_call = static_cast<unsigned>(OutKind::Watch);
static_assert(sizeof event_makers / sizeof *event_makers == first_call);

using MakeCall = void (*)(Torus& torus, OutItem& item, Event& call, Event& rest);
constexpr MakeCall call_makers[] = {make_watch_call, make_unmap_call};
static_assert(
    first_call + sizeof call_makers / sizeof *call_makers == static_cast<unsigned>(OutKind::count_));

bool is_call(OutItem const& item)
{
    return static_cast<unsigned>(item.kind) >= first_call;
}

// If not, the other one will say when there is some. What needs more than a narrowed strand has waits until
// it is empty.
bool is_room(Link& link, unsigned events)
{
    if (link.withheld == 0 && link.out->has_room(events)) [[likely]]
        return true;
    unsigned const places = std::min(events + link.withheld, TorusStrand::ordinary);
    return link.out->has_room(places) || link.out->starve(places);
}

bool may_go(Link& link, OutItem const& item)
{
    if (!is_call(item))
        return is_room(link, 1);
    return link.credits.left() != 0 && is_room(link, 2);
}

void put_event_of(Torus& torus, Link& link, OutItem& item)
{
    Event event{};
    link.making = true;
    event_makers[static_cast<unsigned>(item.kind)](torus, item, event);
    link.making = false;
    put(link, event);
}

void put_item(Torus& torus, Link& link, OutItem& item)
{
    if (!is_call(item))
        return put_event_of(torus, link, item);
    Event call{}, rest{};
    link.making = true;
    call_makers[static_cast<unsigned>(item.kind) - first_call](torus, item, call, rest);
    link.making = false;
    (void)link.credits.take();
    put(link, call);
    put(link, rest);
}

// What waits, as far as there is room and credit. The other one says when there is more room.
[[gnu::noinline]] void send_some(Torus& torus, Link& link)
{
    bool sent = false;
    while (!link.outbox.empty() && may_go(link, link.outbox.front())) {
        OutItem& item = link.outbox.front();
        link.outbox.pop_front();
        put_item(torus, link, item);
        sent = true;
    }
    if (sent)
        tell(torus, link);
    if (link.outbox.empty() && !link.callers.empty() && link.credits.left() != 0 && is_room(link, 2))
        link.callers.wake(link.credits.all_are_here() ? ~0u : link.credits.left());
}

inline void send_what_waits(Torus& torus, Link& link)
{
    if (!link.outbox.empty() || !link.callers.empty()) [[unlikely]]
        send_some(torus, link);
}

void what_waits_fails(Link& link)
{
    while (!link.outbox.empty()) { // else an outbox is used after the strand has been
        OutItem& item = link.outbox.front();
        link.outbox.pop_front();
        if (item.kind == OutKind::Run)
            run_fails(item);
        else if (item.kind == OutKind::Blocks)
            blocks_fail(link, item);
    }
    link.callers.wake_all();
}

// ---- receiving --------------------------------------------------------------------------------------------

constexpr TakeEvent takers[] = {
    nullptr,
    take_census,
    take_call,
    take_call_rest,
    take_file_call,
    take_identity,
    take_reply,
    take_answer,
    take_cancel,
    take_release,
    take_leave,
    take_go,
    take_signal_event,
    take_notice,
    take_part,
    take_group_signal,
    take_return,
    take_unlock,
    take_run,
    take_back,
    take_recall,
    take_drop,
    take_clock_set,
    take_blocks,
    take_wake_word,
    take_number,
    take_orphan_news,
    take_ward_news,
};
static_assert(sizeof takers / sizeof *takers == static_cast<unsigned>(EventType::count_));

// An unknown type is dropped: nobody of ours sends one.
inline void take(Torus& torus, Link& link, Event const& event)
{
    if (event.type == static_cast<unsigned>(EventType::Reply)) [[likely]] // these are most
        return take_reply(torus, link, event);
    if (event.type == static_cast<unsigned>(EventType::FileCall))
        return take_file_call(torus, link, event);
    if (event.type < static_cast<unsigned>(EventType::count_) && takers[event.type] != nullptr)
        takers[event.type](torus, link, event);
}

// True: there may be more.
inline bool take_batch(Torus& torus, Link& link)
{
    TorusStrand& in = *link.in;
    unsigned taken = 0;
    bool more = false;
    while (Event const* const event = in.front()) {
        bool const pays = event->type == static_cast<std::uint32_t>(EventType::Reply);
        take(torus, link, *event);
        in.pop();
        if (pays) // not before its place is free: the next answer may need it
            link.credits.give_back();
        ++taken;
        more = taken == batch || arch::interrupt_pending(); // an event may have been a visit
        if (more)
            break;
    }
    link.events_in += taken;
    if (in.producer_starves()) [[unlikely]]
        tell(torus, link);
    return more;
}

// A sender that there is no strand with yet. True: there is one now.
[[gnu::noinline]] bool look_at_stranger(Torus& torus, unsigned sender)
{
    Link* link = torus.links->links[sender];
    if (link == nullptr || link->state == Link::State::Refused) { // a knock
        (void)link_to(torus, sender);
        link = torus.links->links[sender];
        if (link == nullptr)
            return false; // no memory for the record: its next knock may find us with some
        if (torus.number < sender)
            tell(torus, *link);
    }
    if (link->state == Link::State::Knocking)
        look_at_door(torus, *link);
    if (link->state == Link::State::Refused)
        return what_waits_fails(*link), false;
    return link->state == Link::State::Open;
}

// News of one sender. True: there may be more.
[[gnu::always_inline]] inline bool take_from(Torus& torus, TorusLinks& links, unsigned sender)
{
    Link* link = links.links[sender];
    if (link == nullptr || link->state != Link::State::Open) [[unlikely]] {
        if (links.ports->ports[sender] == nullptr || !look_at_stranger(torus, sender))
            return false;
        link = links.links[sender];
    }
    bool const more = take_batch(torus, *link);
    send_what_waits(torus, *link);
    return more;
}

// All senders of a word that have news. True: there may be more.
[[gnu::always_inline]] inline bool take_word(Torus& torus, TorusLinks& links, unsigned n, std::uint64_t word)
{
    bool more = false;
    for (std::uint64_t news = links.seen.news(n, word); news != 0;) {
        auto const byte = static_cast<unsigned>(std::countr_zero(news)) / 8;
        news &= ~(0xffull << byte * 8);
        if (take_from(torus, links, n * 8 + byte))
            more = true; // stays news
        else
            links.seen.take(n, byte, word);
    }
    return more;
}

using Mail = Mailbox<torus_limit>;

// The first word with news from `n` on; mail_words: there is none.
[[gnu::always_inline]] inline unsigned word_with_news(
    TorusLinks const& links, Mail const& mailbox, unsigned n, std::uint64_t& word)
{
    for (unsigned const end = links.mail_words; n < end; ++n) {
        word = mailbox.word(n);
        if (!links.seen.up_to_date(n, word))
            return n;
    }
    return torus_limit;
}

[[gnu::always_inline]] inline bool mail_has_come(TorusLinks const& links, Mail const& mailbox)
{
    std::uint64_t word;
    return word_with_news(links, mailbox, 0, word) != torus_limit;
}

// All senders. True: there may be more.
[[gnu::noinline]] bool take_mail(Torus& torus, TorusLinks& links, Mail const& mailbox)
{
    bool more = false;
    std::uint64_t word;
    for (unsigned n = 0; (n = word_with_news(links, mailbox, n, word)) != torus_limit; ++n)
        more |= take_word(torus, links, n, word);
    return more;
}

} // namespace

void links_open(TorusLinks& links, unsigned torus, Introduction const& introduction)
{
    links.ports = introduction.ports;
    links.port = introduction.ports->ports[torus];
    links.tori = introduction.tori;
    links.previous = introduction.previous;
    links.next = introduction.next;
    links.limb_rule = introduction.limb_rule;
    links.tight = introduction.tight;
    links.placement = introduction.placement;
    links.placed_on = introduction.placed_on;
    unsigned last = 0;
    for (unsigned i = 0; i < torus_limit; ++i)
        last = introduction.ports->ports[i] != nullptr ? i : last;
    links.mail_words = last / 8 + 1;
}

Result<Link*> link_to(Torus& torus, unsigned other)
{
    TorusLinks* const links = torus.links;
    if (links == nullptr || other >= torus_limit || links->ports->ports[other] == nullptr
        || other == torus.number)
        return unexpected{Status::NoSuchDevice};
    Link*& link = links->links[other];
    if (link != nullptr && link->state != Link::State::Refused) [[likely]]
        return link;
    if (link == nullptr) {
        link = links->records.create();
        if (link == nullptr)
            return unexpected{Status::NoMemory};
        link->torus = other;
        link->box = &links->ports->ports[other]->mailbox;
        if (links->tight) [[unlikely]] {
            link->withheld = TorusStrand::ordinary - tight_places;
            link->credits = Credits{1};
        }
    }
    open(torus, *link);
    if (link->state == Link::State::Refused)
        return unexpected{Status::NoMemory};
    return link;
}

bool may_send(Link& link, unsigned events, Want want)
{
    if (link.state != Link::State::Open || !link.outbox.empty())
        return false;
    if (want == Want::Call && link.credits.left() == 0)
        return false;
    return is_room(link, events);
}

void send_one(Torus& torus, Link& link, Event const& event)
{
    put(link, event);
    tell(torus, link);
}

void send_two(Torus& torus, Link& link, Event const& first, Event const& second)
{
    put(link, first);
    put(link, second);
    tell(torus, link);
}

void send_placed(Torus& torus, Link& link)
{
    link.out->publish();
    ++link.events_out;
    tell(torus, link);
}

void send_reply(Torus& torus, Link& link, Event const& event)
{
    copy(link.out->answer_place(), event);
    send_placed(torus, link);
}

void send_from(Torus& torus, Link& link, OutItem& item)
{
    if (item.waits())
        return; // it is sent as the record is then
    bool const may_go_now = link.state == Link::State::Open && !link.making;
    if (may_go_now && link.outbox.empty() && !is_call(item) && link.out->has_room()) [[likely]] {
        put_event_of(torus, link, item);
        tell(torus, link);
        if (!link.outbox.empty()) [[unlikely]] // what its maker has said
            send_some(torus, link);
        return;
    }
    link.outbox.push_back(item);
    if (may_go_now)
        send_what_waits(torus, link);
}

void take_events(Torus& torus)
{
    torus.bell = false;
    if (torus.machine != nullptr && torus.pages != nullptr && log_lines_wait(*torus.pages)) [[unlikely]]
        take_log_lines(torus);
    if (torus.rounds.asleep) [[unlikely]] // a neighbour has work, or something is about to begin
        wake_rounds(torus);
    if (torus.links == nullptr) [[unlikely]] // rung by others, but without the memory to listen
        return;
    TorusLinks& links = *torus.links;
    Mail& mailbox = links.port->mailbox;
    mailbox.disarm();
    bool more = take_mail(torus, links, mailbox);
    if (!more) [[likely]] {
        mailbox.arm();
        more = mail_has_come(links, mailbox);
    }
    torus.bell |= more;
}

// Who posts meanwhile rings no bell, is heard sooner, and for less.
bool watch_mail(Torus& torus)
{
    TorusLinks& links = *torus.links;
    Mail& mailbox = links.port->mailbox;
    bool taken = false, more = false;
    mailbox.disarm();
    for (unsigned look = 0; look < looks && !arch::interrupt_pending();) {
        std::uint64_t word;
        unsigned const n = word_with_news(links, mailbox, 0, word);
        if (n == torus_limit) {
            arch::wait_for_store(mailbox.place(0), links.seen.of(0));
            ++look;
            continue;
        }
        charge_idle(torus);
        if (torus.rounds.asleep) [[unlikely]]
            wake_rounds(torus);
        taken = true;
        more = take_word(torus, links, n, word);
        if (more || torus.run_queue.runnable() != 0)
            break;
        look = 0;
    }
    mailbox.arm();
    torus.bell = more || mail_has_come(links, mailbox);
    return taken || torus.bell;
}

} // namespace torc
