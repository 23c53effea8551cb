// SPDX-License-Identifier: MIT
// The fake machine is as strict as the real one.
#include "arch/memory.hpp"
#include "arch/user_copy.hpp"
#include "kernel/memory/frame_pool.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <gtest/gtest.h>

namespace torc {
namespace {

TEST(FakeMachine, PrivateFramesLeaveTheDirectMap)
{
    FakeMachine machine{16u << 20};
    machine.take_over_memory();
    Paddr const frame = machine.torus.frames.take_private(FrameKind::Record).value();
    *static_cast<int*>(arch::private_pointer(0, frame)) = 7;
    EXPECT_DEATH(*static_cast<int volatile*>(arch::direct(frame)) = 8, "");
    EXPECT_EQ(*static_cast<int*>(arch::private_pointer(0, frame)), 7);
}

TEST(FakeMachine, ReservedPagesShareTheirFrame)
{
    FakeMachine machine{16u << 20};
    machine.take_over_memory();
    Paddr const frame = machine.torus.frames.take_private(FrameKind::Record).value();
    std::uint64_t const at = machine.torus.reserved;
    Vaddr const page{reinterpret_cast<std::uint64_t>(arch::reserved_pointer(0, at))};
    ASSERT_TRUE(arch::map_reserved(page, frame));
    *static_cast<int*>(arch::reserved_pointer(0, at)) = 9;
    EXPECT_EQ(*static_cast<int*>(arch::private_pointer(0, frame)), 9);
    EXPECT_EQ(arch::unmap_reserved(page), frame);
    EXPECT_DEATH(*static_cast<int volatile*>(arch::reserved_pointer(0, at)) = 1, "");
}

TEST(FakeMachine, UserCopiesObeyTheTables)
{
    FakeMachine machine{16u << 20};
    machine.take_over_memory();
    FramePool& frames = machine.torus.frames;
    arch::PageTable table;
    ASSERT_TRUE(table.create(frames));
    machine.user = &table;
    Uaddr const page{0x7000'0000};
    *table.make(frames, page).value()
        = arch::Pte::page(frames.take(FrameKind::Anonymous).value(), arch::UserAccess::ReadWrite);

    char text[] = "hello";
    EXPECT_EQ(arch::user_copy_out(page.raw() + page_size - 2, text, 6), 4u) << "the next page is not mapped";
    EXPECT_EQ(arch::user_copy_out(page.raw(), text, 6), 0u);
    char back[6];
    EXPECT_EQ(arch::user_copy_in(back, page.raw(), 6), 0u);
    EXPECT_STREQ(back, "hello");
    EXPECT_EQ(arch::user_copy_in(back, 0xffff'8000'0000'0000, 1), 1u) << "a kernel address";

    *table.find(page) = table.find(page)->read_only();
    EXPECT_EQ(arch::user_copy_out(page.raw(), text, 6), 6u);
    bool faulted = true;
    EXPECT_EQ(arch::user_copy_string(back, page.raw(), 6, &faulted), 6u);
    EXPECT_FALSE(faulted);
}

} // namespace
} // namespace torc
