// SPDX-License-Identifier: MIT
#include "kernel/tori/far_numbers.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/objects.hpp"
#include "kernel/planes.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/request_head.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <bit>

namespace torc {
namespace {

using State = FarNumber::State;

FarNumbers& records()
{
    return *this_torus().far->numbers;
}

List<FarNumber, &FarNumber::in_list>& numbers_like(FarNumbers& all, std::int32_t number)
{
    return all.by_number[static_cast<std::uint32_t>(number) % FarNumbers::buckets];
}

// In use here, or lent by this torus.
FarNumber* find(std::int32_t number)
{
    for (FarNumber& record : numbers_like(records(), number))
        if (record.number == number)
            return &record;
    return nullptr;
}

FarNumber* asked_by(Thread const& asker)
{
    for (FarNumber& record : records().asked)
        if (record.asker == &asker)
            return &record;
    return nullptr;
}

void leave_asked(FarNumber& record)
{
    auto& asked = records().asked;
    asked.erase(asked.iterator_to(record));
}

void forget(FarNumber& record)
{
    leave_asked(record);
    records().pool.destroy(&record);
}

// It is in no list any more. What is said to its torus afterwards goes behind it.
void send_back(FarNumber& record)
{
    Torus& torus = this_torus();
    record.state = State::Returned;
    send_from(torus, *torus.links->links[record.torus], record.out);
}

// ---- asking -----------------------------------------------------------------------------------------------

void send_request(Torus& torus, Link& link, FarNumber& record)
{
    Event call{}, rest{};
    record.sequence = torus.far->next_sequence++;
    call.type = static_cast<std::uint32_t>(EventType::Call);
    call.sequence = record.sequence;
    call.source = plane_prefix(PlaneNumber::Number);
    call.arguments = {request_head(FarRequest::Number), static_cast<std::uint32_t>(record.number), 0, 0, 0};
    rest.type = static_cast<std::uint32_t>(EventType::CallRest);
    (void)link.credits.take();
    ++torus.far->calls_out;
    send_two(torus, link, call, rest);
}

Outcome ask(Thread& asker, std::int32_t number, Status& failed)
{
    Torus& torus = this_torus();
    Result<Link*> const link = link_to(torus, birth_torus(number));
    if (!link)
        failed = link.error() == Status::NoMemory ? Status::NoMemory : Status::BadArgument;
    else if (!may_send(**link, 2, Want::Call))
        return block(asker, (*link)->callers, OnSignal::KillOnly);
    FarNumber* const record = link ? records().pool.create() : nullptr;
    if (record == nullptr) {
        failed = failed == Status{} ? Status::NoMemory : failed;
        return 0;
    }
    record->state = State::Asked;
    record->number = number;
    record->torus = (*link)->torus;
    record->asker = &asker;
    records().asked.push_back(*record);
    send_request(torus, **link, *record);
    return sleep_until(asker, no_deadline, OnSignal::KillOnly);
}

} // namespace

Outcome reserve_number(Thread& asker, std::int32_t number, Status& failed)
{
    FarNumber* known = asked_by(asker);
    if (known != nullptr && known->number != number) { // the caller's memory says something else by now
        drop_reserved_number(asker);
        known = nullptr;
    }
    if (known == nullptr)
        return ask(asker, number, failed);
    if (known->state == State::Asked)
        return sleep_until(asker, no_deadline, OnSignal::KillOnly);
    if (known->state == State::Refused) {
        failed = known->refusal;
        forget(*known);
    }
    return 0;
}

void number_answered(Torus& torus, Event const& event)
{
    if (event.target.plane().number != static_cast<std::uint16_t>(PlaneNumber::Number))
        return;
    for (FarNumber& record : torus.far->numbers->asked) {
        if (record.state != State::Asked || record.sequence != event.sequence)
            continue;
        bool const answered = std::bit_cast<AnswerHead>(event.arguments[1]).kind
            == AnswerKind::Done; // else takes no programs
        auto const outcome = static_cast<std::int64_t>(event.arguments[0]);
        record.state = answered && outcome >= 0 ? State::Reserved : State::Refused;
        record.refusal = answered && outcome < 0 ? linux_abi::status_of(static_cast<int>(-outcome))
                                                 : Status::BadArgument;
        if (record.asker != nullptr)
            return wake(*record.asker);
        if (record.state == State::Refused)
            return forget(record);
        leave_asked(record);
        return send_back(record);
    }
}

void drop_reserved_number(Thread const& asker)
{
    if (this_torus().far == nullptr || records().asked.empty()) [[likely]]
        return;
    FarNumber* const record = asked_by(asker);
    if (record == nullptr)
        return;
    record->asker = nullptr;
    if (record->state == State::Refused)
        return forget(*record);
    if (record->state == State::Asked)
        return; // sent back as it comes
    leave_asked(*record);
    send_back(*record);
}

// ---- keeping ----------------------------------------------------------------------------------------------

void use_reserved_number(Thread const& asker)
{
    FarNumbers& all = records();
    FarNumber& record = *asked_by(asker);
    leave_asked(record);
    record.state = State::Used;
    record.asker = nullptr;
    numbers_like(all, record.number).push_back(record);
    ++all.used;
}

PidDirectory::Entry* find_far_number(std::int32_t number)
{
    Torus const& torus = this_torus();
    if (number <= 0 || torus.far == nullptr || torus.far->numbers->used == 0)
        return nullptr;
    FarNumber* const record = find(number);
    return record != nullptr && record->state == State::Used ? &record->entry : nullptr;
}

void return_far_number(std::int32_t number)
{
    FarNumbers& all = records();
    FarNumber& record = *find(number);
    auto& like = numbers_like(all, number);
    like.erase(like.iterator_to(record));
    --all.used;
    send_back(record);
}

Process* next_with_far_number(std::int32_t pid)
{
    Torus const& torus = this_torus();
    if (torus.far == nullptr || torus.far->numbers->used == 0) [[likely]]
        return nullptr;
    Process* next = nullptr;
    for (auto const& like : torus.far->numbers->by_number)
        for (FarNumber const& record : like)
            if (Process* const process = record.entry.process)
                if (record.number > pid && (next == nullptr || record.number < next->pid))
                    next = process;
    return next;
}

void make_number_event(Torus& torus, OutItem& item, Event& event)
{
    FarNumber& record = owner_of<&FarNumber::out>(item);
    event.type = static_cast<std::uint32_t>(EventType::Number);
    event.arguments[0] = static_cast<std::uint32_t>(record.number);
    torus.far->numbers->pool.destroy(&record);
}

// ---- lending ----------------------------------------------------------------------------------------------

Outcome lend_number(unsigned keeper, std::int32_t number)
{
    FarNumbers& all = records();
    PidDirectory& pids = this_torus().processes->pids;
    if (Result<std::int32_t> const taken = pids.take(number); !taken)
        return taken.error();
    FarNumber* const record = all.pool.create();
    if (record == nullptr) {
        pids.give_back(number);
        return Status::NoMemory;
    }
    record->number = number;
    record->torus = keeper;
    numbers_like(all, number).push_back(*record);
    ++all.lent;
    return 0;
}

std::optional<unsigned> keeper_of_lent(std::int32_t number)
{
    Torus const& torus = this_torus();
    if (torus.far == nullptr || torus.far->numbers->lent == 0) [[likely]]
        return std::nullopt;
    FarNumber const* const record = find(number);
    if (record == nullptr || record->state != State::Lent)
        return std::nullopt;
    return record->torus;
}

void take_number(Torus& torus, Link& link, Event const& event)
{
    auto const number = static_cast<std::int32_t>(event.arguments[0]);
    if (keeper_of_lent(number) != link.torus)
        return;
    FarNumbers& all = *torus.far->numbers;
    FarNumber& record = *find(number);
    auto& like = numbers_like(all, number);
    like.erase(like.iterator_to(record));
    all.pool.destroy(&record);
    --all.lent;
    torus.processes->pids.give_back(number);
}

Result<FarNumbers*> open_far_numbers()
{
    FarNumbers* const numbers = create_for_ever<FarNumbers>();
    if (numbers == nullptr)
        return unexpected{Status::NoMemory};
    constexpr std::uint32_t limit = 8192;
    open_pool(numbers->pool, limit);
    add_pool_row("far-number", numbers->pool);
    return numbers;
}

} // namespace torc
