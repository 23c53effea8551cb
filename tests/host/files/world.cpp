// SPDX-License-Identifier: MIT
#include "tests/host/files/world.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/machine_records.hpp"
#include "kernel/memory/memory_records.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/objects.hpp"
#include "kernel/planes.hpp"
#include "kernel/proc/proc.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/session_records.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/random.hpp"
#include "kernel/signals/signal_records.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/clock.hpp"

namespace torc {
namespace {

using namespace linux_abi;
constexpr int here = at_flag::current_directory;

// Made once: boot cannot be undone.
FakeMachine& world()
{
    static FakeMachine* const machine = [] {
        auto* const made = new FakeMachine{128u << 20};
        made->take_over_memory();
        Torus& torus = made->torus;
        torus.run_queue.open(FakeMachine::ticks_per_second);
        torus.machine = create_for_ever<MachineRecords>();
        torus.memory = create_for_ever<MemoryRecords>();
        open_plane(torus.memory->spaces, PlaneNumber::Space, 100);
        open_pool(torus.memory->mappings, 1000);
        torus.memory->zero_frame = torus.frames.take_cleared(FrameKind::Special).value();
        torus.memory->asids.open(1, 200);
        ProcessTable& table = *(torus.processes = create_for_ever<ProcessTable>());
        open_plane(table.processes, PlaneNumber::Process, 64);
        open_plane(table.threads, PlaneNumber::Thread, 64);
        table.pids.open(reserve_records(PidDirectory::bytes()), 0, 1);
        EXPECT_TRUE(sessions_open(torus, *create_for_ever<SessionRecords>(), 100));
        torus.signals = create_for_ever<SignalRecords>();
        EXPECT_TRUE(signals_start(torus, *torus.signals, 100));
        torus.random = create_for_ever<Random>();
        clock_start(1'700'000'000);
        EXPECT_TRUE(open_files());
        EXPECT_TRUE(make_first_filesystems());
        start_proc("");
        return made;
    }();
    return *machine;
}

} // namespace

// ---- people ------------------------------------------------------------------------------------------

Person::Person()
    : process{*world().torus.processes->processes.create()}
    , thread{*world().torus.processes->threads.create()}
{
    PidDirectory& pids = this_torus().processes->pids;
    process.pid = thread.id = pids.take().value();
    *pids.find(process.pid) = {&process, &thread};
    process.limits[Resource::Files] = {1024, 65536};
    process.add(thread);
    EXPECT_TRUE(signals_open(process));
    process.files = FdTable::create().value();
    process.fs = create_fs_context().value();
    process.fs->umask = 022;
    process.space = Space::create().value();
    thread.process = &process;
    thread.space = process.space;
    EXPECT_TRUE(session_start(process));
    MapRequest request;
    request.address = memory;
    request.length = memory_size;
    request.protection = 3;
    request.place = MapRequest::Place::Fixed;
    EXPECT_TRUE(process.space->map(request));
    this_torus().run_queue.enqueue(thread.entity, Arrival::wake);
}

Person::~Person()
{
    world().interrupt_pending = false;
    this_torus().current = &thread;
    if (waits())
        torc::wake(thread);
    abandon_file_call(thread);
    for (std::uint64_t cursor = 0; cursor != ~0ull;)
        cursor = close_step(*process.files, cursor);
    process.files->destroy();
    release(*process.fs);
    while (!process.space->tear_down_step()) { }
    process.space->release();
    this_torus().run_queue.dequeue(thread.entity);
    signals_discard(thread);
    signals_discard(process);
    session_member_exits(process);
    group_leave(process);
    signals_close(process);
    process.threads.clear();
    this_torus().current = nullptr;
    ProcessTable& table = *this_torus().processes;
    table.pids.give_back(process.pid);
    table.threads.destroy(&thread);
    table.processes.destroy(&process);
    while (reap_step()) { }
}

std::int64_t Person::call(CallHandler handler, std::uint64_t a0, std::uint64_t a1, std::uint64_t a2,
    std::uint64_t a3, std::uint64_t a4, std::uint64_t a5)
{
    FakeMachine& machine = world();
    machine.user = &process.space->table();
    machine.torus.current = &thread;
    Arguments const arguments{{a0, a1, a2, a3, a4, a5}};
    for (;;) {
        Outcome const outcome = handler(thread, arguments);
        if (outcome.is_again())
            continue;
        if (outcome.is_blocked())
            return call_blocks;
        thread.restart.clear();
        return outcome.is_interrupted() ? call_interrupted : outcome.value();
    }
}

std::uint64_t Person::room(std::size_t size)
{
    if (next_ + size > memory + memory_size)
        next_ = memory;
    std::uint64_t const at = next_;
    next_ = align_up(next_ + size, 16);
    return at;
}

std::uint64_t Person::put(void const* bytes, std::size_t size)
{
    world().user = &process.space->table();
    world().torus.current = &thread;
    std::uint64_t const at = room(size);
    EXPECT_TRUE(copy_out(Uaddr{at}, bytes, size));
    return at;
}

std::string Person::get(std::uint64_t address, std::size_t size)
{
    world().user = &process.space->table();
    world().torus.current = &thread;
    std::string text(size, '\0');
    EXPECT_TRUE(copy_in(text.data(), Uaddr{address}, size));
    return text;
}

std::int64_t Person::open(std::string const& path, std::uint32_t flags, std::uint32_t mode)
{
    return call(call_openat, here, put(path), flags, mode);
}

std::int64_t Person::write(std::int64_t fd, std::string const& text)
{
    return call(call_write, fd, put(text.data(), text.size()), text.size());
}

std::string Person::read(std::int64_t fd, std::size_t size)
{
    std::uint64_t const at = room(size);
    std::int64_t const n = call(call_read, fd, at, size);
    return n < 0 ? "!" + std::to_string(-n) : get(at, static_cast<std::size_t>(n));
}

std::int64_t Person::mkdir(std::string const& path, std::uint32_t mode)
{
    return call(call_mkdirat, here, put(path), mode);
}

std::int64_t Person::unlink(std::string const& path, int flags)
{
    return call(call_unlinkat, here, put(path), static_cast<unsigned>(flags));
}

std::int64_t Person::rename(std::string const& from, std::string const& to, unsigned flags)
{
    return call(call_renameat2, here, put(from), here, put(to), flags);
}

std::int64_t Person::link(std::string const& from, std::string const& to, int flags)
{
    return call(call_linkat, here, put(from), here, put(to), static_cast<unsigned>(flags));
}

std::int64_t Person::symlink(std::string const& text, std::string const& path)
{
    return call(call_symlinkat, put(text), here, put(path));
}

std::string Person::readlink(std::string const& path)
{
    std::uint64_t const at = room(4096);
    std::int64_t const n = call(call_readlinkat, here, put(path), at, 4096);
    return n < 0 ? "!" + std::to_string(-n) : get(at, static_cast<std::size_t>(n));
}

namespace {
struct StatFront {
    std::uint64_t device, inode;
    std::uint32_t mode, links, uid, gid;
    std::uint64_t special, pad;
    std::int64_t size;
};
}

std::int64_t Person::stat_mode(std::string const& path, int flags)
{
    std::uint64_t const at = room(128);
    std::int64_t const result = call(call_newfstatat, here, put(path), at, static_cast<unsigned>(flags));
    return result < 0 ? result : static_cast<std::int64_t>(get<StatFront>(at).mode);
}

std::uint32_t Person::links(std::string const& path)
{
    std::uint64_t const at = room(128);
    EXPECT_EQ(call(call_newfstatat, here, put(path), at, 0), 0);
    return get<StatFront>(at).links;
}

std::uint64_t Person::size(std::string const& path)
{
    std::uint64_t const at = room(128);
    EXPECT_EQ(call(call_newfstatat, here, put(path), at, 0), 0);
    return static_cast<std::uint64_t>(get<StatFront>(at).size);
}

std::int64_t Person::make(std::string const& path, std::string const& text)
{
    std::int64_t const fd = open(path, open_flag::create | open_flag::truncate | open_flag::write_only);
    if (fd < 0)
        return fd;
    std::int64_t const n = text.empty() ? 0 : write(fd, text);
    EXPECT_EQ(n, static_cast<std::int64_t>(text.size()));
    return close(fd);
}

std::string Person::contents(std::string const& path)
{
    std::int64_t const fd = open(path, open_flag::read_only);
    if (fd < 0)
        return "!" + std::to_string(-fd);
    std::string all;
    for (std::string part = read(fd, 65536); !part.empty(); part = read(fd, 65536))
        all += part;
    close(fd);
    return all;
}

std::vector<std::string> Person::list(std::string const& path)
{
    std::vector<std::string> names;
    std::int64_t const fd = open(path, open_flag::read_only | open_flag::directory);
    EXPECT_GE(fd, 0);
    std::uint64_t const at = room(1024);
    for (std::int64_t n = 0; (n = call(call_getdents64, fd, at, 1024)) > 0;) {
        std::string const bytes = get(at, static_cast<std::size_t>(n));
        for (std::size_t i = 0; i < bytes.size();) {
            std::uint16_t length = 0;
            std::memcpy(&length, bytes.data() + i + 16, 2);
            names.emplace_back(bytes.c_str() + i + 19);
            i += length;
        }
    }
    close(fd);
    return names;
}

void Person::remove_all_in(std::string const& directory)
{
    for (std::string const& name : list(directory)) {
        std::string const path = directory + "/" + name;
        if (name == "." || name == "..")
            continue;
        bool const is_directory = (stat_mode(path, at_flag::symlink_no_follow) & 0170000) == 0040000;
        if (is_directory)
            remove_all_in(path);
        EXPECT_EQ(unlink(path, is_directory ? at_flag::remove_directory : 0), 0) << path;
    }
}

// ---- tests -------------------------------------------------------------------------------------------

std::map<std::string, std::uint64_t> count_objects()
{
    std::map<std::string, std::uint64_t> counts;
    char const* name = nullptr;
    ObjectCount count{};
    for (unsigned i = 0; object_row(i, name, count); ++i)
        counts[name] = count.live;
    counts["frame-file"] = this_torus().frames.used(FrameKind::File);
    counts["frame-anonymous"] = this_torus().frames.used(FrameKind::Anonymous);
    counts["frame-table"] = this_torus().frames.used(FrameKind::Table);
    counts["cached"] = cached_pages();
    counts["mapping"] = this_torus().memory->mappings.live();
    counts["space"] = this_torus().memory->spaces.live();
    return counts;
}

FakeMachine& FilesTest::machine()
{
    return world();
}

// Each test works in /t, which is a tmpfs of its own unless it must be part of the root.
FilesTest::FilesTest(Place place)
    : place_{place}
{
    world();
    before_ = count_objects();
    me = std::make_unique<Person>();
    EXPECT_EQ(me->mkdir("/t"), 0);
    if (place_ == Place::OwnFilesystem) {
        std::uint64_t const type = me->put("tmpfs");
        EXPECT_EQ(me->call(call_mount, me->put("none"), me->put("/t"), type, 0, me->put("size=64m")), 0);
    }
    EXPECT_EQ(me->call(call_chdir, me->put("/t")), 0);
}

FilesTest::~FilesTest()
{
    interrupt_always(false);
    me.reset();
    {
        Person last;
        if (place_ == Place::OwnFilesystem)
            EXPECT_EQ(last.call(call_umount2, last.put("/t"), 0), 0);
        else
            last.remove_all_in("/t");
        EXPECT_EQ(last.unlink("/t", at_flag::remove_directory), 0);
    }
    EXPECT_EQ(count_objects(), before_);
}

} // namespace torc
