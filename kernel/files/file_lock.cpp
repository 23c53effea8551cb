// SPDX-License-Identifier: MIT
#include "kernel/files/file_lock.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"

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
    for (FileLock* lock = inode.locks; lock != nullptr; lock = lock->next) {
        bool const excludes = lock->type == LockType::Exclusive || type == LockType::Exclusive;
        if (excludes && meet(lock->family, family) && !same_owner(*lock, owner, family)
            && lock->range.overlaps(range))
            return lock;
    }
    return nullptr;
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
            spare->owner = owner;
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
    void const* const owner
        = family == LockFamily::Posix ? static_cast<void const*>(thread.process->files) : &file;
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
        if (conflict != nullptr)
            return wait ? block(thread, conflict->waiting, OnSignal::Restart) : Outcome{Status::WouldBlock};
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
    return 0;
}

FileLock const* conflicting_lock(
    Inode const& inode, void const* owner, LockFamily family, LockType type, LockRange range)
{
    return find_conflict(inode, owner, family, type, range);
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
