// SPDX-License-Identifier: MIT
#include "kernel/futex/far_word.hpp"
#include "arch/memory.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

constexpr std::uint32_t any_bit = ~0u;

Link* link_of(FutexWord const& word)
{
    Result<Link*> const link = link_to(this_torus(), word.torus);
    return link ? *link : nullptr;
}

} // namespace

bool is_elsewhere(FutexWord const& word)
{
    return word.torus != this_torus().number;
}

Status meet_elsewhere(FutexWord const& word)
{
    FarRecords& far = *this_torus().far;
    far.elsewhere = word.torus;
    far.so_far = word.key.word;
    return Status::Elsewhere;
}

Result<FutexWord> word_of_visitor(Thread const& visitor)
{
    Paddr const at{visitor.restart.done};
    if (!at.aligned(4) || !this_torus().frames.owns(Paddr{align_down(at.raw(), page_size)}))
        return unexpected{Status::BadAddress};
    return FutexWord{{at.raw(), 0}, static_cast<std::uint32_t*>(arch::direct(at)), this_torus().number};
}

bool may_wake_at_end(Thread& thread, FutexWord const& word)
{
    Link* const link = is_elsewhere(word) ? link_of(word) : nullptr;
    if (link == nullptr || may_send(*link, 1, Want::Event))
        return true;
    (void)block(thread, link->callers, OnSignal::Never);
    return false;
}

void wake_at_end(FutexWord const& word)
{
    if (!is_elsewhere(word))
        return (void)wake_waiters(word.key, any_bit, 1);
    Link* const link = link_of(word);
    if (link == nullptr) // no memory for strands: nobody has come here by one to wait
        return;
    Event event{};
    event.type = static_cast<std::uint32_t>(EventType::WakeWord);
    event.arguments[0] = word.key.word;
    send_one(this_torus(), *link, event);
}

void take_wake_word(Torus&, Link&, Event const& event)
{
    (void)wake_waiters({event.arguments[0], 0}, any_bit, 1);
}

} // namespace torc
