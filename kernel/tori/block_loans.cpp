// SPDX-License-Identifier: MIT
#include "kernel/tori/block_loans.hpp"
#include "arch/clock.hpp"
#include "kernel/memory/frame_pool.hpp"
#include "kernel/tori/braid_record.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <utility>

namespace torc {
namespace {

constexpr unsigned most_asked = 32; // in one search
constexpr std::uint64_t searches_per_second = 100; // that end with nothing
constexpr unsigned given_back_at_once = 2; // a table is unmapped for each

struct BlocksEvent { // as it travels: lent blocks first, then returned ones
    std::uint32_t wanted;
    std::uint8_t answers, lent, returned, nothing;
    std::uint32_t blocks[8];
};
static_assert(BlockTraffic::lent_limit + BlockTraffic::returned_limit <= 8);

BlockLoans* loans_of(Torus const& torus)
{
    return torus.far != nullptr ? torus.far->blocks : nullptr;
}

std::uint32_t number_of(Paddr block)
{
    return static_cast<std::uint32_t>(block.raw() / block_size);
}

Paddr block_numbered(std::uint32_t number)
{
    return Paddr{number * block_size};
}

// ---- whom to ask ----------------------------------------------------------------------------------------

unsigned neighbours_of(Torus const& torus)
{
    return torus.rounds.braid != nullptr ? torus.rounds.braid->braid.neighbourhood().neighbours : 0;
}

// The neighbour that shows most, if it shows a block.
unsigned richest_neighbour(Torus const& torus, BlockLoans const& loans)
{
    unsigned best = torus_limit;
    std::uint32_t most = FramePool::frames_per_block - 1;
    for (unsigned slot = 0; slot < neighbours_of(torus); ++slot) {
        BraidRecord const& record = *torus.rounds.braid;
        Glimpse glimpse;
        if (loans.asked.has(record.torus[slot])
            || !record.published[slot]->read(glimpse, record.braid.neighbourhood().slot_there[slot])
            || glimpse.constraints.policy != TorusPolicy::open || glimpse.constraints.frames_spare <= most)
            continue;
        most = glimpse.constraints.frames_spare;
        best = record.torus[slot];
    }
    return best;
}

// By their numbers, from the next one round: who takes programs has memory.
unsigned next_in_ring(Torus const& torus, BlockLoans const& loans)
{
    for (unsigned step = 1; step < torus.tori; ++step) {
        unsigned const other = (torus.number + step) % torus.tori;
        if (!loans.asked.has(other) && torus.pages->arrangement.position_of[other] != Arrangement::nowhere)
            return other;
    }
    return torus_limit;
}

unsigned next_lender(Torus const& torus, BlockLoans const& loans)
{
    unsigned const neighbour = richest_neighbour(torus, loans);
    return neighbour != torus_limit ? neighbour : next_in_ring(torus, loans);
}

// ---- a search -------------------------------------------------------------------------------------------

void end_search(BlockLoans& loans, bool found)
{
    loans.searching = false;
    if (!found) {
        ++loans.refusals;
        loans.refused_until = arch::now_ticks() + arch::ticks_per_second() / searches_per_second;
    }
    loans.waiting.wake_all();
}

void ask_next(Torus& torus, BlockLoans& loans)
{
    while (loans.asked_count < most_asked) {
        unsigned const other = next_lender(torus, loans);
        if (other == torus_limit)
            break;
        loans.asked.add(other);
        ++loans.asked_count;
        Result<Link*> const link = link_to(torus, other);
        if (!link)
            continue;
        loans.asked_last = other;
        (*link)->blocks.wanted = BlockTraffic::lent_limit;
        return send_from(torus, **link, (*link)->blocks.out);
    }
    end_search(loans, false);
}

bool may_search(BlockLoans const& loans)
{
    return !loans.searching && arch::now_ticks() >= loans.refused_until;
}

void start_search(Torus& torus, BlockLoans& loans)
{
    loans.searching = true;
    ++loans.searches;
    loans.asked = {};
    loans.asked_count = 0;
    ask_next(torus, loans);
}

// While there are frames for their strands; one a round.
void link_a_neighbour(Torus& torus)
{
    for (unsigned slot = 0; slot < neighbours_of(torus); ++slot) {
        unsigned const other = torus.rounds.braid->torus[slot];
        if (torus.links->links[other] == nullptr)
            return (void)link_to(torus, other);
    }
}

// ---- what comes -----------------------------------------------------------------------------------------

void go_home(BlockTraffic& traffic, Paddr block)
{
    traffic.returned[traffic.returned_count++] = number_of(block);
}

// Beside what a search that ends now may send back.
bool has_room(BlockTraffic const& traffic)
{
    return traffic.returned_count < BlockTraffic::returned_limit - BlockTraffic::lent_limit;
}

// Its own blocks go back first; so nobody is asked for memory by whom it has borrowed from.
void answer(Torus& torus, Link& link, unsigned wanted)
{
    BlockTraffic& traffic = link.blocks;
    FramePool& frames = torus.frames;
    unsigned found = 0;
    for (; found < wanted && found < given_back_at_once && has_room(traffic); ++found) {
        Result<Paddr> const block = frames.leave_borrowed(link.torus);
        if (!block)
            break;
        go_home(traffic, *block);
    }
    for (; found < wanted && traffic.lent_count < BlockTraffic::lent_limit; ++found) {
        Result<Paddr> const block = frames.lend_block(link.torus);
        if (!block)
            break;
        traffic.lent[traffic.lent_count++] = number_of(*block);
    }
    traffic.answers = true;
    send_from(torus, link, traffic.out);
}

// False: there is no frame for its table, and it goes back.
bool enter(Torus& torus, Link& link, Paddr block)
{
    if (torus.frames.enter_borrowed(block, link.torus))
        return true;
    go_home(link.blocks, block);
    send_from(torus, link, link.blocks.out);
    return false;
}

} // namespace

bool await_frames()
{
    Torus& torus = this_torus();
    BlockLoans* const loans = loans_of(torus);
    if (loans == nullptr || !torus.frames.runs_low())
        return false;
    if (may_search(*loans))
        start_search(torus, *loans);
    if (!loans->searching)
        return false;
    wait_next_for(loans->waiting);
    return true;
}

Status frames_or(Status failure)
{
    return failure == Status::NoMemory && await_frames() ? Status::NotYet : failure;
}

bool frames_are_awaited(Torus const& torus)
{
    BlockLoans const* const loans = loans_of(torus);
    return loans != nullptr && waits_next_for(loans->waiting);
}

void look_after_blocks(Torus& torus)
{
    if (torus.frames.has_surplus())
        return (void)give_blocks_back(torus);
    BlockLoans* const loans = loans_of(torus);
    if (!torus.frames.runs_low() || loans == nullptr) [[likely]]
        return;
    link_a_neighbour(torus);
    if (may_search(*loans))
        start_search(torus, *loans);
}

bool give_blocks_back(Torus& torus)
{
    Result<unsigned> const lender = torus.frames.lender_of_surplus();
    if (!lender)
        return false;
    Link& link = *torus.links->links[*lender]; // it has come that way
    BlockTraffic& traffic = link.blocks;
    if (traffic.out.waits()) // for room: then it is their turn again
        return false;
    for (unsigned i = 0; i < given_back_at_once && torus.frames.has_surplus(); ++i) {
        Result<Paddr> const block = torus.frames.leave_borrowed(*lender);
        if (!block)
            break;
        go_home(traffic, *block);
    }
    send_from(torus, link, traffic.out);
    return true;
}

void make_blocks_event(Torus&, OutItem& item, Event& event)
{
    BlockTraffic& traffic = owner_of<&BlockTraffic::out>(item);
    BlocksEvent said{};
    said.wanted = std::exchange(traffic.wanted, std::uint8_t{0});
    said.answers = std::exchange(traffic.answers, false);
    said.lent = std::exchange(traffic.lent_count, std::uint8_t{0});
    said.returned = std::exchange(traffic.returned_count, std::uint8_t{0});
    for (unsigned i = 0; i < said.lent; ++i)
        said.blocks[i] = traffic.lent[i];
    for (unsigned i = 0; i < said.returned; ++i)
        said.blocks[said.lent + i] = traffic.returned[i];
    event.type = static_cast<std::uint32_t>(EventType::Blocks);
    set_payload(event, said);
}

void take_blocks(Torus& torus, Link& link, Event const& event)
{
    auto const said = payload_of<BlocksEvent>(event);
    bool found = false;
    for (unsigned i = 0; i < said.lent; ++i)
        found |= enter(torus, link, block_numbered(said.blocks[i]));
    for (unsigned i = 0; i < said.returned; ++i)
        found |= torus.frames.take_back(block_numbered(said.blocks[said.lent + i]), link.torus);
    BlockLoans* const loans = loans_of(torus);
    if (said.answers && loans != nullptr && loans->searching && loans->asked_last == link.torus)
        found ? end_search(*loans, true) : ask_next(torus, *loans);
    else if (found && loans != nullptr)
        loans->waiting.wake_all(); // who waits looks whether that is enough
    if (said.wanted != 0)
        answer(torus, link, said.wanted);
}

// There have never been strands: nothing but a question can be in it.
void blocks_fail(Link& link, OutItem& item)
{
    Torus& torus = this_torus();
    BlockTraffic& traffic = owner_of<&BlockTraffic::out>(item);
    BlockLoans* const loans = loans_of(torus);
    bool const asked = std::exchange(traffic.wanted, std::uint8_t{0}) != 0;
    if (asked && loans != nullptr && loans->searching && loans->asked_last == link.torus)
        ask_next(torus, *loans);
}

} // namespace torc
