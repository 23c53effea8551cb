// SPDX-License-Identifier: MIT
// Two tori, each with memory, files and records of its own: the one has a file, the other borrows its pages.
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/page_cache.hpp"
#include "kernel/memory/memory_records.hpp"
#include "kernel/planes.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/subsystems.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/loan_records.hpp"
#include "kernel/tori/visitors.hpp"
#include "substrate/owner_of.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <memory>

namespace torc {
namespace {

constexpr std::uint64_t ram = 192u << 20;

// A torus with one thread of a process, which stands for whoever runs on it.
struct Member {
    Torus torus;
    TorusLinks links;
    Port port;
    Introduction introduction;
    Process* process{nullptr};
    Thread* thread{nullptr};
};

class FarPagesTest : public testing::Test {
protected:
    FarPagesTest()
    {
        for (unsigned i = 0; i < 2; ++i)
            list.ports[i] = &members[i].port;
        for (unsigned i = 0; i < 2; ++i)
            start(i);
        for (unsigned i = 0; i < 2; ++i)
            at(i, [&] { take_events(members[i].torus); });
        at(0, [&] {
            file = open_kernel(*members[0].thread, "/file", open_flag::create | open_flag::read_write, 0644)
                       .value();
            fill(40);
        });
    }
    ~FarPagesTest() override { machine.running = &machine.torus; }

    template <typename Do> std::invoke_result_t<Do> at(unsigned torus, Do&& what)
    {
        machine.running = &members[torus].torus;
        machine.running->current = members[torus].thread;
        return what();
    }

    // Pages that say who they are.
    void fill(std::uint64_t pages)
    {
        file->inode->size = pages * page_size;
        for (std::uint64_t i = 0; i < pages; ++i) {
            Paddr const frame = inode_page(*file->inode, i, Create::Yes).value();
            *static_cast<std::uint64_t*>(FramePool::pointer(frame)) = 1000 + i;
        }
    }

    // The other torus gets a descriptor's worth of the file.
    OpenFile* lend()
    {
        Handle const handle = at(0, [&] {
            retain(*file);
            return lend_file(*file);
        });
        return at(1, [&] {
            OpenFile* const far = make_far_file().value();
            name_far_file(*far, handle, lent_weight);
            return far;
        });
    }

    // Everybody does what there is to do, until nobody has anything.
    void settle()
    {
        for (unsigned quiet = 0, round = 0; quiet < 2 && round < 10'000; ++round) {
            for (unsigned const rung : std::exchange(machine.bells, {}))
                members[rung].torus.bell = true;
            unsigned const torus = round % 2;
            quiet = at(torus, [&] { return step(torus); }) ? 0 : quiet + 1;
        }
    }

    // Until it is no longer NotYet.
    template <typename Ask> std::invoke_result_t<Ask> patiently(unsigned torus, Ask&& ask)
    {
        for (;;) {
            auto answer = at(torus, ask);
            if (answer || answer.error() != Status::NotYet)
                return answer;
            settle();
        }
    }
    FaultResult fault_patiently(Space& space, std::uint64_t address, Access access = Access::Read)
    {
        for (unsigned round = 0; round < 100; ++round) {
            FaultResult const result = at(1, [&] { return space.fault(Uaddr{address}, access); });
            if (result != FaultResult::Waits)
                return result;
            settle();
        }
        return FaultResult::Waits;
    }

