// SPDX-License-Identifier: MIT
// Queues are the home's. What changes none of them needs no home: a wait whose word has changed already, and
// a wake-up where nobody waits (kernel/futex/awaited_buckets.hpp). Private futexes only: the key of a shared
// one is known to who has the mappings.
#include "arch/user_copy.hpp"
#include "kernel/futex/futex_operation.hpp"
#include "kernel/futex/futex_word.hpp"
#include "kernel/futex/watched_word.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/tori/limb_calls.hpp"
#include "kernel/tori/limb_records.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

template <typename T> bool read_user(T& value, std::uint64_t address)
{
    return user_range(Uaddr{address}, sizeof value) && arch::user_copy_in(&value, address, sizeof value) == 0;
}

// Whether a wait's time, if it has one, is such that the word decides.
bool is_time(std::uint64_t address)
{
    TimeSpec time;
    return address == 0 || (read_user(time, address) && to_ns(time));
}

bool nobody_waits(Limb const& limb, std::uint64_t address)
{
    PublicPages const& pages = *this_torus().pages; // a limb has come from another torus
    FutexKey const key{address, limb.room->futex_space};
    return !pages.page[limb.torus]->awaited.somebody_may_wait(bucket_of(key));
}

} // namespace

arch::Frame* settle_limb_futex(Limb& limb)
{
    Thread& thread = limb.thread;
    std::uint64_t const* const x = thread.frame.x;
    Uaddr const address{x[0]};
    auto const operation = static_cast<std::uint32_t>(x[1]), value = static_cast<std::uint32_t>(x[2]);
    if (!(operation & futex_private) || !address.aligned(4) || !user_range(address, 4))
        return nullptr;
    bool const some_bits = static_cast<std::uint32_t>(x[5]) != 0; // the home says what is wrong with none
    switch (operation & ~futex_private) {
    case futex_wait:
        return is_time(x[3]) && changes_soon(address, value)
            ? go_on_in_limb(thread, -linux_abi::errno_of(Status::WouldBlock))
            : nullptr;
    case futex_wait_bitset:
    case futex_wait_bitset | futex_realtime:
        return some_bits && is_time(x[3]) && changes_soon(address, value)
            ? go_on_in_limb(thread, -linux_abi::errno_of(Status::WouldBlock))
            : nullptr;
    case futex_wake:
        return nobody_waits(limb, x[0]) ? go_on_in_limb(thread, 0) : nullptr;
    case futex_wake_bitset:
        return some_bits && nobody_waits(limb, x[0]) ? go_on_in_limb(thread, 0) : nullptr;
    default:
        return nullptr;
    }
}

} // namespace torc
