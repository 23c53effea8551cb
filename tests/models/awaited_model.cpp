// SPDX-License-Identifier: MIT
// kernel/futex/awaited_buckets.hpp: who has changed a word and is told that nobody waits has been seen by
// every waiter.
#include "tests/models/explore.hpp"

#include "kernel/futex/awaited_buckets.hpp"

namespace {

using namespace torc;

AwaitedBuckets* buckets;
std::atomic<std::uint64_t>* word;
alignas(64) std::byte room[sizeof(AwaitedBuckets)], word_room[8];
alignas(8) bool waits[8], asked[8];

void setup()
{
    buckets = new (room) AwaitedBuckets;
    word = new (word_room) std::atomic<std::uint64_t>;
    waits[0] = asked[0] = false;
}

void wait_at_home()
{
    buckets->announce(1, AwaitedBuckets::Limbs::Some);
    waits[0] = word->load(std::memory_order_relaxed) == 0;
}

void wake_at_limb()
{
    word->store(1, std::memory_order_relaxed);
    asked[0] = buckets->somebody_may_wait(1);
}

void run(unsigned thread)
{
    return thread == 0 ? wait_at_home() : wake_at_limb();
}

// Somebody has waited before, and the bucket has been found empty.
void run_again(unsigned thread)
{
    if (thread == 1)
        return wake_at_limb();
    buckets->announce(1, AwaitedBuckets::Limbs::Some);
    buckets->take_back(1);
    wait_at_home();
}

void check()
{
    model::require(!waits[0] || asked[0], "somebody waits for a word that has changed, and nobody is asked");
}

} // namespace

int main()
{
    model::explore("awaited",
        {.setup = setup,
            .run = run,
            .check = check,
            .memory = {std::as_bytes(std::span{waits}), std::as_bytes(std::span{asked})}});
    model::explore("awaited again",
        {.setup = setup,
            .run = run_again,
            .check = check,
            .memory = {std::as_bytes(std::span{waits}), std::as_bytes(std::span{asked})}});
}
