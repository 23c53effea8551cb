// SPDX-License-Identifier: MIT
// What is kept, what is dropped, what happens at once.
#include "kernel/process/blocking.hpp"
#include "kernel/process/lifecycle.hpp"
#include "tests/host/signals/signals_fixture.hpp"

namespace torc {

Fate& fate()
{
    static Fate the_fate;
    return the_fate;
}

void process_die(Process& process, int wait_status)
{
    fate().process = &process;
    fate().died = wait_status;
    for (Thread& thread : process.threads)
        thread.attention |= attend_kill;
}
void process_stop(Process& process, unsigned signal)
{
    fate().process = &process;
    fate().stopped = signal;
    process.stopped = true;
}
void process_continue(Process& process)
{
    fate().continued = process.stopped;
    process.stopped = false;
}

namespace {

TEST_F(SignalsTest, AStandardSignalIsQueuedOnce)
{
    action(child, sig::usr1).handler = handler;
    EXPECT_TRUE(signal_send(child, user_signal(sig::usr1, signal_code::user, parent)));
    EXPECT_TRUE(signal_send(child, user_signal(sig::usr1, signal_code::user, parent)));
    EXPECT_EQ(child.queued_signals, 1u);
    EXPECT_EQ(deliverable(child_thread), signal_bit(sig::usr1));
    EXPECT_TRUE(child_thread.attention & attend_signal);
}

TEST_F(SignalsTest, RealTimeSignalsQueueUpToTheLimit)
{
    child_thread.blocked = signal_bit(40);
    for (std::uint64_t i = 0; i < 4; ++i)
        EXPECT_TRUE(signal_send(child, queued(40, i)));
    EXPECT_EQ(signal_send(child, queued(40, 4)).error(), Status::WouldBlock);
    // A standard signal still arrives, without its details.
    child_thread.blocked |= signal_bit(sig::usr2);
    EXPECT_TRUE(signal_send(child, queued(sig::usr2, 5)));
    EXPECT_TRUE(in_set(child.pending.set, sig::usr2));
    EXPECT_EQ(child.queued_signals, 4u);
}

TEST_F(SignalsTest, AnEmbryoKeepsWhatItsGroupIsSentUntilItHasCome)
{
    child.embryo = true;
    signal_post(child, sig::term);
    signal_post(child, sig::kill);
    EXPECT_EQ(fate().process, nullptr);
    EXPECT_EQ(child_thread.attention, 0u);
    child.embryo = false;
    recompute_attention(child_thread);
    EXPECT_EQ(deliverable(child_thread), signal_bit(sig::term) | signal_bit(sig::kill));
    EXPECT_TRUE(child_thread.attention & attend_signal);
}

TEST_F(SignalsTest, IgnoredIsDroppedUnlessBlocked)
{
    signal_post(child, sig::winch);
    EXPECT_EQ(child.pending.set, 0u);
    child_thread.blocked = signal_bit(sig::winch);
    signal_post(child, sig::winch);
    EXPECT_EQ(child.pending.set, signal_bit(sig::winch));
}

TEST_F(SignalsTest, AFatalSignalKillsAtOnce)
{
    signal_post(child, sig::term);
    EXPECT_EQ(fate().process, &child);
    EXPECT_EQ(fate().died, wait_killed(sig::term));
    EXPECT_EQ(child.pending.set, 0u);
}

TEST_F(SignalsTest, CoreSignalsWaitForTheThread)
{
    signal_post(child, sig::quit);
    EXPECT_EQ(fate().died, -1);
    EXPECT_EQ(deliverable(child_thread), signal_bit(sig::quit));
}

TEST_F(SignalsTest, TheFirstProcessIsSafeFromWhatItDoesNotCatch)
{
    child.pid = 1;
    signal_post(child, sig::kill);
    signal_post(child, sig::term);
    EXPECT_EQ(fate().died, -1);
    EXPECT_EQ(child.pending.set, 0u);
    action(child, sig::term).handler = handler;
    signal_post(child, sig::term);
    EXPECT_EQ(child.pending.set, signal_bit(sig::term));
    force_fault(child_thread, sig::segv, 1, 0, 0);
    EXPECT_EQ(fate().died, wait_killed(sig::segv));
}

TEST_F(SignalsTest, StopAndContinueCancelOneAnother)
{
    action(child, sig::tstp).handler = handler;
    action(child, sig::cont).handler = handler;
    signal_post(child, sig::tstp);
    EXPECT_EQ(child.pending.set, signal_bit(sig::tstp));
    child.stopped = true;
    signal_post(child, sig::cont);
    EXPECT_EQ(child.pending.set, signal_bit(sig::cont));
    EXPECT_TRUE(fate().continued);
    signal_post(child, sig::tstp);
    EXPECT_EQ(child.pending.set, signal_bit(sig::tstp));
}

TEST_F(SignalsTest, ForcedSignalsCannotBeIgnored)
{
    action(child, sig::segv).handler = handler_ignore;
    child_thread.blocked = signal_bit(sig::segv);
    force_fault(child_thread, sig::segv, signal_code::segv_no_mapping, 0x1234, 7);
    EXPECT_EQ(action(child, sig::segv).handler, handler_default);
    EXPECT_EQ(deliverable(child_thread), signal_bit(sig::segv));
    EXPECT_EQ(child_thread.fault_address, 0x1234u);
}

TEST_F(SignalsTest, AGroupGetsItAll)
{
    action(child, sig::int_).handler = handler;
    action(parent, sig::int_).handler = handler;
    signal_post(*parent.group, sig::int_);
    EXPECT_TRUE(signal_pending(child_thread));
    EXPECT_TRUE(signal_pending(parent_thread));
}

TEST_F(SignalsTest, PermissionIsByUserIds)
{
    parent.credentials = child.credentials = {};
    parent.credentials.effective = 0;
    parent.credentials.uid = parent.credentials.euid = 1000;
    EXPECT_FALSE(may_signal(parent, child, sig::term));
    EXPECT_TRUE(may_signal(parent, child, sig::cont)) << "same session";
    child.credentials.suid = 1000;
    EXPECT_TRUE(may_signal(parent, child, sig::term));
    child.credentials.suid = 0;
    parent.credentials.effective = 1u << static_cast<unsigned>(Capability::Kill);
    EXPECT_TRUE(may_signal(parent, child, sig::term));
}

TEST_F(SignalsTest, ABlockedThreadIsWokenForWhatItMustDo)
{
    run(child_thread);
    action(child, sig::usr1).handler = handler;
    EXPECT_TRUE(sleep_until(child_thread, no_deadline, OnSignal::Restart).is_blocked());
    EXPECT_EQ(child_thread.state, ThreadState::Blocked);
    signal_post(child, sig::winch);
    EXPECT_EQ(child_thread.state, ThreadState::Blocked) << "ignored";
    signal_post(child, sig::usr1);
    EXPECT_EQ(child_thread.state, ThreadState::Runnable);
    run(child_thread);
    EXPECT_TRUE(sleep_until(child_thread, no_deadline, OnSignal::Restart).is_interrupted());
    EXPECT_TRUE(sleep_until(child_thread, no_deadline, OnSignal::KillOnly).is_blocked());
}

TEST_F(SignalsTest, AParentHearsOfItsChild)
{
    action(parent, sig::chld).handler = handler;
    child.wait_status = wait_exited(3);
    EXPECT_FALSE(notify_parent_exit(child));
    EXPECT_TRUE(in_set(parent.pending.set, sig::chld));
    EXPECT_EQ(parent.pending.first.child.status, 3);
    EXPECT_EQ(parent.pending.first.code, signal_code::child_exited);
}

TEST_F(SignalsTest, AParentMayNotWantZombies)
{
    action(parent, sig::chld).handler = handler_ignore;
    EXPECT_TRUE(notify_parent_exit(child));
    EXPECT_EQ(parent.pending.set, 0u);
    action(parent, sig::chld) = {handler, action_flag::no_child_wait, 0, 0};
    EXPECT_TRUE(notify_parent_exit(child));
    EXPECT_TRUE(in_set(parent.pending.set, sig::chld));
}

TEST_F(SignalsTest, StopsAreReportedUnlessUnwanted)
{
    action(parent, sig::chld) = {handler, action_flag::no_child_stop, 0, 0};
    notify_parent_stop(child, sig::tstp);
    EXPECT_EQ(parent.pending.set, 0u);
    action(parent, sig::chld).flags = 0;
    notify_parent_stop(child, sig::tstp);
    EXPECT_TRUE(in_set(parent.pending.set, sig::chld));
}

// ---- delivery

TEST_F(SignalsTest, AHandlerRunsWithItsMask)
{
    run(child_thread);
    action(child, sig::usr1) = {handler, action_flag::restorer, 0x6000, signal_bit(sig::usr2)};
    child_thread.blocked = signal_bit(sig::hup);
    signal_post(child, sig::usr1);
    EXPECT_EQ(deliver_pending(child_thread), Delivery::Proceed);
    ASSERT_EQ(fake_signal_frames().size(), 1u);
    EXPECT_EQ(fake_signal_frames()[0].mask, signal_bit(sig::hup));
    EXPECT_EQ(fake_signal_frames()[0].trampoline, 0x6000u);
    EXPECT_EQ(child_thread.blocked, signal_bit(sig::hup) | signal_bit(sig::usr1) | signal_bit(sig::usr2));
    EXPECT_EQ(child_thread.frame.pc, handler);
    EXPECT_FALSE(child_thread.attention & attend_signal);
}

TEST_F(SignalsTest, SeveralHandlersStackUp)
{
    run(child_thread);
    for (unsigned const signal : {sig::usr1, sig::usr2, sig::hup, sig::int_}) {
        action(child, signal).handler = handler + signal;
        signal_post(child, signal);
    }
    EXPECT_EQ(deliver_pending(child_thread), Delivery::Proceed);
    EXPECT_EQ(fake_signal_frames().size(), 3u) << "as many as one pass does";
    EXPECT_TRUE(child_thread.attention & attend_signal);
    EXPECT_EQ(deliver_pending(child_thread), Delivery::Proceed);
    EXPECT_EQ(fake_signal_frames().size(), 4u);
    EXPECT_EQ(child_thread.frame.pc, handler + sig::usr2) << "lowest first, so the highest is innermost";
}

TEST_F(SignalsTest, ResetHandIsOneShot)
{
    run(child_thread);
    action(child, sig::usr1) = {handler, action_flag::reset_hand | action_flag::no_defer, 0, 0};
    signal_post(child, sig::usr1);
    EXPECT_EQ(deliver_pending(child_thread), Delivery::Proceed);
    EXPECT_EQ(action(child, sig::usr1).handler, handler_default);
    EXPECT_EQ(child_thread.blocked, 0u);
}

TEST_F(SignalsTest, AnInterruptedCallFailsOrIsIssuedAgain)
{
    run(child_thread);
    struct Row {
        OnSignal how;
        std::uint64_t flags;
        bool again;
    };
    for (Row const row :
        {Row{OnSignal::Restart, 0, false}, Row{OnSignal::Restart, action_flag::restart, true},
            Row{OnSignal::RestartNoHandler, action_flag::restart, false},
            Row{OnSignal::Interrupt, action_flag::restart, false}}) {
        child_thread.blocked = 0;
        child_thread.frame.pc = 0x4004;
        child_thread.frame.x[0] = 77;
        child_thread.in_call = true;
        child_thread.restart.kind = CallKind::Sleep;
        action(child, sig::usr1) = {handler, row.flags, 0, 0};
        signal_post(child, sig::usr1);
        EXPECT_EQ(deliver_interrupted(child_thread, row.how), Delivery::Proceed);
        EXPECT_FALSE(child_thread.in_call);
        EXPECT_EQ(child_thread.restart.kind, CallKind::None);
        auto const& registers = fake_signal_frames().back().registers;
        EXPECT_EQ(registers.pc, row.again ? 0x4000u : 0x4004u);
        EXPECT_EQ(static_cast<std::int64_t>(registers.x[0]), row.again ? 77 : -4);
    }
}

TEST_F(SignalsTest, WithoutAHandlerTheCallGoesOn)
{
    run(child_thread);
    child_thread.in_call = true;
    child_thread.restart.kind = CallKind::Sleep;
    signal_post(child, sig::stop);
    EXPECT_EQ(deliver_interrupted(child_thread, OnSignal::RestartNoHandler), Delivery::Stopped);
    EXPECT_EQ(fate().stopped, sig::stop);
    EXPECT_TRUE(child_thread.in_call);
    EXPECT_EQ(child_thread.restart.kind, CallKind::Sleep);
}

TEST_F(SignalsTest, SomeCallsFailEvenWithoutAHandler)
{
    run(child_thread);
    child_thread.in_call = true;
    signal_post(child, sig::stop);
    EXPECT_EQ(deliver_interrupted(child_thread, OnSignal::Interrupt), Delivery::Stopped);
    EXPECT_FALSE(child_thread.in_call);
    EXPECT_EQ(static_cast<std::int64_t>(child_thread.frame.x[0]), -4);
}

TEST_F(SignalsTest, ReplacedMaskIsWhatSigreturnRestores)
{
    run(child_thread);
    child_thread.in_call = true;
    action(child, sig::usr1).handler = handler;
    child_thread.blocked = signal_bit(sig::usr1);
    signal_post(child, sig::usr1);
    EXPECT_FALSE(signal_pending(child_thread));
    replace_mask(child_thread, signal_bit(sig::hup));
    EXPECT_TRUE(signal_pending(child_thread));
    EXPECT_EQ(deliver_interrupted(child_thread, OnSignal::RestartNoHandler), Delivery::Proceed);
    EXPECT_EQ(fake_signal_frames().back().mask, signal_bit(sig::usr1));
    EXPECT_EQ(child_thread.blocked, signal_bit(sig::usr1) | signal_bit(sig::hup));
    EXPECT_FALSE(child_thread.restart.mask_saved);
}

TEST_F(SignalsTest, AFrameThatDoesNotFitIsASegmentationFault)
{
    run(child_thread);
    action(child, sig::usr1).handler = handler;
    child_thread.frame.sp = 0x10;
    signal_post(child, sig::usr1);
    EXPECT_EQ(deliver_pending(child_thread), Delivery::Died);
    EXPECT_EQ(fate().died, wait_killed(sig::segv));
}

TEST_F(SignalsTest, TheAlternateStackDisarmsItself)
{
    run(child_thread);
    action(child, sig::usr1) = {handler, action_flag::on_stack, 0, 0};
    child_thread.alternate_stack = {0x80000, 0x4000, 1u << 31};
    signal_post(child, sig::usr1);
    EXPECT_EQ(deliver_pending(child_thread), Delivery::Proceed);
    EXPECT_EQ(fake_signal_frames()[0].stack_top, 0x84000u);
    EXPECT_EQ(fake_signal_frames()[0].stack.size, 0x4000u);
    EXPECT_EQ(child_thread.alternate_stack.size, 0u);
}

TEST_F(SignalsTest, TerminalStopsDoNothingInAnOrphanedGroup)
{
    run(child_thread);
    ASSERT_TRUE(group_is_orphaned(*child.group));
    signal_post(child, sig::tstp);
    EXPECT_EQ(deliver_pending(child_thread), Delivery::Proceed);
    EXPECT_EQ(fate().stopped, 0u);
    ASSERT_TRUE(group_move(child, child.pid));
    EXPECT_FALSE(group_is_orphaned(*child.group));
    signal_post(child, sig::tstp);
    EXPECT_EQ(deliver_pending(child_thread), Delivery::Stopped);
}

} // namespace
} // namespace torc
