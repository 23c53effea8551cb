// SPDX-License-Identifier: MIT
#include "kernel/tori/far_closing.hpp"
#include "kernel/files/far_file.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/tori/adoption.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_call.hpp"
#include "kernel/tori/far_groups.hpp"
#include "kernel/tori/far_numbers.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/request_head.hpp"
#include "kernel/torus.hpp"
#include <bit>
#include <utility>

namespace torc {
namespace {

// The sequence of the question that is under way; 0: none.
std::uint32_t& asked(Thread& thread)
{
    return thread.restart.small;
}

void ask(Torus& torus, Thread& thread, Link& link)
{
    Event call{}, rest{};
    asked(thread) = call.sequence = torus.far->next_sequence++;
    call.type = static_cast<std::uint32_t>(EventType::Call);
    call.source = torus.processes->threads.handle_of(&thread);
    call.arguments = {request_head(FarRequest::Hear), 0, 0, 0, 0};
    rest.type = static_cast<std::uint32_t>(EventType::CallRest);
    (void)link.credits.take();
    send_two(torus, link, call, rest);
}

void wait(Thread& thread)
{
    (void)sleep_until(thread, no_deadline, OnSignal::Never);
}

bool heard_step(Thread& thread, std::uint64_t& first, std::uint64_t& second)
{
    if (asked(thread) != 0)
        return wait(thread), false;
    std::uint64_t& word = first != 0 ? first : second;
    if (word == 0)
        return true;
    Torus& torus = this_torus();
    Link& link
        = *torus.links->links[(&word == &first ? 0u : 64u) + static_cast<unsigned>(std::countr_zero(word))];
    if (!may_send(link, 2, Want::Call)) {
        (void)block(thread, link.callers, OnSignal::Never);
        return false;
    }
    word &= word - 1;
    ask(torus, thread, link);
    return wait(thread), false;
}

} // namespace

void note_closing(Torus& torus, unsigned owner)
{
    if (torus.current != nullptr)
        torus.current->process->closed_at[owner / 64] |= 1ull << owner % 64;
}

Outcome await_closing(Thread& thread, Outcome outcome)
{
    Process& process = *thread.process;
    RestartRecord& record = thread.restart;
    record.kind = CallKind::Closing;
    record.extra[0] = static_cast<std::uint64_t>(outcome.value());
    record.object = std::exchange(process.closed_at[0], 0);
    record.cursor = std::exchange(process.closed_at[1], 0);
    return closing_resume(thread);
}

Outcome closing_resume(Thread& thread)
{
    RestartRecord& record = thread.restart;
    while (!heard_step(thread, record.object, record.cursor))
        if (thread.state != ThreadState::Runnable)
            return Outcome::blocked();
    return Outcome{static_cast<std::int64_t>(record.extra[0])};
}

bool closing_heard_step(Thread& thread, std::uint64_t (&owners)[2])
{
    return heard_step(thread, owners[0], owners[1]);
}

bool closing_answered(Thread& thread, Event const& event)
{
    RestartRecord& record = thread.restart;
    bool const waits = record.kind == CallKind::Closing || record.kind == CallKind::Exit;
    if (!waits || record.small != event.sequence)
        return false;
    record.small = 0;
    adopter_answered(thread, event);
    wake(thread);
    return true;
}

bool answered_in_passing(Torus& torus, Link& link, Event const& call, std::uint16_t number)
{
    auto const request = static_cast<FarRequest>(number);
    Event answer{};
    std::uint64_t& outcome = answer.arguments[0];
    if (request == FarRequest::Weigh)
        outcome = lend_more(call.target);
    else if (request == FarRequest::Number)
        outcome = static_cast<std::uint64_t>(
            lend_number(link.torus, static_cast<std::int32_t>(call.arguments[1])).value());
    else if (request == FarRequest::FindGroup)
        outcome = static_cast<std::uint32_t>(session_of_group(static_cast<std::int32_t>(call.arguments[1])));
    else if (request == FarRequest::FindAdopter)
        answer_adoption(torus, link, call, answer);
    else if (request != FarRequest::Hear)
        return false;
    answer.type = static_cast<std::uint32_t>(EventType::Reply);
    answer.sequence = call.sequence;
    answer.target = call.source;
    send_reply(torus, link, answer);
    return true;
}

} // namespace torc
