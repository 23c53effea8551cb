// SPDX-License-Identifier: MIT
#include "kernel/futex/watched_word.hpp"
#include "arch/cpu.hpp"
#include "arch/user_copy.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

enum class Word : std::uint8_t { AsExpected, Changed, Unknown };

Word look_at(Uaddr address, std::uint32_t expected)
{
    std::uint32_t value;
    if (arch::user_copy_in(&value, address.raw(), sizeof value) != 0)
        return Word::Unknown;
    return value == expected ? Word::AsExpected : Word::Changed;
}

bool has_core_alone(Torus const& torus)
{
    return torus.run_queue.runnable() == 1 && !torus.rounds.quiet && torus.links != nullptr;
}

} // namespace

// As an idle torus watches its mail: an interrupt is found at the next look, so where nothing else is to be
// heard (quiet) nobody watches.
bool changes_soon(Uaddr address, std::uint32_t expected)
{
    constexpr unsigned looks = 4;
    Torus const& torus = this_torus();
    Word word = look_at(address, expected);
    for (unsigned look = 0;
        look < looks && word == Word::AsExpected && has_core_alone(torus) && !arch::interrupt_pending();
        ++look) {
        arch::wait_for_store(torus.links->port->mailbox.place(0), torus.links->seen.of(0));
        word = look_at(address, expected);
    }
    return word == Word::Changed;
}

} // namespace torc
