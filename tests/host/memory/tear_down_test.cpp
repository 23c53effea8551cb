// SPDX-License-Identifier: MIT
// Whoever is killed in the middle of a call has an address space that is in between two states.
#include "tests/host/memory/one_space.hpp"

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

} // namespace
} // namespace torc
