// SPDX-License-Identifier: MIT
// Path walks, links, renames, permissions: what Linux answers.
#include "tests/host/files/world.hpp"
#include <algorithm>
#include <cerrno>

namespace torc {
namespace {

using namespace linux_abi;
using namespace open_flag;

class PathsTest : public FilesTest { };

TEST_F(PathsTest, WalksComponentsAndSlashes)
{
    ASSERT_EQ(me->mkdir("a"), 0);
    ASSERT_EQ(me->mkdir("a/b"), 0);
    ASSERT_EQ(me->make("a/b/c", "text"), 0);
    EXPECT_EQ(me->contents("a//b/./c"), "text");
    EXPECT_EQ(me->contents("a/b/../b/c"), "text");
    EXPECT_EQ(me->contents("/t/a/b/c"), "text");
    EXPECT_EQ(me->contents("../../../t/a/b/c"), "text") << "above the root is the root";
    EXPECT_EQ(me->stat_mode("a/b/c/"), -ENOTDIR);
    EXPECT_EQ(me->stat_mode("a/b/c/d"), -ENOTDIR);
    EXPECT_EQ(me->stat_mode("a/x/c"), -ENOENT);
    EXPECT_EQ(me->stat_mode(""), -ENOENT);
    EXPECT_EQ(me->stat_mode("a/b/"), 040755);
    EXPECT_EQ(me->stat_mode(std::string(255, 'n')), -ENOENT);
    EXPECT_EQ(me->stat_mode(std::string(256, 'n')), -ENAMETOOLONG);
    EXPECT_EQ(me->stat_mode(std::string(4096, '/')), -ENAMETOOLONG);
    EXPECT_EQ(me->stat_mode(std::string(4095, '/')), 040755);
    EXPECT_EQ(me->call(call_newfstatat, -100, 0, me->room(128)), -EFAULT);
}

TEST_F(PathsTest, LongNamesAndDeepTrees)
{
    std::string const name(200, 'x');
    std::string path = name;
    ASSERT_EQ(me->mkdir(path), 0);
    for (int depth = 0; depth < 15; ++depth)
        ASSERT_EQ(me->mkdir(path += "/" + name), 0);
    EXPECT_EQ(me->call(call_chdir, me->put(path)), 0);
    std::uint64_t const at = me->room(4096);
    EXPECT_EQ(me->call(call_getcwd, at, 4096), static_cast<std::int64_t>(path.size() + 4));
    EXPECT_EQ(me->get(at, path.size() + 3), "/t/" + path);
    EXPECT_EQ(me->call(call_getcwd, at, 100), -ERANGE);
    EXPECT_EQ(me->call(call_chdir, me->put("/t")), 0);
}

TEST_F(PathsTest, FollowsLinks)
{
    me->mkdir("d");
    me->make("d/f", "f");
    ASSERT_EQ(me->symlink("d", "to_d"), 0);
    ASSERT_EQ(me->symlink("to_d/f", "to_f"), 0);
    ASSERT_EQ(me->symlink("/t/d/", "slash"), 0);
    ASSERT_EQ(me->symlink("nowhere", "dangling"), 0);
    EXPECT_EQ(me->contents("to_f"), "f");
    EXPECT_EQ(me->contents("slash/f"), "f");
    EXPECT_EQ(me->stat_mode("to_d", at_flag::symlink_no_follow), 0120777);
    EXPECT_EQ(me->stat_mode("to_d/", at_flag::symlink_no_follow), 040755) << "a slash follows";
    EXPECT_EQ(me->stat_mode("to_f/"), -ENOTDIR);
    EXPECT_EQ(me->stat_mode("dangling"), -ENOENT);
    EXPECT_EQ(me->readlink("to_f"), "to_d/f");
    EXPECT_EQ(me->readlink("d"), "!22");
    EXPECT_EQ(me->open("to_f", read_only | no_follow), -ELOOP);
    EXPECT_EQ(me->make("dangling", "made"), 0) << "O_CREAT goes through a dangling link";
    EXPECT_EQ(me->contents("nowhere"), "made");
    EXPECT_EQ(me->open("to_f", create | exclusive | write_only), -EEXIST);
    std::string const text(1000, '/');
    EXPECT_EQ(me->symlink(text + "t/d/f", "long"), 0);
    EXPECT_EQ(me->contents("long"), "f");
    EXPECT_EQ(me->readlink("long").size(), text.size() + 5);
}

TEST_F(PathsTest, CountsLinksFollowed)
{
    me->make("l0", "end");
    for (int i = 1; i <= 41; ++i)
        me->symlink("l" + std::to_string(i - 1), "l" + std::to_string(i));
    EXPECT_EQ(me->contents("l40"), "end");
    EXPECT_EQ(me->stat_mode("l41"), -ELOOP);
    me->symlink("self", "self");
    EXPECT_EQ(me->stat_mode("self"), -ELOOP);
    EXPECT_EQ(me->stat_mode("self/x"), -ELOOP);
}

TEST_F(PathsTest, MakesAndRemoves)
{
    EXPECT_EQ(me->mkdir("d/"), 0);
    EXPECT_EQ(me->mkdir("d"), -EEXIST);
    EXPECT_EQ(me->mkdir("x/y"), -ENOENT);
    EXPECT_EQ(me->mkdir("/"), -EEXIST);
    EXPECT_EQ(me->mkdir("d/."), -EEXIST);
    EXPECT_EQ(me->links("d"), 2u);
    me->mkdir("d/e");
    EXPECT_EQ(me->links("d"), 3u);
    EXPECT_EQ(me->size("d"), 60u);
    EXPECT_EQ(me->unlink("d", at_flag::remove_directory), -ENOTEMPTY);
    EXPECT_EQ(me->unlink("d"), -EISDIR);
    EXPECT_EQ(me->unlink("d/e/.", at_flag::remove_directory), -EINVAL);
    EXPECT_EQ(me->unlink("d/e/..", at_flag::remove_directory), -ENOTEMPTY);
    EXPECT_EQ(me->unlink("/", at_flag::remove_directory), -EBUSY);
    EXPECT_EQ(me->unlink("d/e", at_flag::remove_directory), 0);
    EXPECT_EQ(me->unlink("d/", at_flag::remove_directory), 0);
    me->make("f");
    EXPECT_EQ(me->unlink("f/"), -ENOTDIR);
    EXPECT_EQ(me->unlink("f", at_flag::remove_directory), -ENOTDIR);
    EXPECT_EQ(me->unlink("f"), 0);
    EXPECT_EQ(me->unlink("f"), -ENOENT);
    EXPECT_EQ(me->open("new/", create | write_only), -EISDIR);
    EXPECT_EQ(me->symlink("", "s"), -ENOENT);
}

TEST_F(PathsTest, RemovedDirectoryStaysUsable)
{
    me->mkdir("d");
    EXPECT_EQ(me->call(call_chdir, me->put("d")), 0);
    EXPECT_EQ(me->unlink("../d", at_flag::remove_directory), 0);
    EXPECT_EQ(me->call(call_getcwd, me->room(100), 100), -ENOENT);
    EXPECT_EQ(me->make("f"), -ENOENT);
    EXPECT_EQ(me->stat_mode("."), 040755);
    EXPECT_EQ(me->call(call_chdir, me->put("..")), 0);
}

TEST_F(PathsTest, RenameMatrix)
{
    me->make("f", "f");
    me->make("g", "g");
    me->mkdir("d");
    me->mkdir("e");
    me->make("e/x");
    EXPECT_EQ(me->rename("f", "g"), 0);
    EXPECT_EQ(me->contents("g"), "f");
    EXPECT_EQ(me->stat_mode("f"), -ENOENT);
    EXPECT_EQ(me->rename("g", "d"), -EISDIR);
    EXPECT_EQ(me->rename("d", "g"), -ENOTDIR);
    EXPECT_EQ(me->rename("d", "e"), -ENOTEMPTY);
    EXPECT_EQ(me->rename("d", "d/sub"), -EINVAL);
    EXPECT_EQ(me->rename("e/x", "e"), -ENOTEMPTY);
    EXPECT_EQ(me->rename("g", "new/"), -ENOTDIR);
    EXPECT_EQ(me->rename("d", "n/"), 0);
    EXPECT_EQ(me->rename("n", "d"), 0);
    EXPECT_EQ(me->rename(".", "q"), -EBUSY);
    EXPECT_EQ(me->rename("d/..", "q"), -EBUSY);
    EXPECT_EQ(me->rename("none", "q"), -ENOENT);
    EXPECT_EQ(me->rename("g", "/g"), -EXDEV);
    EXPECT_EQ(me->rename("e", "d/e"), 0);
    EXPECT_EQ(me->links("d"), 3u);
    EXPECT_EQ(me->links("."), 3u);
    EXPECT_EQ(me->list("d/e"), (std::vector<std::string>{".", "..", "x"}));
    EXPECT_EQ(me->stat_mode("d/e/../../g"), 0100644);
    EXPECT_EQ(me->rename("g", std::string(100, 'l')), 0);
    EXPECT_EQ(me->rename(std::string(100, 'l'), "g"), 0);
}

TEST_F(PathsTest, RenameFlags)
{
    constexpr unsigned no_replace = 1, exchange = 2, whiteout = 4;
    me->make("f", "f");
    me->mkdir("d");
    me->make("d/g", "g");
    EXPECT_EQ(me->rename("f", "d", no_replace), -EEXIST);
    EXPECT_EQ(me->rename("f", "h", no_replace), 0);
    EXPECT_EQ(me->rename("h", "f"), 0);
    EXPECT_EQ(me->rename("f", "none", exchange), -ENOENT);
    EXPECT_EQ(me->rename("f", "d", exchange), 0);
    EXPECT_EQ(me->contents("d"), "f");
    EXPECT_EQ(me->contents("f/g"), "g");
    EXPECT_EQ(me->rename("f", "f/g", exchange), -EINVAL);
    EXPECT_EQ(me->rename("f", "d", exchange | no_replace), -EINVAL);
    EXPECT_EQ(me->rename("f", "d", whiteout | 8), -EINVAL);
    EXPECT_EQ(me->rename("f/g", std::string(90, 'z')), 0);
    EXPECT_EQ(me->rename("d", std::string(90, 'z'), exchange), 0);
    EXPECT_EQ(me->contents("d"), "g");
}

TEST_F(PathsTest, HardLinks)
{
    me->make("f", "data");
    EXPECT_EQ(me->link("f", "g"), 0);
    EXPECT_EQ(me->links("f"), 2u);
    EXPECT_EQ(me->rename("f", "g"), 0) << "two names of one file: nothing happens";
    EXPECT_EQ(me->stat_mode("f"), 0100644);
    EXPECT_EQ(me->unlink("f"), 0);
    EXPECT_EQ(me->contents("g"), "data");
    EXPECT_EQ(me->links("g"), 1u);
    me->mkdir("d");
    EXPECT_EQ(me->link("d", "e"), -EPERM);
    EXPECT_EQ(me->link("g", "d"), -EEXIST);
    EXPECT_EQ(me->link("g", "/g"), -EXDEV);
    me->symlink("g", "s");
    EXPECT_EQ(me->link("s", "s2"), 0);
    EXPECT_EQ(me->readlink("s2"), "g");
    EXPECT_EQ(me->link("s", "g2", at_flag::symlink_follow), 0);
    EXPECT_EQ(me->contents("g2"), "data");
}

TEST_F(PathsTest, PermissionsOfOthers)
{
    me->mkdir("open", 0777);
    me->call(call_fchmodat, -100, me->put("open"), 0777);
    me->mkdir("shared");
    me->call(call_fchmodat, -100, me->put("shared"), 01777);
    me->make("shared/roots", "x");
    me->make("secret", "s");
    me->call(call_fchmodat, -100, me->put("secret"), 0600);
    me->mkdir("closed", 0700);
    me->make("closed/f");
    me->mkdir("readable", 0755);
    auto& who = me->process.credentials;
    who.uid = who.euid = who.fsuid = who.gid = who.egid = who.fsgid = 1000;
    who.effective = who.permitted = 0;
    EXPECT_EQ(me->open("secret", read_only), -EACCES);
    EXPECT_EQ(me->stat_mode("closed/f"), -EACCES);
    EXPECT_EQ(me->make("closed/mine"), -EACCES);
    EXPECT_EQ(me->make("readable/mine"), -EACCES);
    EXPECT_EQ(me->make("open/mine", "m"), 0);
    EXPECT_EQ(me->unlink("shared/roots"), -EPERM) << "sticky";
    EXPECT_EQ(me->rename("shared/roots", "shared/r"), -EPERM);
    EXPECT_EQ(me->make("shared/own"), 0);
    EXPECT_EQ(me->unlink("shared/own"), 0);
    EXPECT_EQ(me->link("secret", "open/l"), -EPERM) << "protected hard links";
    EXPECT_EQ(me->call(call_fchmodat, -100, me->put("secret"), 0777), -EPERM);
    EXPECT_EQ(me->call(call_fchownat, -100, me->put("open/mine"), 0, -1, 0), -EPERM);
    EXPECT_EQ(me->call(call_fchownat, -100, me->put("open/mine"), 1000, 1000, 0), 0);
    EXPECT_EQ(me->call(call_faccessat, -100, me->put("secret"), 4), -EACCES);
    EXPECT_EQ(me->call(call_faccessat, -100, me->put("secret"), 0), 0);
    EXPECT_EQ(me->call(call_mknodat, -100, me->put("open/dev"), 020666, 0x103), -EPERM);
    EXPECT_EQ(me->call(call_chroot, me->put("/t")), -EPERM);
}

TEST_F(PathsTest, SetGroupDirectories)
{
    me->mkdir("d");
    me->call(call_fchownat, -100, me->put("d"), 0, 77, 0);
    EXPECT_EQ(me->call(call_fchmodat, -100, me->put("d"), 02775), 0);
    me->mkdir("d/e");
    EXPECT_EQ(me->stat_mode("d/e"), 042755);
    me->make("d/f");
    EXPECT_EQ(me->stat_mode("d/f"), 0100644);
}

TEST_F(PathsTest, ListsWhileRemoving)
{
    constexpr int count = 500;
    for (int i = 0; i < count; ++i)
        me->make("f" + std::to_string(i));
    std::int64_t const fd = me->open(".", read_only | directory);
    std::uint64_t const at = me->room(512);
    int seen = 0;
    for (std::int64_t n = 0; (n = me->call(call_getdents64, fd, at, 512)) > 0;) {
        std::string const bytes = me->get(at, static_cast<std::size_t>(n));
        for (std::size_t i = 0; i < bytes.size();) {
            std::uint16_t length = 0;
            std::memcpy(&length, bytes.data() + i + 16, 2);
            std::string const name = bytes.c_str() + i + 19;
            if (name[0] == 'f') {
                EXPECT_EQ(me->unlink(name), 0);
                ++seen;
            }
            i += length;
        }
    }
    EXPECT_EQ(seen, count);
    EXPECT_EQ(me->call(call_getdents64, fd, at, 10), 0) << "at the end";
    EXPECT_EQ(me->call(call_lseek, fd, 0, 0), 0);
    EXPECT_EQ(me->call(call_getdents64, fd, at, 10), -EINVAL) << "no room for one";
    me->close(fd);
    EXPECT_EQ(me->list(".").size(), 2u);
}

TEST_F(PathsTest, MountsHideAndShow)
{
    me->mkdir("m");
    me->make("m/below");
    EXPECT_EQ(
        me->call(call_mount, me->put("x"), me->put("m"), me->put("tmpfs"), 0, me->put("size=1m,mode=700")),
        0);
    EXPECT_EQ(me->stat_mode("m"), 040700);
    EXPECT_EQ(me->stat_mode("m/below"), -ENOENT);
    EXPECT_EQ(me->stat_mode("m/.."), 041777);
    EXPECT_EQ(me->make("m/inside"), 0);
    EXPECT_EQ(me->unlink("m", at_flag::remove_directory), -EBUSY);
    EXPECT_EQ(me->rename("m", "n"), -EBUSY);
    EXPECT_EQ(me->link("m/inside", "out"), -EXDEV);
    std::int64_t const fd = me->open("m/inside", read_only);
    EXPECT_EQ(me->call(call_umount2, me->put("m"), 0), -EBUSY);
    me->close(fd);
    EXPECT_EQ(me->call(call_umount2, me->put("m"), 0), 0);
    EXPECT_EQ(me->stat_mode("m/below"), 0100644);
    EXPECT_EQ(me->call(call_umount2, me->put("m"), 0), -EINVAL);
    EXPECT_EQ(me->call(call_mount, 0, me->put("m"), me->put("nofs"), 0, 0), -ENODEV);
    EXPECT_EQ(me->call(call_mount, me->put("/t"), me->put("m"), 0, 4096, 0), 0) << "bind";
    EXPECT_EQ(me->stat_mode("m/m/below"), 0100644);
    EXPECT_EQ(me->call(call_umount2, me->put("m"), 2), 0);
    EXPECT_EQ(me->call(call_mount, me->put("dev"), me->put("m"), me->put("devtmpfs"), 1, 0), 0);
    EXPECT_EQ(me->stat_mode("m/null"), 020666);
    EXPECT_EQ(me->make("m/file"), -EROFS);
    EXPECT_EQ(me->call(call_umount2, me->put("m"), 0), 0);
}

TEST_F(PathsTest, ProcTakesNoNewNames)
{
    me->mkdir("p");
    ASSERT_EQ(me->call(call_mount, me->put("p"), me->put("p"), me->put("proc"), 0, 0), 0);
    Credentials const root = me->process.credentials;
    for (std::uint32_t const user : {0u, 1000u}) {
        me->process.credentials.fsuid = user;
        me->process.credentials.effective = user == 0 ? root.effective : 0;
        EXPECT_EQ(me->make("p/new"), -ENOENT);
        EXPECT_EQ(me->mkdir("p/new"), -ENOENT);
        EXPECT_EQ(me->mkdir("p/self/new"), -ENOENT);
        EXPECT_EQ(me->symlink("x", "p/new"), -ENOENT);
        EXPECT_EQ(me->mkdir("p/version"), -EEXIST);
        EXPECT_EQ(me->unlink("p/new"), -ENOENT);
    }
    me->process.credentials = root;
    EXPECT_EQ(me->unlink("p/version"), -EPERM);
    EXPECT_EQ(me->unlink("p/self"), -EPERM);
    EXPECT_EQ(me->readlink("p/self"), std::to_string(me->process.pid));
    EXPECT_EQ(me->call(call_umount2, me->put("p"), 0), 0);
}

TEST_F(PathsTest, LazyUnmountLetsOpenFilesLive)
{
    me->mkdir("m");
    me->call(call_mount, me->put("x"), me->put("m"), me->put("tmpfs"), 0, 0);
    me->make("m/f", "still here");
    std::int64_t const fd = me->open("m/f", read_only);
    EXPECT_EQ(me->call(call_umount2, me->put("m"), 2), 0);
    EXPECT_EQ(me->read(fd, 100), "still here");
    me->close(fd);
}

TEST_F(PathsTest, DeepTreeGoesWithItsFilesystem)
{
    me->mkdir("m");
    me->call(call_mount, me->put("x"), me->put("m"), me->put("tmpfs"), 0, 0);
    std::string path = "m";
    for (int i = 0; i < 200; ++i) {
        path += "/d";
        ASSERT_EQ(me->mkdir(path), 0);
        ASSERT_EQ(me->make(path + "f", std::string(5000, 'x')), 0);
    }
    interrupt_always(true);
    EXPECT_EQ(me->call(call_umount2, me->put("m"), 0), 0);
}

} // namespace
} // namespace torc
