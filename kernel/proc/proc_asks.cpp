// SPDX-License-Identifier: MIT
#include "kernel/proc/proc_asks.hpp"
#include "kernel/memory/frame_pool.hpp"
#include "kernel/planes.hpp"
#include "kernel/process/exec.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/loan_records.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/tori/request_head.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <bit>

namespace torc {
namespace {

constexpr std::uint32_t ask_limit = 4096;
constexpr unsigned redirection_limit = 4; // birth torus and home, twice

ProcAsks& records()
{
    return *this_torus().far->asks;
}

AskPage& page_of(ProcAsk const& ask)
{
    return *static_cast<AskPage*>(FramePool::pointer(ask.page));
}

Status not_yet(WaitQueue& queue)
{
    this_torus().far->loans->awaited = &queue;
    return Status::NotYet;
}

void destroy(ProcAsk& ask)
{
    ProcAsks& all = records();
    ask.waiting.dissolve();
    this_torus().frames.release(ask.page);
    all.list.erase(all.list.iterator_to(ask));
    all.pool.destroy(&ask);
}

bool is_text(AskKind kind) // of records, which are asked for from one of them on
{
    return kind == AskKind::Text || kind == AskKind::Description;
}

bool asks_for(AskPage const& page, Question const& question)
{
    return page.kind == question.kind && page.node == question.node && page.number == question.number
        && page.object == question.object && (!is_text(page.kind) || page.from == question.from);
}

// The question's fields stay as they are when the answer comes.
ProcAsk* find(Thread const& thread, Question const& question)
{
    for (ProcAsk& ask : records().list)
        if (ask.thread == &thread && asks_for(page_of(ask), question))
            return &ask;
    return nullptr;
}

ProcAsk* find(AskPage const& page)
{
    for (ProcAsk& ask : records().list)
        if (&page_of(ask) == &page)
            return &ask;
    return nullptr;
}

void write_question(AskPage& page, Process const& reader, Question const& question)
{
    page.kind = question.kind;
    page.reader = reader.pid;
    page.number = question.number;
    page.node = question.node;
    page.from = question.from;
    page.object = question.object;
    page.credentials = reader.credentials;
    page.file_limit = reader.limits[Resource::FileSize].soft;
    page.length = static_cast<std::uint32_t>(question.text.copy(page.text, sizeof page.text));
}

Result<ProcAsk*> make(Thread const& thread, unsigned torus, Question const& question)
{
    ProcAsks& all = records();
    Paddr const page = TRY(this_torus().frames.take_cleared(FrameKind::Special));
    ProcAsk* const ask = all.pool.create();
    if (ask == nullptr) {
        this_torus().frames.release(page);
        return unexpected{Status::NoMemory};
    }
    ask->thread = &thread;
    ask->torus = torus;
    ask->page = page;
    all.list.push_back(*ask);
    write_question(page_of(*ask), *thread.process, question);
    return ask;
}

// What a call asks first tells that its answers are to be dropped in the end; of an earlier call's there are
// none any more.
void begin(Thread& thread)
{
    if (thread.restart.kind != CallKind::None)
        return;
    end_asks(thread);
    thread.restart.kind = CallKind::Asks;
}

void put_into(Torus& torus, Link& link, ProcAsk& ask)
{
    Event call{}, rest{};
    ask.sequence = torus.far->next_sequence++;
    call.type = static_cast<std::uint32_t>(EventType::Call);
    call.sequence = ask.sequence;
    call.source = plane_prefix(PlaneNumber::Ask);
    call.arguments = {request_head(FarRequest::Ask), ask.page.raw(), 0, 0, 0};
    rest.type = static_cast<std::uint32_t>(EventType::CallRest);
    (void)link.credits.take();
    ++torus.far->calls_out;
    ask.state = ProcAsk::State::Sent;
    send_two(torus, link, call, rest);
}

Status send(ProcAsk& ask)
{
    Torus& torus = this_torus();
    if (ask.torus == torus.number || !is_processor(torus, ask.torus))
        return Status::NoProcess;
    Result<Link*> const link = link_to(torus, ask.torus);
    if (!link)
        return link.error();
    if (!may_send(**link, 2, Want::Call))
        return not_yet((*link)->callers);
    put_into(torus, **link, ask);
    return not_yet(ask.waiting);
}

// NotYet, or how it has come out.
Status state_of(ProcAsk& ask)
{
    switch (ask.state) {
    case ProcAsk::State::New:
        return send(ask);
    case ProcAsk::State::Sent:
        return not_yet(ask.waiting);
    case ProcAsk::State::Answered:
        break;
    }
    return ask.failure;
}

// Another torus knows: the thread asks there when it runs again.
bool redirect(ProcAsk& ask)
{
    AskPage& page = page_of(ask);
    if (page.elsewhere == 0)
        return false;
    ask.torus = page.elsewhere - 1;
    page.elsewhere = 0;
    if (++ask.redirected > redirection_limit)
        return false;
    ask.state = ProcAsk::State::New;
    return true;
}

Status failure_of(Event const& event)
{
    auto const outcome = static_cast<std::int64_t>(event.arguments[0]);
    if (std::bit_cast<AnswerHead>(event.arguments[1]).kind != AnswerKind::Done)
        return Status::NoMemory;
    return outcome < 0 ? linux_abi::status_of(static_cast<int>(-outcome)) : Status{};
}

} // namespace

Result<AskPage*> ask(Thread& thread, unsigned torus, Question const& question)
{
    begin(thread);
    ProcAsk* known = find(thread, question);
    if (known == nullptr)
        known = TRY(make(thread, torus, question));
    thread.asked = true;
    Status const status = state_of(*known);
    if (status != Status{})
        return unexpected{status};
    return &page_of(*known);
}

Result<AskPage*> page_of_processes(Thread& thread, std::uint32_t room_each)
{
    begin(thread);
    Question const question{.kind = AskKind::Processes, .number = room_each};
    ProcAsk* known = find(thread, question);
    if (known == nullptr) {
        known = TRY(make(thread, this_torus().number, question));
        known->state = ProcAsk::State::Answered; // nobody has been asked yet
    }
    thread.asked = true;
    Status const status = state_of(*known);
    if (status != Status{})
        return unexpected{status};
    return &page_of(*known);
}

Status ask_for_part(AskPage& page, unsigned torus, std::uint64_t from)
{
    ProcAsk& known = *find(page);
    known.torus = torus;
    known.state = ProcAsk::State::New;
    page.from = from;
    return send(known);
}

void forget(AskPage const& page)
{
    destroy(*find(page));
}

AskPage* find_facts(Thread const& thread, std::uint64_t node)
{
    for (ProcAsk const& ask : records().list) {
        bool const described = ask.thread == &thread && ask.state == ProcAsk::State::Answered
            && ask.failure == Status{} && page_of(ask).kind <= AskKind::DescribeThread;
        if (described && page_of(ask).facts.node == node)
            return &page_of(ask);
    }
    return nullptr;
}

void drop_asks(Thread& thread)
{
    thread.asked = false;
    auto& list = records().list;
    for (auto it = list.begin(); it != list.end();) {
        ProcAsk& ask = *it++;
        if (ask.thread != &thread)
            continue;
        if (ask.state == ProcAsk::State::Sent)
            ask.thread = nullptr; // the page is lent
        else
            destroy(ask);
    }
}

void ask_answered(Torus& torus, Event const& event)
{
    for (ProcAsk& ask : torus.far->asks->list) {
        if (ask.sequence != event.sequence || ask.state != ProcAsk::State::Sent)
            continue;
        if (std::bit_cast<AnswerHead>(event.arguments[1]).kind == AnswerKind::Parked)
            return; // it takes a while
        if (ask.thread == nullptr)
            return destroy(ask);
        ask.failure = failure_of(event);
        page_of(ask).raised = event.arguments[3];
        if (ask.failure == Status{} && redirect(ask))
            return (void)ask.waiting.wake();
        if (ask.failure == Status{} && ask.redirected > redirection_limit)
            ask.failure = Status::NoProcess;
        ask.state = ProcAsk::State::Answered;
        return (void)ask.waiting.wake();
    }
}

Result<ProcAsks*> open_asks()
{
    ProcAsks* const asks = create_for_ever<ProcAsks>();
    if (asks == nullptr)
        return unexpected{Status::NoMemory};
    open_pool(asks->pool, ask_limit);
    asks->described.is_guest = asks->reader.is_guest = true;
    asks->described.fs = &asks->described_places;
    return asks;
}

} // namespace torc
