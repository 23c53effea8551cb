// SPDX-License-Identifier: MIT
// Whoever is killed in the middle of a call has an address space that is in between two states.
#include "tests/host/memory/one_space.hpp"
#include <vector>

namespace torc {
namespace {

class TearDown : public test::SpaceTest { };

constexpr std::uint64_t pages = 3 * 512; // three leaf tables

TEST_F(TearDown, AfterAnUnmappingThatWasNotFinished)
{
    for (unsigned grains = 1;; ++grains) {
        map(base, pages, 3);
        for (std::uint64_t page = 0; page < pages; page += 100)
            (void)touch(page);
        Space::WalkState state{};
        Result<bool> done = false;
        for (unsigned i = 0; i < grains && !*done; ++i)
            ASSERT_TRUE(done = space->unmap_step(base, address_of(pages).raw(), state));
        end(*space);
        ASSERT_EQ(machine.torus.frames.used(FrameKind::Table), tables) << "after grain " << grains;
        space = Space::create().value();
        if (*done)
            return;
    }
}

TEST_F(TearDown, AfterTablesThatThereWasNoFrameFor)
{
    FramePool& frames = machine.torus.frames;
    constexpr std::uint64_t far_away = 0x7f00'0000'0000; // needs three tables and a page
    bool enough = false;
    for (unsigned left = 0; !enough; ++left) {
        map(far_away, 1, 3);
        std::vector<Paddr> taken;
        while (Result<Paddr> const frame = frames.take(FrameKind::Special))
            taken.push_back(*frame);
        for (unsigned i = 0; i < left; ++i, taken.pop_back())
            frames.release(taken.back());
        enough = space->fault(Uaddr{far_away}, Access::Write) == FaultResult::Resolved;
        for (Paddr const frame : taken)
            frames.release(frame);
        end(*space);
        ASSERT_EQ(frames.used(FrameKind::Table), tables) << "with " << left << " frames";
        space = Space::create().value();
    }
}

} // namespace
} // namespace torc