    // A space of the second torus with the file mapped.
    Space* map(OpenFile& far, std::uint64_t pages, std::uint16_t flags, std::uint8_t protection = 3)
    {
        EXPECT_TRUE(patiently(1, [&] { return check_mappable(far, protection, flags & Mapping::shared); }));
        return at(1, [&] {
            Space* const space = Space::create().value();
            MapRequest request;
            request.address = base;
            request.length = pages * page_size;
            request.protection = protection;
            request.flags = flags;
            request.place = MapRequest::Place::Fixed;
            request.source = MapSource::File;
            request.file = &far;
            request.inode = far.inode;
            EXPECT_TRUE(space->map(request));
            return space;
        });
    }
    void drop(Space* space)
    {
        at(1, [&] {
            while (!space->tear_down_step()) { }
            space->release();
        });
    }
    std::uint64_t word_at(Space& space, std::uint64_t page)
    {
        arch::Pte const* const entry = space.table().find(Uaddr{base + page * page_size});
        return entry != nullptr && entry->valid()
            ? *static_cast<std::uint64_t*>(FramePool::pointer(entry->frame()))
            : 0;
    }
    bool is_mapped(Space& space, std::uint64_t page)
    {
        return at(1, [&] { return space.is_present(Uaddr{base + page * page_size}, Access::Read); });
    }

    // A truncation by the first torus's thread, as its handler would go on with it.
    bool truncate_step(std::uint64_t size)
    {
        return at(0, [&] {
            Thread& thread = *members[0].thread;
            for (;;) {
                Outcome const outcome
                    = cutting(thread) ? go_on_cutting(thread) : set_inode_size(thread, *file->inode, size);
                if (!outcome.is_again())
                    return outcome.finished();
            }
        });
    }
    void close_everything(OpenFile* far)
    {
        at(1, [&] { release(*far); });
        settle();
        at(0, [&] {
            release(*file);
            Thread& thread = *members[0].thread;
            EXPECT_TRUE(open_kernel(thread, "/file", open_flag::read_only));
        });
    }

    LoanRecords& loans(unsigned torus) { return *members[torus].torus.far->loans; }
    std::uint64_t file_frames() { return members[0].torus.frames.used(FrameKind::File); }

    static constexpr std::uint64_t base = 0x4000'0000;
    FakeMachine machine{ram};
    PortList list;
    Member members[2];
    OpenFile* file{nullptr};

private:
    void start(unsigned i)
    {
        Member& me = members[i];
        Torus& torus = me.torus;
        machine.running = &torus;
        torus.number = i;
        torus.tori = 2;
        torus.reserved = i * (100ull << 30); // the fake machine has one window
        FrameRange const share{Paddr{FakeMachine::ram_base + i * ram / 2}, ram / 2 / page_size};
        ASSERT_TRUE(torus.frames.create({&share, 1}));
        torus.run_queue.open(FakeMachine::ticks_per_second);
        me.introduction.tori = 2;
        me.introduction.previous = me.introduction.next = 1 - i;
        me.introduction.ports = &list;
        torus.links = &me.links;
        open_pool(me.links.records, 4);
        links_open(me.links, i, me.introduction);
        char const* what = nullptr;
        ASSERT_TRUE(open_subsystems(torus, {}, what)) << what;
        if (i == 0)
            ASSERT_TRUE(make_first_filesystems());
        ASSERT_TRUE(start_far_records(torus));
        make_thread(me);
    }

    void make_thread(Member& me)
    {
        ProcessTable& table = *me.torus.processes;
        me.process = table.processes.create();
        me.thread = table.threads.create();
        me.process->pid = me.thread->id = table.pids.take().value();
        me.process->add(*me.thread);
        me.process->limits[Resource::FileSize] = {~0ull, ~0ull};
        me.process->files = FdTable::create().value();
        me.process->fs
            = me.torus.number == 0 ? create_fs_context().value() : file_records().contexts.create();
        me.thread->process = me.process;
        EXPECT_TRUE(signals_open(*me.process));
        EXPECT_TRUE(session_start(*me.process));
        me.torus.run_queue.enqueue(me.thread->entity, Arrival::wake);
    }

    // True: there was something to do.
    bool step(unsigned i)
    {
        Torus& torus = members[i].torus;
        bool busy = std::exchange(torus.bell, false);
        if (busy)
            take_events(torus);
        while (SchedEntity* const entity = torus.run_queue.pick()) {
            Thread& thread = owner_of<&Thread::entity>(*entity);
            if (!thread.visiting) { // the test's own, which waits for nothing
                if (visitors_ready(torus) == 0)
                    break;
                torus.run_queue.yield();
                continue;
            }
            busy = true;
            torus.current = &thread;
            (void)run_visitor(thread);
        }
        torus.current = members[i].thread;
        return busy || (torus.files != nullptr && reap_step());
    }

