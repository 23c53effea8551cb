// SPDX-License-Identifier: MIT
// A torus with files, memory and a process table, and two processes in it: the reader and whoever is looked
// at.
#pragma once
#include "kernel/files/dynamic_node.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/machine_records.hpp"
#include "kernel/memory/memory_records.hpp"
#include "kernel/planes.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/proc/proc.hpp"
#include "kernel/proc/proc_text.hpp"
#include "kernel/proc/process_files.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/session_records.hpp"
#include "kernel/process/sessions.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace torc {

class ProcTest : public testing::Test {
protected:
    ProcTest()
    {
        machine.take_over_memory();
        Torus& torus = machine.torus;
        torus.run_queue.open(FakeMachine::ticks_per_second);
        torus.machine = create_for_ever<MachineRecords>();
        torus.memory = create_for_ever<MemoryRecords>();
        open_plane(torus.memory->spaces, PlaneNumber::Space, 64);
        open_pool(torus.memory->mappings, 1024);
        torus.memory->zero_frame = torus.frames.take_cleared(FrameKind::Special).value();
        ProcessTable& table = *(torus.processes = create_for_ever<ProcessTable>());
        open_plane(table.processes, PlaneNumber::Process, 64);
        open_plane(table.threads, PlaneNumber::Thread, 64);
        table.pids.open(reserve_records(PidDirectory::bytes()), 0, 1);
        torus.sessions = create_for_ever<SessionRecords>();
        EXPECT_TRUE(sessions_open(torus, *torus.sessions, 64));
        EXPECT_TRUE(open_files());
        EXPECT_TRUE(make_first_filesystems());
        start_proc("console=ttyAMA0 -- one");
        reader = &make_process("reader");
        table.first = reader;
        EXPECT_TRUE(session_start(*reader));
        subject = &make_process("a) b");
        subject->parent = reader;
        reader->children.push_back(*subject);
        group_join(*subject, *reader->group);
    }

    Process& make_process(char const* name)
    {
        ProcessTable& table = *machine.torus.processes;
        Process& process = *table.processes.create();
        Thread& thread = *table.threads.create();
        process.pid = thread.id = table.pids.take().value();
        *table.pids.find(process.pid) = {&process, &thread};
        thread.process = &process;
        process.add(thread);
        process.actions = actions;
        process.fs = create_fs_context().value();
        process.files = FdTable::create().value();
        thread.state = ThreadState::Blocked;
        std::strcpy(thread.name, name);
        return process;
    }

    // As if the subject had run a program: text, data, stack, arguments.
    Space& give_space()
    {
        Space& space = *Space::create().value();
        subject->space = subject->leader()->space = &space;
        EXPECT_TRUE(space.map({.address = 0x400000,
            .length = 4 * page_size,
            .protection = 5,
            .place = MapRequest::Place::Fixed}));
        EXPECT_TRUE(space.map({.address = 0x500000,
            .length = 2 * page_size,
            .protection = 3,
            .place = MapRequest::Place::Fixed}));
        EXPECT_TRUE(space.map({.address = 0x7f0000000000,
            .length = 8 * page_size,
            .protection = 3,
            .flags = Mapping::grows_down,
            .place = MapRequest::Place::Fixed}));
        space.layout.code_start = 0x400000;
        space.layout.code_end = 0x403abc;
        space.layout.brk_start = space.layout.brk = 0x600000;
        space.layout.stack_start = 0x7f0000007000;
        return space;
    }

    void put(Space& space, std::uint64_t address, std::string_view text)
    {
        for (char const c : text) {
            ASSERT_EQ(space.fault(Uaddr{address}, Access::Write), FaultResult::Resolved);
            Paddr const frame = space.table().find(Uaddr{address})->frame();
            static_cast<char*>(FramePool::pointer(frame))[address % page_size] = c;
            ++address;
        }
    }

    ProcSubject about_subject() { return {subject, subject->leader(), true}; }

    std::string text_of(MakeText make, ProcSubject const& about = {})
    {
        std::string all;
        std::uint64_t cursor = 0;
        for (bool more = true; more;) {
            char room[4096];
            FormatSink sink{room};
            ProcText text{*reader->leader(), about, cursor, sink};
            auto const made = make(text);
            if (!made)
                return "failed: " + std::to_string(static_cast<int>(made.error()));
            EXPECT_FALSE(sink.cut_off());
            all += sink.view();
            more = *made;
        }
        return all;
    }

    DynamicOperations const& operations() { return *file_records().proc; }
    Thread& reading() { return *reader->leader(); }

    FakeMachine machine{64u << 20};
    SignalAction actions[signal_count]{}; // all processes share them
    Process* reader{nullptr}; // pid 1
    Process* subject{nullptr}; // pid 2
};

} // namespace torc
