// SPDX-License-Identifier: MIT
// The pure rules: default actions, the alternate stack, the layout of frames.
#include "arch-aarch64/signal_frame_layout.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/restart.hpp"
#include "kernel/signals/signal_stack.hpp"
#include <gtest/gtest.h>

namespace torc {
namespace {

TEST(SignalRules, NextSignalTakesFaultsFirst)
{
    EXPECT_EQ(next_signal(0), 0u);
    EXPECT_EQ(next_signal(1ull << 63), 64u);
    EXPECT_EQ(next_signal(signal_bit(sig::hup) | signal_bit(sig::bus) | signal_bit(sig::segv)), sig::bus);
}

TEST(SignalRules, OnlyRestartCallsObeyTheFlag)
{
    SignalAction const with{0x5000, action_flag::restart, 0, 0}, without{0x5000, 0, 0, 0};
    EXPECT_EQ(fate_of_call(OnSignal::Restart, with), CallFate::IssueAgain);
    EXPECT_EQ(fate_of_call(OnSignal::Restart, without), CallFate::Fail);
    EXPECT_EQ(fate_of_call(OnSignal::RestartNoHandler, with), CallFate::Fail);
}

TEST(SignalStack, StateDependsOnTheStackPointer)
{
    AlternateStack const stack{0x8000, 0x4000, 0};
    EXPECT_EQ(stack_state(stack, 0x7000), 0u);
    EXPECT_EQ(stack_state(stack, 0x8000), 0u) << "the base itself is outside, as on Linux";
    EXPECT_EQ(stack_state(stack, 0x8001), stack_on);
    EXPECT_EQ(stack_state(stack, 0xc000), stack_on);
    EXPECT_EQ(stack_state(stack, 0xc001), 0u);
    EXPECT_EQ(stack_state({}, 0x8001), stack_disabled);
    EXPECT_EQ(stack_state({0x8000, 0x4000, stack_auto_disarm}, 0x9000), 0u);
}

TEST(SignalStack, ChangesAreChecked)
{
    AlternateStack const none{}, set{0x8000, 0x4000, 0};
    EXPECT_EQ(new_stack(set, none, 0x9000).error(), Status::NotPermitted);
    EXPECT_EQ(new_stack(none, {0x8000, 0x4000, 4}, 0).error(), Status::BadArgument);
    EXPECT_EQ(new_stack(none, {0x8000, minimum_stack - 1, 0}, 0).error(), Status::NoMemory);
    EXPECT_EQ(new_stack(none, {0x8000, 0x4000, stack_on}, 0)->size, 0x4000u);
    EXPECT_EQ(new_stack(set, {0x8000, 0x4000, stack_disabled}, 0)->size, 0u);
}

// Offsets as a program sees them (offsetof on Linux arm64).
TEST(SignalFrame, LayoutIsLinuxs)
{
    using arch::SignalFrameHead;
    EXPECT_EQ(offsetof(SignalFrameHead, uc_flags), 128u);
    EXPECT_EQ(offsetof(SignalFrameHead, uc_stack), 128u + 16);
    EXPECT_EQ(offsetof(SignalFrameHead, uc_sigmask), 128u + 40);
    EXPECT_EQ(offsetof(SignalFrameHead, fault_address), 128u + 176);
    EXPECT_EQ(offsetof(SignalFrameHead, registers) + 31 * 8, 128u + 432) << "sp";
    EXPECT_EQ(offsetof(SignalFrameHead, registers) + 33 * 8, 128u + 448) << "pstate";
    EXPECT_EQ(arch::records_offset, 128u + 464);
    EXPECT_EQ(arch::signal_frame_size, 128u + 4560);
}

} // namespace
} // namespace torc
