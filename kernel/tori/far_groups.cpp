// SPDX-License-Identifier: MIT
#include "kernel/tori/far_groups.hpp"
#include "kernel/planes.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/request_head.hpp"
#include "kernel/torus.hpp"
#include <bit>

namespace torc {
namespace {

using State = GroupQuestion::State;

void send_question(Torus& torus, Link& link, GroupQuestion& question, std::int32_t group)
{
    Event call{}, rest{};
    question.state = State::Asked;
    question.group = group;
    question.sequence = torus.far->next_sequence++;
    call.type = static_cast<std::uint32_t>(EventType::Call);
    call.sequence = question.sequence;
    call.source = plane_prefix(PlaneNumber::Group);
    call.arguments = {request_head(FarRequest::FindGroup), static_cast<std::uint32_t>(group), 0, 0, 0};
    rest.type = static_cast<std::uint32_t>(EventType::CallRest);
    (void)link.credits.take();
    ++torus.far->calls_out;
    send_two(torus, link, call, rest);
}

} // namespace

Outcome find_far_group(Thread& asker, std::int32_t group, std::int32_t& session)
{
    Torus& torus = this_torus();
    session = 0;
    if (torus.far == nullptr || birth_torus(group) == torus.number)
        return 0;
    GroupQuestion& question = torus.far->group_question;
    if (question.state == State::Answered && question.asker == &asker && question.group == group) {
        question.state = State::None;
        session = question.session;
        return 0;
    }
    if (question.state != State::Asked) { // an answer that nobody has come for is forgotten
        Result<Link*> const link = link_to(torus, birth_torus(group));
        if (!link)
            return link.error() == Status::NoMemory ? Outcome{Status::NoMemory} : Outcome{0};
        if (!may_send(**link, 2, Want::Call))
            return block(asker, (*link)->callers, OnSignal::RestartAlways);
        send_question(torus, **link, question, group);
        question.asker = &asker;
    }
    return block(asker, question.askers, OnSignal::RestartAlways);
}

void group_answered(Torus& torus, Event const& event)
{
    GroupQuestion& question = torus.far->group_question;
    if (event.target != plane_prefix(PlaneNumber::Group) || question.state != State::Asked
        || question.sequence != event.sequence)
        return;
    bool const answered
        = std::bit_cast<AnswerHead>(event.arguments[1]).kind == AnswerKind::Done; // else takes no programs
    question.state = question.askers.empty() ? State::None : State::Answered;
    question.session = answered ? static_cast<std::int32_t>(event.arguments[0]) : 0;
    question.askers.wake_all();
}

std::int32_t session_of_group(std::int32_t group)
{
    ProcessGroup const* const found = group_find(group);
    return found != nullptr && group_has_members(*found) ? found->session->id : 0;
}

} // namespace torc