    static unsigned visitors_ready(Torus& torus)
    {
        unsigned ready = 0;
        for (Visitor& visitor : torus.far->watchers.visitors)
            ready += visitor.thread.state == ThreadState::Runnable;
        for (auto& bucket : torus.far->guests_by_home)
            for (Guest& guest : bucket)
                for (Visitor& visitor : guest.visitors)
                    ready += visitor.thread.state == ThreadState::Runnable;
        return ready;
    }
};

TEST_F(FarPagesTest, PagesAreSharedAndNotCounted)
{
    OpenFile* const far = lend();
    Space* const space = map(*far, 50, Mapping::shared | Mapping::may_write);
    std::uint64_t const before = members[1].torus.frames.free_pages();
    EXPECT_EQ(fault_patiently(*space, base + 3 * page_size, Access::Write), FaultResult::Resolved);
    EXPECT_EQ(word_at(*space, 3), 1003u);
    EXPECT_TRUE(is_mapped(*space, 4)) << "its neighbours came along";
    EXPECT_EQ(loans(1).pages_asked, 1u);
    EXPECT_EQ(loans(1).pages_got, 32u);
    EXPECT_EQ(space->resident_pages(), 16u);
    at(0, [&] {
        Paddr const frame = inode_page(*file->inode, 3, Create::No).value();
        *static_cast<std::uint64_t*>(FramePool::pointer(frame)) = 7;
        EXPECT_EQ(members[0].torus.frames.references(frame), 1u);
    });
    EXPECT_EQ(word_at(*space, 3), 7u) << "what the owner writes is seen";
    // A second process finds them here.
    OpenFile* const other = lend();
    Space* const second = map(*other, 50, Mapping::shared);
    EXPECT_EQ(other->inode, far->inode);
    EXPECT_EQ(at(1, [&] { return second->fault(Uaddr{base + 9 * page_size}, Access::Read); }),
        FaultResult::Resolved);
    EXPECT_EQ(fault_patiently(*space, base + 45 * page_size), FaultResult::PastEnd);
    drop(space);
    drop(second);
    EXPECT_GE(members[1].torus.frames.free_pages() + 20, before) << "only tables came and went";
    at(1, [&] { release(*other); });
    close_everything(far);
}

TEST_F(FarPagesTest, APrivateWriteCopies)
{
    OpenFile* const far = lend();
    Space* const space = map(*far, 8, Mapping::may_write);
    EXPECT_EQ(fault_patiently(*space, base, Access::Read), FaultResult::Resolved);
    EXPECT_EQ(fault_patiently(*space, base, Access::Write), FaultResult::Resolved) << "over a borrowed page";
    EXPECT_EQ(fault_patiently(*space, base + page_size, Access::Write), FaultResult::Resolved);
    EXPECT_EQ(word_at(*space, 0), 1000u);
    Paddr const copy = space->table().find(Uaddr{base})->frame();
    EXPECT_TRUE(members[1].torus.frames.owns(copy));
    EXPECT_EQ(space->resident_pages(), 8u);
    EXPECT_EQ(space->resident_file_pages(), 6u);
    Space* const child = at(1, [&] {
        Space* const made = Space::create().value();
        for (std::uint64_t cursor = 0; cursor != ~0ull;)
            cursor = made->copy_step(*space, cursor).value();
        return made;
    });
    EXPECT_EQ(child->resident_pages(), 2u) << "fork takes along what is its own";
    drop(child);
    drop(space);
    EXPECT_EQ(members[1].torus.frames.used(FrameKind::Anonymous), 0u);
    close_everything(far);
}

TEST_F(FarPagesTest, TruncationWaitsForBorrowersAndFreesThen)
{
    OpenFile* const far = lend();
    Space* const space = map(*far, 40, Mapping::shared);
    for (std::uint64_t page = 0; page < 40; ++page)
        EXPECT_EQ(fault_patiently(*space, base + page * page_size), FaultResult::Resolved);
    std::uint64_t const before = file_frames();
    EXPECT_FALSE(truncate_step(10 * page_size));
    EXPECT_EQ(file_frames(), before) << "nobody has answered";
    EXPECT_TRUE(is_mapped(*space, 20));
    settle();
    EXPECT_FALSE(is_mapped(*space, 20));
    EXPECT_TRUE(is_mapped(*space, 9));
    EXPECT_EQ(file_frames(), before) << "the thread has not gone on";
    EXPECT_TRUE(truncate_step(10 * page_size));
    EXPECT_EQ(file_frames(), before - 30);
    EXPECT_EQ(fault_patiently(*space, base + 20 * page_size), FaultResult::PastEnd);
    // Longer again: new pages, of zeroes.
    EXPECT_TRUE(truncate_step(40 * page_size));
    EXPECT_EQ(fault_patiently(*space, base + 20 * page_size), FaultResult::Resolved);
    EXPECT_EQ(word_at(*space, 20), 0u);
    drop(space);
    close_everything(far);
}

TEST_F(FarPagesTest, ABorrowerWaitsWhileTheFileIsCut)
{
    OpenFile* const far = lend();
    Space* const space = map(*far, 40, Mapping::shared);
    EXPECT_EQ(fault_patiently(*space, base), FaultResult::Resolved);
    EXPECT_FALSE(truncate_step(10 * page_size));
    settle(); // answered, but the thread has not run yet: its turn is taken
    EXPECT_EQ(
        at(1, [&] { return space->fault(Uaddr{base + 35 * page_size}, Access::Read); }), FaultResult::Waits);
    settle();
    EXPECT_EQ(
        at(1, [&] { return space->fault(Uaddr{base + 35 * page_size}, Access::Read); }), FaultResult::Waits);
    EXPECT_TRUE(truncate_step(10 * page_size));
    EXPECT_EQ(fault_patiently(*space, base + 35 * page_size), FaultResult::PastEnd);
    drop(space);
    close_everything(far);
}

TEST_F(FarPagesTest, TheCutterMayDieMeanwhile)
{
    OpenFile* const far = lend();
    Space* const space = map(*far, 40, Mapping::shared);
    EXPECT_EQ(fault_patiently(*space, base + 30 * page_size), FaultResult::Resolved);
    std::uint64_t const before = file_frames();
    EXPECT_FALSE(truncate_step(0));
    at(0, [&] {
        wake(*members[0].thread);
        abandon_file_call(*members[0].thread);
    });
    EXPECT_EQ(file_frames(), before);
    settle();
    EXPECT_EQ(file_frames(), before - 40);
    EXPECT_EQ(file->inode->file().turn.holder, nullptr);
    drop(space);
    close_everything(far);
}

TEST_F(FarPagesTest, AnInodeGoesWhenAllHaveForgottenIt)
{
    OpenFile* const far = lend();
    Space* const space = map(*far, 40, Mapping::shared);
    EXPECT_EQ(fault_patiently(*space, base), FaultResult::Resolved);
    std::uint64_t const inodes = members[0].torus.files->inodes.live();
    drop(space);
    at(1, [&] { release(*far); });
    settle();
    EXPECT_EQ(loans(0).loans.live(), 1u) << "kept, although nobody uses it";
    EXPECT_EQ(loans(1).inodes.live(), 1u);
    at(0, [&] {
        Inode& inode = *file->inode;
        Name& name = *file->path.name;
        retain(inode);
        release(*file);
        EXPECT_TRUE(name.linked);
        inode.references = 1; // as if its name went
        release(inode);
    });
    EXPECT_EQ(file_frames(), 40u);
    settle();
    EXPECT_EQ(file_frames(), 0u);
    EXPECT_EQ(members[0].torus.files->inodes.live(), inodes - 1);
    EXPECT_EQ(loans(0).loans.live(), 0u);
    EXPECT_EQ(loans(0).borrowers.live(), 0u);
    EXPECT_EQ(loans(1).inodes.live(), 0u);
}

TEST_F(FarPagesTest, WhatIsGivenUpAndToldOfAgainStays)
{
    OpenFile* const far = lend();
    ASSERT_TRUE(patiently(1, [&] { return learn_far_file(*far); }));
    OpenFile* const other = lend();
    // The owner has told of it a second time while the first record goes back.
    EXPECT_FALSE(at(1, [&] { return learn_far_file(*other); }));
    at(1, [&] {
        release(*far);
        LoanRecords& all = loans(1);
        ASSERT_FALSE(all.unused.empty());
        FarInode& known = all.unused.front();
        all.by_loan[(known.loan.cell().number ^ known.loan.torus().number * 7u) % LoanRecords::buckets]
            .clear();
        all.unused.clear();
        all.unused_count = 0;
        all.leaving.push_back(known);
        while (far_reap_step()) { }
    });
    ASSERT_TRUE(patiently(1, [&] { return learn_far_file(*other); }));
    settle();
    EXPECT_EQ(loans(0).borrowers.live(), 1u);
    Space* const space = map(*other, 4, Mapping::shared);
    EXPECT_EQ(fault_patiently(*space, base), FaultResult::Resolved);
    drop(space);
    close_everything(other);
}

TEST_F(FarPagesTest, ReadingTheHeadersOfAProgram)
{
    OpenFile* const far = lend();
    std::uint64_t words[2]{};
    std::span<std::byte> const to{reinterpret_cast<std::byte*>(words), sizeof words};
    auto const read = patiently(1, [&] { return read_kernel(*far, 39 * page_size, to); });
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, sizeof words);
    EXPECT_EQ(words[0], 1039u);
    EXPECT_EQ(patiently(1, [&] { return read_kernel(*far, 40 * page_size, to); }).value(), 0u);
    close_everything(far);
}

TEST_F(FarPagesTest, AProgramIsOpenedWhereTheNamesAre)
{
    at(0, [&] { file->inode->permissions = 04755; });
    at(0, [&] { file->inode->uid = 33; });
    OpenFile* opening = nullptr;
    auto const busy = patiently(1, [&] { return open_far_program(*members[1].thread, "/file", opening); });
    ASSERT_FALSE(busy);
    EXPECT_EQ(busy.error(), Status::TextBusy) << "it is open for writing";
    EXPECT_EQ(opening, nullptr);
    at(0, [&] { release(*file); });
    auto const opened = patiently(1, [&] { return open_far_program(*members[1].thread, "/file", opening); });
    ASSERT_TRUE(opened);
    ProgramRights const rights = at(1, [&] { return rights_of_program(**opened); });
    EXPECT_EQ(rights.permissions, 04755);
    EXPECT_EQ(rights.uid, 33u);
    EXPECT_EQ(far_path(**opened), "/file");
    at(0, [&] {
        EXPECT_EQ(open_kernel(*members[0].thread, "/file", open_flag::read_write).error(), Status::TextBusy);
    });
    at(1, [&] { release(**opened); });
    settle();
    file = at(0, [&] { return open_kernel(*members[0].thread, "/file", open_flag::read_write).value(); });
    // The thread dies before it hears that the program is open.
    EXPECT_FALSE(at(1, [&] { return open_far_program(*members[1].thread, "/none", opening); }));
    at(1, [&] { release(*std::exchange(opening, nullptr)); });
    settle();
    EXPECT_EQ(members[1].torus.far->files.live(), 0u);
    EXPECT_EQ(loans(1).errands.live(), 0u);
}

} // namespace
} // namespace torc
