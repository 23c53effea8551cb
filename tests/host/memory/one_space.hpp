// SPDX-License-Identifier: MIT
// A fake machine with one address space in it, whose pages and tables must all have come back in the end.
#pragma once
#include "kernel/memory/memory_records.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/planes.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <gtest/gtest.h>

namespace torc::test {

class SpaceTest : public testing::Test {
protected:
    static constexpr std::uint64_t base = 0x4000'0000; // the beginning of a leaf table

    SpaceTest()
    {
        machine.take_over_memory();
        Torus& torus = machine.torus;
        torus.memory = create_for_ever<MemoryRecords>();
        open_plane(torus.memory->spaces, PlaneNumber::Space, 64);
        open_pool(torus.memory->mappings, 1024);
        torus.memory->zero_frame = torus.frames.take_cleared(FrameKind::Special).value();
        tables = torus.frames.used(FrameKind::Table);
        space = Space::create().value();
    }
    ~SpaceTest() override
    {
        end(*space);
        EXPECT_EQ(machine.torus.frames.used(FrameKind::Anonymous), 0u);
        EXPECT_EQ(machine.torus.frames.used(FrameKind::Table), tables);
    }

    static void end(Space& space)
    {
        while (!space.tear_down_step()) { }
        space.release();
    }
    void map(std::uint64_t at, std::uint64_t count, std::uint8_t protection)
    {
        ASSERT_TRUE(space->map({.address = at,
            .length = count * page_size,
            .protection = protection,
            .place = MapRequest::Place::Fixed}));
    }
    static Uaddr address_of(std::uint64_t page) { return Uaddr{base + page * page_size}; }
    FaultResult touch(std::uint64_t page, Access access = Access::Write)
    {
        return space->fault(address_of(page), access);
    }
    std::uint64_t bring(std::uint64_t page, std::uint64_t count)
    {
        return space->bring_ahead(address_of(page), count);
    }

    FakeMachine machine;
    Space* space{nullptr};
    std::uint64_t tables{0}; // before it
};

} // namespace torc::test
