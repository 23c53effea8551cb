// SPDX-License-Identifier: MIT
#include "kernel/tori/watch.hpp"
#include "kernel/files/file_operations.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/poll/epoll_set.hpp"
#include "kernel/poll/poll_table.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <bit>

namespace torc {
namespace {

using namespace poll_event;

// What each of a file's watches is for: input with everything that is always reported, and output. Apart,
// because a file is nearly always ready for output, and who waits for input would never wait. The third is
// answered at the next wake-up, whatever that changes.
constexpr std::uint32_t for_input = in | priority | read_normal | error | hang_up | read_hang_up,
                        for_output = out | write_normal;
constexpr std::uint32_t interests[] = {for_input, for_output, for_input | for_output | epoll_event::edge};
constexpr unsigned levels = 2; // the first two

FarFile& far_part(OpenFile const& file)
{
    return *static_cast<FarFile*>(file.data);
}

void send_watch(FarFile const& far, FarWatch& watch, Thread const* asker)
{
    Torus& torus = this_torus();
    watch.asker = asker;
    watch.state = FarWatch::State::Asked;
    watch.fresh = false;
    watch.sequence = torus.far->next_sequence++;
    send_from(torus, *torus.links->links[far.handle.torus().number], watch.out);
}

// What is known now, for this asker; asks when it is not. Sets `asks`.
std::uint32_t look(OpenFile& file, FarWatch& watch, PollTable const& table, bool& asks)
{
    FarFile& far = far_part(file);
    Thread const* const asker = &table.thread();
    switch (watch.state) {
    case FarWatch::State::Armed:
        if (!table.looks_anew() || (watch.fresh && watch.asker == asker))
            return 0;
        break; // the owner forgets the watch that this one replaces
    case FarWatch::State::Known:
        if (watch.asker == asker)
            return watch.ready;
        break;
    case FarWatch::State::Asked:
        asks = true;
        return 0;
    case FarWatch::State::Idle:
        break;
    }
    asks = true;
    send_watch(far, watch, asker);
    return 0;
}

enum class Edges : std::uint8_t { Watched, Asked, Failed };

// Who waits for an edge looks at levels only once the next one will be heard.
Edges watch_edges(FarFile const& far, FarWatch& watch)
{
    switch (watch.state) {
    case FarWatch::State::Armed:
        return Edges::Watched;
    case FarWatch::State::Known:
        watch.state = FarWatch::State::Idle;
        return Edges::Failed;
    case FarWatch::State::Idle:
        send_watch(far, watch, nullptr);
        break;
    case FarWatch::State::Asked:
        break;
    }
    return Edges::Asked;
}

std::uint32_t look_at_levels(OpenFile& file, PollTable const& table, bool& asks)
{
    FarFile& far = far_part(file);
    std::uint32_t ready = 0;
    for (unsigned i = 0; i < levels; ++i)
        if (i == 0 || (table.wanted() & interests[i]))
            ready |= look(file, far.watches[i], table, asks);
    return ready;
}

// Levels that were told before do not count: what is asked from here on is answered after the edge.
void edge_came(FarFile& far)
{
    ++far.edges;
    for (unsigned i = 0; i < levels; ++i) {
        FarWatch& watch = far.watches[i];
        watch.fresh = false;
        if (watch.state == FarWatch::State::Known)
            watch.state = FarWatch::State::Idle;
    }
}

void take_answer(FarFile& far, FarWatch& watch, AnswerKind kind, std::int64_t outcome)
{
    bool const at_once = watch.state == FarWatch::State::Asked;
    bool const is_edge = &watch == &far.watches[levels];
    if (kind == AnswerKind::Parked) {
        watch.state = FarWatch::State::Armed;
        watch.fresh = true;
    } else {
        watch.state = at_once ? FarWatch::State::Known : FarWatch::State::Idle;
        if (is_edge)
            edge_came(far);
    }
    watch.ready = outcome > 0 ? static_cast<std::uint32_t>(outcome) : std::uint32_t{error};
}

} // namespace

std::uint32_t edges_of(OpenFile const& file)
{
    return far_part(file).edges;
}

std::uint32_t far_poll(OpenFile& file, PollTable* table)
{
    FarFile& far = far_part(file);
    if (far.handle.is_null() || table == nullptr)
        return 0;
    if (table->is_item()) { // who waits in the set asks when it looks
        table->wait_in(far.pollers, ~0u);
        return ~0u;
    }
    Edges const edges
        = table->wanted() & epoll_event::edge ? watch_edges(far, far.watches[levels]) : Edges::Watched;
    if (edges == Edges::Failed)
        return error;
    bool asks = edges == Edges::Asked;
    std::uint32_t const ready = asks ? 0 : look_at_levels(file, *table, asks);
    table->wait_in(far.pollers, ~0u);
    if (asks) {
        table->must_ask();
        return 0;
    }
    for (unsigned i = 0; i < levels; ++i) {
        FarWatch& watch = far.watches[i];
        if (watch.asker != &table->thread())
            continue;
        watch.fresh = false;
        if (watch.state == FarWatch::State::Known)
            watch.state = FarWatch::State::Idle; // said once
    }
    return ready;
}

void make_watch_call(Torus& torus, OutItem& item, Event& call, Event& rest)
{
    FarWatch& watch = owner_of<&FarWatch::out>(item);
    FarFile& far = *watch.of;
    CallHead head{};
    head.number = static_cast<std::uint16_t>(FarRequest::Watch);
    call.type = static_cast<std::uint32_t>(EventType::Call);
    call.sequence = watch.sequence;
    call.source = torus.files->open_files.handle_of(far.file);
    call.target = far.handle;
    call.arguments = {std::bit_cast<std::uint64_t>(head), interests[&watch - far.watches], 0, 0, 0};
    rest.type = static_cast<std::uint32_t>(EventType::CallRest);
}

void watch_answered(Torus& torus, Event const& event)
{
    OpenFile* const file = torus.files->open_files.find(event.target);
    if (file == nullptr || file->kind != FileKind::Far)
        return; // closed meanwhile
    auto const head = std::bit_cast<AnswerHead>(event.arguments[1]);
    auto const outcome = static_cast<std::int64_t>(event.arguments[0]);
    FarFile& far = far_part(*file);
    for (FarWatch& watch : far.watches)
        if (watch.sequence == event.sequence)
            take_answer(far, watch, head.kind, outcome);
    far.pollers.wake_all();
}

// The caller asks anew: what it asked before is answered by nobody.
static void replace_watch(Visitor const& newer)
{
    for (Visitor& visitor : this_torus().far->watchers.visitors) {
        bool const same = visitor.caller == newer.caller && visitor.head.number == newer.head.number
            && visitor.thread.frame.x[0] == newer.thread.frame.x[0];
        if (!same || &visitor == &newer || !visitor.parked)
            continue;
        visitor.cancelled = true;
        wake(visitor.thread);
    }
}

Outcome watch_visit(Visitor& visitor, Arguments const& arguments)
{
    if (!visitor.parked)
        replace_watch(visitor);
    Thread& thread = visitor.thread;
    free_waiters(reinterpret_cast<Waiter*>(thread.restart.object)); // SAFETY: this function put it there
    thread.restart.object = 0;
    OpenFile* const file = visitor.objects[0];
    if (file == nullptr || visitor.cancelled)
        return Status::BadDescriptor;
    auto const asked = static_cast<std::uint32_t>(arguments[0]);
    if (file->kind == FileKind::PathOnly)
        return invalid;
    if (operations_of(*file).poll == nullptr)
        return (in | out | read_normal | write_normal) & asked
            ? Outcome{(in | out | read_normal | write_normal) & asked}
            : Outcome{Status::BadArgument};
    bool const edge = asked & epoll_event::edge;
    if (edge && visitor.parked)
        return Outcome{in}; // it has happened
    PollTable table{thread, nullptr};
    table.want(asked & ~epoll_event::own);
    std::uint32_t const found = operations_of(*file).poll(*file, &table) & asked;
    std::uint32_t const ready = edge ? 0 : found;
    if (ready != 0 || table.failed()) {
        free_waiters(table.first());
        return ready != 0 ? Outcome{ready} : Outcome{Status::NoMemory};
    }
    thread.restart.object = reinterpret_cast<std::uint64_t>(table.first()); // SAFETY: see above
    return block_on(thread, table.first(), no_deadline, OnSignal::Restart);
}

void end_watches(Torus& torus, Handle caller)
{
    for (Visitor& visitor : torus.far->watchers.visitors) {
        if (visitor.caller != caller)
            continue;
        visitor.cancelled = true;
        wake(visitor.thread);
    }
}

} // namespace torc
