// SPDX-License-Identifier: MIT
// Advisory locks on an inode: flock (owner: the open file), POSIX records (owner: the descriptor table, which
// stands for the process) and open-file-description records. One list per inode, in no order but by owner and
// start, as fcntl(2) and flock(2) say. Two that wait for each other's records are told (EDEADLK).
#pragma once
#include "kernel/linux/outcome.hpp"
#include "kernel/process/wait_queue.hpp"
#include "substrate/handle.hpp"
#include <cstdint>

namespace torc {
struct Inode;
struct OpenFile;
class FdTable;
struct Thread;

enum class LockFamily : std::uint8_t { Flock, Posix, Description };
enum class LockType : std::uint8_t { Shared, Exclusive, Unlock };

struct LockRange {
    std::uint64_t start{0}, end{~0ull >> 1}; // inclusive
    bool overlaps(LockRange const& other) const { return start <= other.end && other.start <= end; }
};

struct FileLock { // pool record
    FileLock* next{nullptr}; // of the inode
    void const* owner{nullptr}; // FdTable (Posix) or OpenFile
    LockRange range{};
    LockFamily family{LockFamily::Flock};
    LockType type{LockType::Shared};
    std::int32_t pid{0}; // F_GETLK
    WaitQueue waiting; // those whom this one kept out
};

// Takes or gives up a lock; waits if `wait`.
Outcome change_lock(
    Thread& thread, OpenFile& file, LockFamily family, LockType type, LockRange range, bool wait);
// The first lock of another owner that would keep this one out, or nullptr.
FileLock const* conflicting_lock(
    Inode const& inode, void const* owner, LockFamily family, LockType type, LockRange range);
// Everything that an owner has on an inode goes: close of a descriptor (Posix), the last close (others).
// Who holds the records that the thread's process takes: its descriptor table, as on Linux; a process of
// another torus by its handle. Compared, never followed.
void const* record_owner(Thread const& thread);
void const* far_record_owner(Handle process);
void drop_locks(Inode& inode, void const* owner);

} // namespace torc
