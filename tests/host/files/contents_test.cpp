// SPDX-License-Identifier: MIT
// Reading, writing, seeking and cutting regular files; descriptors; locks; what happens at the limits.
#include "kernel/files/file_api.hpp"
#include "tests/host/files/world.hpp"
#include <cerrno>
#include <random>

namespace torc {
namespace {

using namespace linux_abi;
using namespace open_flag;

class ContentsTest : public FilesTest { };

TEST_F(ContentsTest, WritesAndReadsBack)
{
    std::int64_t const fd = me->open("f", create | read_write);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(me->write(fd, "hello"), 5);
    EXPECT_EQ(me->call(call_lseek, fd, 1, 0), 1);
    EXPECT_EQ(me->read(fd, 100), "ello");
    EXPECT_EQ(me->read(fd, 100), "");
    EXPECT_EQ(me->call(call_lseek, fd, -2, 2), 3);
    EXPECT_EQ(me->read(fd, 1), "l");
    EXPECT_EQ(me->call(call_lseek, fd, -10, 1), -EINVAL);
    EXPECT_EQ(me->call(call_lseek, fd, 0, 9), -EINVAL);
    std::uint64_t const at = me->put("XY");
    EXPECT_EQ(me->call(call_pwrite64, fd, at, 2, 10), 2);
    EXPECT_EQ(me->call(call_lseek, fd, 0, 1), 4) << "pwrite leaves the offset alone";
    EXPECT_EQ(me->contents("f"), std::string("hello\0\0\0\0\0XY", 12));
    EXPECT_EQ(me->call(call_pread64, fd, at, 2, -1), -EINVAL);
    EXPECT_EQ(me->call(call_read, fd, 0, 1), -EFAULT);
    EXPECT_EQ(me->call(call_lseek, fd, 0, 2), 12);
    EXPECT_EQ(me->call(call_read, fd, 0, 1), 0) << "nothing to copy at the end";
    EXPECT_EQ(me->call(call_pread64, fd, 0, 1, 0), -EFAULT);
    EXPECT_EQ(me->call(call_read, fd, 0xffff'8000'0000'0000, 1), -EFAULT);
    EXPECT_EQ(me->call(call_write, 99, at, 1), -EBADF);
    me->close(fd);
    EXPECT_EQ(me->call(call_close, fd), -EBADF);
}

// A model: a string that does what the file should.
TEST_F(ContentsTest, AgreesWithAModelInPieces)
{
    for (bool pieces : {false, true}) {
        interrupt_always(pieces);
        std::mt19937 random{7};
        std::string model;
        std::int64_t const fd = me->open("f", create | read_write | truncate);
        for (int i = 0; i < 400; ++i) {
            std::uint64_t const offset = random() % 100'000;
            std::size_t const size = random() % 3 == 0 ? random() % 30'000 : random() % 100;
            switch (random() % 5) {
            case 0:
            case 1: {
                std::string text(size, '\0');
                for (char& c : text)
                    c = static_cast<char>(random());
                if (size != 0 && model.size() < offset + size)
                    model.resize(offset + size);
                model.replace(
                    offset < model.size() ? offset : model.size(), size, text.data(), size != 0 ? size : 0);
                ASSERT_EQ(me->call(call_pwrite64, fd, me->put(text.data(), size), size, offset),
                    static_cast<std::int64_t>(size));
                break;
            }
            case 2: {
                std::uint64_t const at = me->room(size + 1);
                std::int64_t const n = me->call(call_pread64, fd, at, size, offset);
                std::string const expected = offset < model.size() ? model.substr(offset, size) : "";
                ASSERT_EQ(n, static_cast<std::int64_t>(expected.size()));
                ASSERT_EQ(me->get(at, expected.size()), expected);
                break;
            }
            case 3:
                if (random() % 4 == 0) {
                    model.resize(offset);
                    ASSERT_EQ(me->call(call_ftruncate, fd, offset), 0);
                }
                break;
            default:
                if (size != 0) { // a hole
                    ASSERT_EQ(me->call(call_fallocate, fd, 3, offset, size), 0);
                    if (offset < model.size())
                        model.replace(offset, std::min(size, model.size() - offset),
                            std::min(size, model.size() - offset), '\0');
                }
            }
        }
        ASSERT_EQ(me->contents("f"), model);
        me->close(fd);
        me->unlink("f");
    }
}

TEST_F(ContentsTest, HolesTakeNoMemory)
{
    std::uint64_t const before = cached_pages();
    std::int64_t const fd = me->open("f", create | read_write);
    EXPECT_EQ(me->call(call_ftruncate, fd, 1ull << 40), 0);
    EXPECT_EQ(me->call(call_pwrite64, fd, me->put("x"), 1, 1ull << 39), 1);
    EXPECT_EQ(cached_pages(), before + 1);
    EXPECT_EQ(me->call(call_lseek, fd, 0, 3), 1ll << 39) << "SEEK_DATA";
    EXPECT_EQ(me->call(call_lseek, fd, 1ll << 39, 4), (1ll << 39) + 4096) << "SEEK_HOLE";
    EXPECT_EQ(me->call(call_lseek, fd, (1ll << 39) + 4096, 3), -ENXIO);
    EXPECT_EQ(me->call(call_lseek, fd, 1ll << 40, 4), -ENXIO);
    EXPECT_EQ(me->call(call_ftruncate, fd, 100), 0);
    EXPECT_EQ(cached_pages(), before);
    EXPECT_EQ(me->call(call_ftruncate, fd, -1), -EINVAL);
    me->close(fd);
}

TEST_F(ContentsTest, AppendsAndLimits)
{
    me->make("f", "one");
    std::int64_t const fd = me->open("f", write_only | append);
    EXPECT_EQ(me->write(fd, "two"), 3);
    EXPECT_EQ(me->call(call_pwrite64, fd, me->put("X"), 1, 0), 1) << "appends all the same";
    EXPECT_EQ(me->contents("f"), "onetwoX");
    me->process.limits[Resource::FileSize].soft = 9;
    EXPECT_EQ(me->write(fd, "12345"), 2);
    EXPECT_EQ(me->write(fd, "1"), -EFBIG);
    EXPECT_EQ(me->call(call_read, fd, me->room(1), 1), -EBADF);
    me->close(fd);
}

TEST_F(ContentsTest, FilesystemFillsUp)
{
    me->mkdir("m");
    me->call(call_mount, me->put("x"), me->put("m"), me->put("tmpfs"), 0, me->put("size=16k,nr_inodes=4"));
    std::int64_t const fd = me->open("m/f", create | write_only);
    EXPECT_EQ(me->write(fd, std::string(20'000, 'x')), 16384);
    EXPECT_EQ(me->write(fd, "x"), -ENOSPC);
    me->make("m/a");
    me->make("m/b");
    EXPECT_EQ(me->make("m/c"), -ENOSPC);
    EXPECT_EQ(me->unlink("m/f"), 0);
    std::int64_t const other = me->open("m/a", write_only);
    EXPECT_EQ(me->write(other, "x"), -ENOSPC) << "the file lives while it is open";
    me->close(other);
    me->close(fd);
    EXPECT_EQ(me->make("m/a", "x"), 0);
    EXPECT_EQ(me->call(call_umount2, me->put("m"), 0), 0);
}

TEST_F(ContentsTest, UnlinkedFileLivesWhileOpen)
{
    me->make("f", "data");
    std::int64_t const fd = me->open("f", read_write);
    EXPECT_EQ(me->unlink("f"), 0);
    EXPECT_EQ(me->read(fd, 10), "data");
    char text[64];
    OpenFile& file = *me->process.files->get(static_cast<int>(fd));
    EXPECT_EQ(std::string(text, path_text(file, text)), "/t/f (deleted)");
    me->close(fd);
}

TEST_F(ContentsTest, UnnamedFiles)
{
    std::int64_t const fd = me->open(".", temporary | read_write, 0600);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(me->write(fd, "t"), 1);
    EXPECT_EQ(me->call(call_linkat, fd, me->put(""), -100, me->put("named"), at_flag::empty_path), 0);
    EXPECT_EQ(me->contents("named"), "t");
    me->close(fd);
    std::int64_t const other = me->open(".", temporary | read_write | exclusive, 0600);
    EXPECT_EQ(me->call(call_linkat, other, me->put(""), -100, me->put("not"), at_flag::empty_path), -ENOENT);
    EXPECT_EQ(me->open(".", temporary | read_only), -EINVAL);
    me->close(other);
}

TEST_F(ContentsTest, TruncationInPiecesFreesEverything)
{
    std::uint64_t const before = cached_pages();
    me->make("f", std::string(3u << 20, 'x'));
    interrupt_always(true);
    EXPECT_EQ(me->call(call_truncate, me->put("f"), 5000), 0);
    EXPECT_EQ(cached_pages(), before + 2);
    EXPECT_EQ(me->contents("f"), std::string(5000, 'x'));
    EXPECT_EQ(me->call(call_truncate, me->put("f"), 10000), 0);
    EXPECT_EQ(me->contents("f"), std::string(5000, 'x') + std::string(5000, '\0'));
    EXPECT_EQ(me->make("f", ""), 0) << "O_TRUNC";
    EXPECT_EQ(cached_pages(), before);
    me->make("g", std::string(3u << 20, 'x'));
    EXPECT_EQ(me->unlink("g"), 0);
    EXPECT_EQ(cached_pages(), before);
}

TEST_F(ContentsTest, LongWritesExcludeOneAnother)
{
    Person other;
    other.call(call_chdir, other.put("/t"));
    std::int64_t const mine = me->open("f", create | write_only | append);
    std::int64_t const its = other.open("f", write_only | append);
    std::uint64_t const text = me->put(std::string(20'000, 'a'));
    // One grain of my write, then the other's turn.
    machine().interrupt_pending = true;
    machine().torus.current = &me->thread;
    machine().user = &me->process.space->table();
    Arguments const arguments{{static_cast<std::uint64_t>(mine), text, 20'000, 0, 0, 0}};
    ASSERT_TRUE(call_write(me->thread, arguments).is_again());
    std::uint64_t const short_text = other.put("bb");
    EXPECT_EQ(other.call(call_write, its, short_text, 2), call_blocks);
    EXPECT_EQ(me->call(call_write, mine, text, 20'000), 20'000);
    EXPECT_FALSE(other.waits());
    EXPECT_EQ(other.call(call_write, its, short_text, 2), 2);
    EXPECT_EQ(me->contents("f"), std::string(20'000, 'a') + "bb");
    me->close(mine);
}

TEST_F(ContentsTest, DyingWriterGivesTheTurnBack)
{
    std::int64_t fd = -1;
    {
        Person other;
        other.call(call_chdir, other.put("/t"));
        std::int64_t const its = other.open("f", create | write_only);
        machine().interrupt_pending = true;
        std::uint64_t const text = other.put(std::string(20'000, 'a'));
        Arguments const arguments{{static_cast<std::uint64_t>(its), text, 20'000, 0, 0, 0}};
        ASSERT_TRUE(call_write(other.thread, arguments).is_again());
    }
    interrupt_always(false);
    fd = me->open("f", write_only);
    EXPECT_EQ(me->write(fd, "x"), 1);
    me->close(fd);
}

TEST_F(ContentsTest, VectorsOfBuffers)
{
    std::int64_t const fd = me->open("f", create | read_write);
    std::uint64_t const a = me->put("abc"), b = me->put("defgh");
    std::uint64_t const vector[] = {a, 3, 0, 0, b, 5};
    EXPECT_EQ(me->call(call_writev, fd, me->put(vector, sizeof vector), 3), 8);
    EXPECT_EQ(me->contents("f"), "abcdefgh");
    std::uint64_t const into[] = {me->room(2), 2, me->room(10), 10};
    EXPECT_EQ(me->call(call_preadv, fd, me->put(into, sizeof into), 2, 1), 7);
    EXPECT_EQ(me->get(into[0], 2) + me->get(into[2], 5), "bcdefgh");
    EXPECT_EQ(me->call(call_writev, fd, me->put(vector, sizeof vector), 1025), -EINVAL);
    EXPECT_EQ(me->call(call_writev, fd, 8, 1), -EFAULT);
    std::uint64_t const huge[] = {a, ~0ull >> 1, b, ~0ull >> 1};
    EXPECT_EQ(me->call(call_writev, fd, me->put(huge, sizeof huge), 2), -EFAULT);
    std::uint64_t const negative[] = {a, ~0ull};
    EXPECT_EQ(me->call(call_writev, fd, me->put(negative, sizeof negative), 1), -EINVAL);
    EXPECT_EQ(me->call(call_writev, fd, 0, 0), 0);
    me->close(fd);
}

TEST_F(ContentsTest, BadAddressInTheMiddle)
{
    std::int64_t const fd = me->open("f", create | read_write);
    std::uint64_t const end = Person::memory + Person::memory_size;
    EXPECT_EQ(me->call(call_write, fd, end - 3, 10), 3) << "what was good is written";
    EXPECT_EQ(me->call(call_write, fd, end, 10), -EFAULT);
    EXPECT_EQ(me->call(call_pread64, fd, end - 2, 3, 0), 2);
    EXPECT_EQ(me->size("f"), 3u);
    me->close(fd);
}

TEST_F(ContentsTest, SendsFiles)
{
    std::string text(30'000, '\0');
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<char>(i * 7);
    me->make("in", text);
    std::int64_t const in = me->open("in", read_only);
    std::int64_t const out = me->open("out", create | write_only);
    interrupt_always(true);
    EXPECT_EQ(me->call(call_sendfile, out, in, 0, 1'000'000), 30'000);
    EXPECT_EQ(me->contents("out"), text);
    std::uint64_t const offset = 29'000;
    std::uint64_t const at = me->put(&offset, sizeof offset);
    EXPECT_EQ(me->call(call_sendfile, out, in, at, 500), 500);
    EXPECT_EQ(me->get<std::uint64_t>(at), 29'500u);
    EXPECT_EQ(me->call(call_sendfile, in, out, 0, 1), -EBADF);
    me->close(in);
    me->close(out);
}

TEST_F(ContentsTest, ManyDescriptors)
{
    me->process.limits[Resource::Files] = {10'050, 65536};
    me->make("f");
    std::int64_t fd = 0;
    std::int64_t count = 0;
    while ((fd = me->open("f", read_only)) >= 0)
        EXPECT_EQ(fd, count++);
    EXPECT_EQ(fd, -EMFILE);
    EXPECT_EQ(count, 10'050);
    for (std::int64_t gone : {5000, 70, 3})
        EXPECT_EQ(me->close(gone), 0);
    EXPECT_EQ(me->call(call_dup, 0), 3);
    EXPECT_EQ(me->call(call_fcntl, 0, 0, 60), 70);
    EXPECT_EQ(me->call(call_fcntl, 0, 1030, 71), 5000);
    EXPECT_EQ(me->call(call_fcntl, 5000, 1), 1);
    EXPECT_EQ(me->call(call_fcntl, 0, 0, 10'050), -EINVAL);
    EXPECT_EQ(me->call(call_dup3, 0, 9999, close_on_exec), 9999);
    EXPECT_EQ(me->call(call_dup3, 0, 10'050, 0), -EBADF);
    EXPECT_EQ(me->call(call_dup3, 7, 7, 0), -EINVAL);
    FdTable* copy = FdTable::create().value();
    for (std::uint64_t cursor = 0; cursor != ~0ull;)
        cursor = copy->copy_step(*me->process.files, cursor).value();
    EXPECT_EQ(copy->count(), me->process.files->count());
    for (std::uint64_t cursor = 0; cursor != ~0ull;)
        cursor = close_on_exec_step(*copy, cursor);
    EXPECT_EQ(copy->count(), me->process.files->count() - 2);
    for (std::uint64_t cursor = 0; cursor != ~0ull;)
        cursor = close_step(*copy, cursor);
    copy->destroy();
    EXPECT_EQ(me->call(call_close_range, 100, ~0u, 0), 0);
    EXPECT_EQ(me->process.files->count(), 100u);
}

TEST_F(ContentsTest, ExecutablesDenyWriting)
{
    me->make("x", "#!");
    EXPECT_EQ(open_executable(me->thread, "x").error(), Status::AccessDenied);
    me->call(call_fchmodat, -100, me->put("x"), 0755);
    std::int64_t const fd = me->open("x", write_only);
    EXPECT_EQ(open_executable(me->thread, "x").error(), Status::TextBusy);
    me->close(fd);
    OpenFile& file = *open_executable(me->thread, "x").value();
    EXPECT_EQ(me->open("x", write_only), -ETXTBSY);
    EXPECT_EQ(me->call(call_truncate, me->put("x"), 0), -ETXTBSY);
    std::byte bytes[10];
    EXPECT_EQ(read_kernel(file, 1, bytes).value(), 1u);
    EXPECT_EQ(static_cast<char>(bytes[0]), '!');
    release(file);
    EXPECT_EQ(me->make("x", "new"), 0);
    EXPECT_EQ(open_executable(me->thread, ".").error(), Status::AccessDenied);
}

TEST_F(ContentsTest, MappedFilesAreCutUnderTheMapping)
{
    me->make("f", std::string(100'000, 'm'));
    std::int64_t const fd = me->open("f", read_write);
    constexpr unsigned read_write_access = 3, map_shared = 1;
    auto const at = static_cast<std::uint64_t>(
        me->call(call_mmap, 0, 100'000, read_write_access, map_shared, static_cast<std::uint64_t>(fd), 0));
    EXPECT_EQ(me->get(at + 99'000, 3), "mmm");
    interrupt_always(true);
    EXPECT_EQ(me->call(call_ftruncate, fd, 5000), 0);
    EXPECT_EQ(me->get(at + 4990, 20), std::string(10, 'm') + std::string(10, '\0'));
    EXPECT_EQ(me->process.space->fault(Uaddr{at + 8192}, Access::Read), FaultResult::PastEnd);
    EXPECT_EQ(me->call(call_munmap, at, 100'000), 0);
    me->close(fd);
}

struct UserLock {
    std::int16_t type, whence;
    std::int64_t start, length;
    std::int32_t pid;
};

TEST_F(ContentsTest, RecordLocks)
{
    Person other;
    other.call(call_chdir, other.put("/t"));
    me->make("f", "0123456789");
    std::int64_t const mine = me->open("f", read_write), its = other.open("f", read_write);
    auto const lock = [](Person& who, std::int64_t fd, int command, std::int16_t type, std::int64_t start,
                          std::int64_t length) {
        UserLock const l{type, 0, start, length, 0};
        return who.call(call_fcntl, fd, static_cast<unsigned>(command), who.put(&l, sizeof l));
    };
    EXPECT_EQ(lock(*me, mine, 6, 1, 2, 5), 0);
    EXPECT_EQ(lock(other, its, 6, 0, 0, 2), 0) << "no overlap";
    EXPECT_EQ(lock(other, its, 6, 0, 6, 1), -EAGAIN);
    UserLock ask{0, 0, 0, 0, 0};
    std::uint64_t const at = other.put(&ask, sizeof ask);
    EXPECT_EQ(other.call(call_fcntl, its, 5, at), 0);
    ask = other.get<UserLock>(at);
    EXPECT_EQ(
        std::make_tuple(ask.type, ask.start, ask.length, ask.pid), std::make_tuple(1, 2, 5, me->process.pid));
    EXPECT_EQ(lock(*me, mine, 6, 2, 4, 1), 0) << "a hole in the middle";
    EXPECT_EQ(lock(other, its, 6, 1, 4, 1), 0);
    EXPECT_EQ(lock(other, its, 7, 1, 5, 1), call_blocks);
    std::int64_t const second = me->open("f", read_only);
    me->close(second);
    EXPECT_FALSE(other.waits()) << "closing any descriptor drops the process's locks";
    EXPECT_EQ(lock(other, its, 7, 1, 5, 1), 0);
    EXPECT_EQ(lock(*me, mine, 6, 1, 0, 0), -EAGAIN);
    other.close(its);
    EXPECT_EQ(lock(*me, mine, 6, 1, 0, 0), 0);
    me->close(mine);
}

TEST_F(ContentsTest, WholeFileLocks)
{
    constexpr int shared = 1, exclusive_lock = 2, now = 4, unlock = 8;
    me->make("f");
    std::int64_t const a = me->open("f", read_only), b = me->open("f", read_only);
    EXPECT_EQ(me->call(call_flock, a, shared), 0);
    EXPECT_EQ(me->call(call_flock, b, shared), 0);
    EXPECT_EQ(me->call(call_flock, b, exclusive_lock | now), -EAGAIN);
    EXPECT_EQ(me->call(call_flock, a, unlock), 0);
    EXPECT_EQ(me->call(call_flock, b, exclusive_lock | now), 0);
    EXPECT_EQ(me->call(call_flock, a, shared | now), -EAGAIN);
    me->close(b);
    EXPECT_EQ(me->call(call_flock, a, shared | now), 0);
    EXPECT_EQ(me->call(call_flock, a, 3), -EINVAL);
    me->close(a);
}

TEST_F(ContentsTest, Devices)
{
    me->mkdir("dev");
    me->call(call_mount, me->put("dev"), me->put("dev"), me->put("devtmpfs"), 0, 0);
    std::int64_t const null = me->open("dev/null", read_write), zero = me->open("dev/zero", read_write),
                       full = me->open("dev/full", read_write), random = me->open("dev/urandom", read_write);
    EXPECT_EQ(me->write(null, "gone"), 4);
    EXPECT_EQ(me->read(null, 10), "");
    EXPECT_EQ(me->read(zero, 5000), std::string(5000, '\0'));
    EXPECT_EQ(me->write(full, "x"), -ENOSPC);
    EXPECT_EQ(me->read(full, 2), std::string(2, '\0'));
    interrupt_always(true);
    std::string const a = me->read(random, 1000), b = me->read(random, 1000);
    EXPECT_EQ(a.size(), 1000u);
    EXPECT_NE(a, b);
    EXPECT_EQ(me->write(random, std::string(1000, 'e')), 1000);
    EXPECT_EQ(me->call(call_getrandom, me->room(100), 100, 1), 100);
    EXPECT_EQ(me->call(call_getrandom, me->room(100), 100, 8), -EINVAL);
    EXPECT_EQ(me->call(call_ioctl, null, 0x5401, 0), -ENOTTY);
    for (std::int64_t fd : {null, zero, full, random})
        me->close(fd);
    EXPECT_EQ(me->call(call_umount2, me->put("dev"), 0), 0);
}

} // namespace
} // namespace torc
