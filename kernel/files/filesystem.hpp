// SPDX-License-Identifier: MIT
// One instance of a filesystem, and the mounts that show it. tmpfs, devtmpfs and the kernel's own (pipes,
// shared anonymous memory) keep names and inodes in memory; a dynamic one (procfs) makes them when asked.
#pragma once
#include "kernel/files/path.hpp"
#include "substrate/intrusive_list.hpp"
#include <cstdint>

namespace torc {
struct DynamicOperations;
struct Name;

enum class FilesystemKind : std::uint8_t { Tmpfs, Devtmpfs, Proc, Pipefs, Internal, Anonymous };

struct Filesystem { // pool record
    FilesystemKind kind{FilesystemKind::Tmpfs};
    DynamicOperations const* dynamic{nullptr};
    std::uint32_t references{1}; // itself while it has names, mounts, and inodes that live on
    std::uint32_t mounts{0}; // the last one takes its names along (reap_step)
    ListHook dying; // in FileRecords::dying_filesystems
    std::uint32_t device{0}; // minor of st_dev; the major is 0
    Name* root{nullptr}; // counted
    std::uint64_t next_inode{1};
    std::uint32_t inode_step{1};
    std::uint64_t page_limit{~0ull}, pages{0};
    std::uint64_t inode_limit{~0ull}, inodes{0};
};

char const* type_name(FilesystemKind kind); // "tmpfs"
std::uint32_t magic_number(FilesystemKind kind); // statfs.f_type

struct Mount { // pool record
    enum Flags : std::uint32_t {
        read_only = 1,
        no_suid = 2,
        no_device = 4,
        no_exec = 8,
        no_atime = 1024,
        no_directory_atime = 2048,
        relative_atime = 1 << 21
    };
    ListHook in_table; // FileRecords::mounts, in order of mounting
    Filesystem* filesystem{nullptr}; // counted
    Name* root{nullptr}; // what it shows: counted
    Path on{}; // where it lies: counted; empty for the first root
    std::uint32_t flags{relative_atime};
    std::uint32_t references{1}; // paths that went through it
    std::uint32_t id{0};
    bool attached{true}; // false after a lazy umount
    char source[48]{}; // "proc" in /proc/mounts
};

void retain(Mount& mount);
void release(Mount& mount);
void retain(Filesystem& filesystem);
void release(Filesystem& filesystem);

} // namespace torc
