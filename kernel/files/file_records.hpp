// SPDX-License-Identifier: MIT
// Everything the file part of one torus owns: the plane of open files, the pools, the table of names, the
// mounts. One per torus, made at boot by open_files(). Torus-local.
#pragma once
#include "kernel/files/dynamic_node.hpp"
#include "kernel/files/event_counter.hpp"
#include "kernel/files/fd_table.hpp"
#include "kernel/files/file_lock.hpp"
#include "kernel/files/filesystem.hpp"
#include "kernel/files/fs_context.hpp"
#include "kernel/files/generated_text.hpp"
#include "kernel/files/inode.hpp"
#include "kernel/files/name_table.hpp"
#include "kernel/files/open_file.hpp"
#include "kernel/files/page_tree.hpp"
#include "kernel/files/pipe.hpp"
#include "kernel/poll/epoll_set.hpp"
#include "kernel/poll/poll_table.hpp"
#include "kernel/time/timer_file.hpp"
#include "kernel/torus.hpp"
#include "substrate/lattice.hpp"
#include "substrate/pool.hpp"
#include <string_view>

namespace torc {

struct LongText { // the text of a long name
    char text[name_limit + 1];
};
struct PathText { // the text of a long symbolic link
    static constexpr unsigned size = 4096;
    char text[size];
};

inline constexpr unsigned walk_link_limit = 40; // links followed in one walk, and so how deep they nest

struct FileRecords {
    Plane<OpenFile> open_files;
    Pool<Inode> inodes;
    Pool<Name> names;
    Pool<LongText> long_texts;
    Pool<PathText> path_texts;
    Pool<PageNode> page_nodes;
    Pool<BucketPage> bucket_pages;
    Pool<Filesystem> filesystems;
    Pool<Mount> mount_records;
    Pool<FsContext> contexts;
    Pool<FdTable> tables;
    Pool<FdChunk> chunks;
    Pool<FdDirectory> directories;
    Pool<Pipe> pipes;
    Pool<PipeSlots> pipe_slots;
    Pool<GeneratedText> generated_texts;
    Pool<FileLock> locks;
    Pool<Waiter> waiters;
    Pool<EventCounter> event_counters;
    Pool<TimerFile> timer_files;
    Pool<EpollSet> epoll_sets;
    Pool<EpollItem> epoll_items;

    NameTable name_table;
    List<Mount, &Mount::in_table> mounts; // in order of mounting
    // Numbers that no other torus gives out, too: each goes on by as many as there are tori.
    std::uint32_t next_mount_id{1};
    std::uint32_t next_device{1}; // minors of st_dev
    Path root{}; // the first mount's; empty where no filesystem with names is (torus 0 has them)
    Filesystem* devices{nullptr}; // the one devtmpfs; torus 0's
    Filesystem* pipe_filesystem{nullptr};
    Mount* nameless{nullptr}; // what a pipe is reached through by /proc/PID/fd
    Filesystem* internal_filesystem{nullptr}; // shared anonymous memory
    Inode* anonymous_inode{nullptr}; // of files that nobody can look up
    DynamicOperations const* proc{nullptr};
    std::uint64_t tmpfs_pages{0}; // default limit: half of memory
    std::uint64_t cached_pages{0}; // frames in all page trees

    bool something_dies{false}; // one of these, or of the far inodes given up: set by who puts it there
    List<Filesystem, &Filesystem::dying> dying_filesystems; // not mounted any more; emptied by grains
    List<EpollSet, &EpollSet::dying> dying_sets; // closed; their items go by grains
    std::uint64_t epoll_searches{0};
    List<Inode, &Inode::dying> dying; // nobody holds them; their pages go back by grains

    // Used within one run of a call, never across a yield.
    char first_path[PathText::size];
    char second_path[PathText::size];
    // Of the walk that is going on: texts of generated links, and what follows the links it is in.
    char link_texts[PathText::size];
    std::string_view link_rests[walk_link_limit];
};

inline FileRecords& file_records()
{
    return *this_torus().files;
}

} // namespace torc
