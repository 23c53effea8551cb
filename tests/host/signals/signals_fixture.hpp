// SPDX-License-Identifier: MIT
// Two processes of one thread each, parent and child, in one session, on the fake machine. What signals do to
// a whole process is noted instead of done.
#pragma once
#include "arch/cpu.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/session_records.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/signal_records.hpp"
#include "kernel/signals/signals.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include "tests/host/arch/fake_signal_frame.hpp"
#include <gtest/gtest.h>
#include <memory>

namespace torc {

struct Fate { // what the hooks of kernel/process/lifecycle.hpp were told last
    Process* process{nullptr};
    int died{-1};
    unsigned stopped{0};
    bool continued{false};
};
Fate& fate();

class SignalsTest : public testing::Test {
protected:
    SignalsTest()
    {
        machine.take_over_memory();
        machine.torus.run_queue.open(FakeMachine::ticks_per_second);
        open_pool(records.queued, 1000);
        open_pool(records.handlers, 100);
        open_pool(sessions.sessions, 100);
        open_pool(sessions.groups, 100);
        table.pids.open(reserve_records(PidDirectory::bytes()), 0, 1);
        machine.torus.processes = &table;
        machine.torus.signals = &records;
        machine.torus.sessions = &sessions;
        adopt(parent, parent_thread, 10, nullptr);
        adopt(child, child_thread, 11, &parent);
        (void)session_start(parent);
        group_join(child, *parent.group);
        fate() = {};
        fake_signal_frames().clear();
    }
    ~SignalsTest() override
    {
        for (Process* p : {&child, &parent}) {
            signals_discard(*p->leader());
            signals_discard(*p);
            signals_close(*p);
            retire_thread(*p->leader());
            p->threads.clear();
            group_leave(*p);
        }
        parent.children.clear();
        EXPECT_EQ(records.queued.live(), 0u) << "a queued signal leaked";
        EXPECT_EQ(sessions.groups.live(), 0u);
        EXPECT_EQ(sessions.sessions.live(), 0u);
    }
    void adopt(Process& process, Thread& thread, int pid, Process* its_parent)
    {
        process.pid = thread.id = pid;
        process.parent = its_parent;
        if (its_parent != nullptr)
            its_parent->children.push_back(process);
        process.add(thread);
        (void)signals_open(process);
        process.limits[Resource::SignalsPending] = {4, 4};
        thread.process = &process;
        thread.space = &space;
        thread.frame.sp = 0x10000;
        thread.frame.pc = 0x4004;
        machine.torus.run_queue.enqueue(thread.entity, Arrival::start);
    }
    void run(Thread& thread) // makes it the current one
    {
        while (machine.torus.run_queue.pick() != &thread.entity) {
            machine.torus.run_queue.charge(1'000'000'000);
        }
        machine.torus.current = &thread;
    }
    SignalAction& action(Process& process, unsigned signal) { return process.actions[signal - 1]; }
    static SignalInfo queued(unsigned signal, std::uint64_t value)
    {
        SignalInfo info;
        info.signo = static_cast<int>(signal);
        info.code = signal_code::queue;
        info.kill.value = value;
        return info;
    }

    FakeMachine machine{16u << 20};
    ProcessTable table;
    SignalRecords records;
    SessionRecords sessions;
    Space space;
    Process parent, child;
    Thread parent_thread, child_thread;
    static constexpr std::uint64_t handler = 0x5000;
};

} // namespace torc
