// SPDX-License-Identifier: MIT
#include "kernel/files/file_lock.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/guests.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"

namespace torc {
namespace {

bool same_owner(FileLock const& lock, void const* owner, LockFamily family)
{
    return lock.owner == owner && lock.family == family;
}

// flock and the record locks do not see one another.
bool meet(LockFamily a, LockFamily b)
{
    return (a == LockFamily::Flock) == (b == LockFamily::Flock);
}

FileLock* find_conflict(
    Inode const& inode, void const* owner, LockFamily family, LockType type, LockRange range)
{
    FileLock* first = nullptr; // the lowest: F_GETLK tells it
    for (FileLock* lock = inode.locks; lock != nullptr; lock = lock->next) {
        bool const excludes = lock->type == LockType::Exclusive || type == LockType::Exclusive;
        if (excludes && meet(lock->family, family) && !same_owner(*lock, owner, family)
            && lock->range.overlaps(range) && (first == nullptr || lock->range.start < first->range.start))
            first = lock;
    }
    return first;
}

Thread const* first_waiting(Guest const& guest)
{
    for (Visitor const& visitor : guest.visitors)
        if (visitor.thread.restart.kind == CallKind::RecordLock)
            return &visitor.thread;
    return nullptr;
}

// Who waits for a record, of that owner's.
Thread const* waiting_thread(void const* owner, std::int32_t pid)
{
    Process* const process = find_process(pid);
    if (process != nullptr && process->files == owner)
        return process->leader();
    Torus& torus = this_torus();
    auto const home = Handle::from_raw(reinterpret_cast<std::uint64_t>(owner)); // SAFETY: far_record_owner
    Guest const* const guest = torus.far != nullptr ? find_guest(torus, home) : nullptr;
    return guest != nullptr ? first_waiting(*guest) : nullptr;
}

// Whether the process that has `lock` waits, through others perhaps, for a record of `owner`: who waits says
// in its restart record for whom. Followed ten steps, as on Linux; open file descriptions are not followed.
bool would_deadlock(FileLock const& lock, void const* owner)
{
    if (lock.family != LockFamily::Posix)
        return false;
    void const* holder = lock.owner;
    std::int32_t pid = lock.pid;
    for (unsigned i = 0; i < 10; ++i) {
        Thread const* const thread = waiting_thread(holder, pid);
        if (thread == nullptr || thread->restart.kind != CallKind::RecordLock)
            return false;
        // SAFETY: compared, never followed
        if (thread->restart.object == reinterpret_cast<std::uint64_t>(owner))
            return true;
        holder = reinterpret_cast<void const*>(thread->restart.object); // SAFETY: as above
        pid = static_cast<std::int32_t>(thread->restart.small);
    }
    return false;
}

Outcome wait_for_lock(Thread& thread, FileLock& lock)
{
    Outcome const outcome = block(thread, lock.waiting, OnSignal::Restart);
    if (lock.family == LockFamily::Posix && outcome.is_blocked()) {
        thread.restart.kind = CallKind::RecordLock;
        thread.restart.object = reinterpret_cast<std::uint64_t>(lock.owner); // SAFETY: see would_deadlock
        thread.restart.small = static_cast<std::uint32_t>(lock.pid);
    }
    return outcome;
}

// Takes it off the list; those who waited for it look again.
void unlink(FileLock*& link)
{
    FileLock* const lock = link;
    link = lock->next;
    lock->waiting.wake_all();
    file_records().locks.destroy(lock);
}

void push(Inode& inode, FileLock& lock)
{
    lock.next = inode.locks;
    inode.locks = &lock;
}

// Takes `range` out of what the owner has. `spare` becomes the upper part if one lock is split in two.
void carve(Inode& inode, void const* owner, LockFamily family, LockRange range, FileLock*& spare)
{
    for (FileLock** link = &inode.locks; *link != nullptr;) {
        FileLock& lock = **link;
        if (!same_owner(lock, owner, family) || !lock.range.overlaps(range)) {
            link = &lock.next;
            continue;
        }
        bool const below = lock.range.start < range.start;
        bool const above = lock.range.end > range.end;
        if (!below && !above) {
            unlink(*link);
            continue;
        }
        lock.waiting.wake_all();
        if (below && above) {
            spare->owner = owner; // NOLINT: an owner's locks are disjoint, so only one is split
            spare->family = family;
            spare->type = lock.type;
            spare->pid = lock.pid;
            spare->range = {range.end + 1, lock.range.end};
            push(inode, *spare);
            spare = nullptr;
        }
        if (below)
            lock.range.end = range.start - 1;
        else
            lock.range.start = range.end + 1;
        link = &lock.next;
    }
}

// Joins a lock with its equal neighbours.
void merge(Inode& inode, FileLock& into)
{
    for (FileLock** link = &inode.locks; *link != nullptr;) {
        FileLock& lock = **link;
        bool const adjacent
            = lock.range.end + 1 == into.range.start || into.range.end + 1 == lock.range.start;
        if (&lock == &into || !same_owner(lock, into.owner, into.family) || lock.type != into.type
            || !adjacent) {
            link = &lock.next;
            continue;
        }
        into.range.start = lock.range.start < into.range.start ? lock.range.start : into.range.start;
        into.range.end = lock.range.end > into.range.end ? lock.range.end : into.range.end;
        unlink(*link);
    }
}

struct Spares { // so that nothing can fail half-way
    FileLock* fresh{file_records().locks.create()};
    FileLock* split{file_records().locks.create()};
    ~Spares()
    {
        if (fresh != nullptr)
            file_records().locks.destroy(fresh);
        if (split != nullptr)
            file_records().locks.destroy(split);
    }
    bool complete() const { return fresh != nullptr && split != nullptr; }
};

} // namespace

Outcome change_lock(
    Thread& thread, OpenFile& file, LockFamily family, LockType type, LockRange range, bool wait)
{
    Inode& inode = *file.inode;
    void const* const owner = family == LockFamily::Posix ? record_owner(thread) : &file;
    Spares spares;
    if (!spares.complete())
        return Status::NoMemory;
    if (family == LockFamily::Flock) // a conversion gives up first, as Linux does
        for (FileLock* lock = inode.locks; lock != nullptr; lock = lock->next)
            if (same_owner(*lock, owner, family)) {
                if (lock->type == type)
                    return 0;
                carve(inode, owner, family, range, spares.split);
                break;
            }
    if (type != LockType::Unlock) {
        FileLock* const conflict = find_conflict(inode, owner, family, type, range);
        if (conflict != nullptr && !wait)
            return Status::WouldBlock;
        if (conflict != nullptr && family == LockFamily::Posix && would_deadlock(*conflict, owner))
            return Status::Deadlock;
        if (conflict != nullptr)
            return wait_for_lock(thread, *conflict);
    }
    carve(inode, owner, family, range, spares.split);
    if (type == LockType::Unlock)
        return 0;
    FileLock& lock = *std::exchange(spares.fresh, nullptr);
    lock.owner = owner;
    lock.family = family;
    lock.type = type;
    lock.range = range;
    lock.pid = thread.process->pid;
    push(inode, lock);
    merge(inode, lock);
    if (family == LockFamily::Posix)
        thread.process->files->set_has_locks();
    return 0;
}

FileLock const* conflicting_lock(
    Inode const& inode, void const* owner, LockFamily family, LockType type, LockRange range)
{
    return find_conflict(inode, owner, family, type, range);
}

void const* far_record_owner(Handle process)
{
    return reinterpret_cast<void const*>(process.raw()); // SAFETY: see the declaration
}

void const* record_owner(Thread const& thread)
{
    if (!thread.visiting) [[likely]]
        return thread.process->files;
    return far_record_owner(owner_of<&Visitor::thread>(const_cast<Thread&>(thread)).guest->home);
}

void drop_locks(Inode& inode, void const* owner)
{
    for (FileLock** link = &inode.locks; *link != nullptr;) {
        if ((*link)->owner == owner)
            unlink(*link);
        else
            link = &(*link)->next;
    }
}

} // namespace torc
