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

Link& link_of(FutexWord const& word)
{
    return *this_torus().links->links[word.torus]; // the page has come that way
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

Result<FutexWord> word_here(Thread& thread, Uaddr address, std::uint32_t operation, Access access)
{
    FutexWord const word = TRY(find_word(thread, address, operation, access));
    if (is_elsewhere(word)) [[unlikely]]
        return unexpected{Status::NotImplemented};
    return word;
}

bool may_wake_at_end(Thread& thread, FutexWord const& word)
{
    if (!is_elsewhere(word) || may_send(link_of(word), 1, Want::Event))
        return true;
    (void)block(thread, link_of(word).callers, OnSignal::Never);
    return false;
}

void wake_at_end(FutexWord const& word)
{
    if (!is_elsewhere(word))
        return (void)wake_waiters(word.key, any_bit, 1);
    Event event{};
    event.type = static_cast<std::uint32_t>(EventType::WakeWord);
    event.arguments[0] = word.key.word;
    send_one(this_torus(), link_of(word), event);
}

void take_wake_word(Torus&, Link&, Event const& event)
{
    (void)wake_waiters({event.arguments[0], 0}, any_bit, 1);
}

} // namespace torc
