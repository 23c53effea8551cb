// SPDX-License-Identifier: MIT
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/tori/far_numbers.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/torus.hpp"

namespace torc {

void PidDirectory::open(ReservedRange range, unsigned torus, unsigned tori)
{
    range_ = range;
    torus_ = torus;
    tori_ = tori;
    used_[0] = 1; // no pid 0
}

PidDirectory::Entry* PidDirectory::at(std::uint32_t local) const
{
    return reinterpret_cast<Entry*>(
        range_.at(local * sizeof(Entry))); // SAFETY: its page is backed while a number in it is used
}

Result<std::int32_t> PidDirectory::take()
{
    if (in_use_ == pids_per_torus - 1)
        return unexpected{Status::WouldBlock};
    std::uint32_t local = next_;
    while (used(local) || group_find(pid_of(local)))
        local = local + 1 < pids_per_torus ? local + 1 : 1;
    next_ = local + 1 < pids_per_torus ? local + 1
                                       : 300; // the low numbers are daemons' once given, as on Linux
    std::int32_t const pid = TRY(claim(local));
    last_ = pid;
    return pid;
}

Result<std::int32_t> PidDirectory::take(std::int32_t pid)
{
    std::uint32_t const local = local_of(pid);
    if (local == 0)
        return unexpected{Status::BadArgument};
    if (used(local) || group_find(pid))
        return unexpected{Status::Exists};
    return claim(local);
}

Result<std::int32_t> PidDirectory::claim(std::uint32_t local)
{
    std::uint32_t const page = local / entries_per_page;
    if (live_in_page_[page] == 0 && !range_.commit(page * backing_page, backing_page))
        return unexpected{Status::NoMemory};
    ++live_in_page_[page];
    ++in_use_;
    used_[local / 64] |= 1ull << (local % 64);
    *at(local) = {nullptr, nullptr};
    return pid_of(local);
}

void PidDirectory::give_back(std::int32_t pid)
{
    std::uint32_t const local = local_of(pid);
    std::uint32_t const page = local / entries_per_page;
    used_[local / 64] &= ~(1ull << (local % 64));
    --in_use_;
    if (--live_in_page_[page] == 0)
        range_.release(page * backing_page, backing_page);
}

PidDirectory::Entry* PidDirectory::find(std::int32_t pid)
{
    std::uint32_t const local = local_of(pid);
    return local != 0 && used(local) ? at(local) : nullptr;
}

std::int32_t PidDirectory::next_in_use(std::int32_t& pid)
{
    // The first of ours that is not below it.
    std::uint32_t const below
        = pid > static_cast<std::int32_t>(torus_) ? static_cast<std::uint32_t>(pid) - torus_ - 1 : 0;
    std::uint32_t local = (below + tori_ - 1) / tori_ + 1;
    while (local < pids_per_torus) {
        std::uint64_t const rest = used_[local / 64] >> (local % 64) << (local % 64);
        if (rest != 0 && !(local / 64 == 0 && rest == 1)) {
            std::uint64_t const real = local / 64 == 0 ? rest & ~1ull : rest;
            std::uint32_t const found = local / 64 * 64 + static_cast<std::uint32_t>(__builtin_ctzll(real));
            pid = pid_of(found);
            return pid;
        }
        local = (local / 64 + 1) * 64;
    }
    return 0;
}

unsigned birth_torus(std::int32_t pid)
{
    return this_torus().processes->pids.birth_torus(pid);
}

unsigned keeper_of(std::int32_t pid)
{
    return keeper_of_lent(pid).value_or(birth_torus(pid));
}

PidDirectory::Entry* find_number(std::int32_t number)
{
    PidDirectory::Entry* const entry = this_torus().processes->pids.find(number);
    return entry != nullptr ? entry : find_far_number(number);
}

void give_back_number(std::int32_t number)
{
    if (birth_torus(number) == this_torus().number) [[likely]]
        this_torus().processes->pids.give_back(number);
    else
        return_far_number(number);
}

static Process* find_arrival(std::int32_t pid)
{
    ProcessTable& table = *this_torus().processes;
    if (pid <= 0 || birth_torus(pid) == this_torus().number)
        return nullptr;
    for (Process& process : table.arrivals_like(pid))
        if (process.pid == pid)
            return &process;
    return nullptr;
}

Process* find_process(std::int32_t pid)
{
    PidDirectory::Entry const* const entry = find_number(pid);
    return entry ? entry->process : find_arrival(pid);
}

Thread* find_thread(std::int32_t tid)
{
    if (PidDirectory::Entry const* const entry = find_number(tid))
        return entry->thread;
    Process* const process = find_arrival(tid);
    return process != nullptr ? process->leader() : nullptr;
}

Process* find_process_of(std::int32_t id)
{
    PidDirectory::Entry const* const entry = find_number(id);
    if (entry == nullptr)
        return find_arrival(id);
    return entry->process != nullptr || entry->thread == nullptr ? entry->process : entry->thread->process;
}

Status absence_of(std::int32_t id)
{
    Torus& torus = this_torus();
    if (id <= 0 || torus.far == nullptr)
        return Status::NoProcess;
    unsigned knows = keeper_of(id);
    if (PidDirectory::Entry const* const entry = find_number(id);
        entry != nullptr && entry->process != nullptr)
        if (Handle const home = entry->process->home; !home.is_null())
            knows = home.torus().number;
    if (knows == torus.number)
        return Status::NoProcess;
    torus.far->elsewhere = knows;
    return Status::Elsewhere;
}

Process* next_process(std::int32_t& pid)
{
    PidDirectory& pids = this_torus().processes->pids;
    Process* const other = next_with_far_number(pid);
    for (++pid; pids.next_in_use(pid) != 0; ++pid)
        if (Process* const process = pids.find(pid)->process) {
            if (other != nullptr && other->pid < pid)
                break;
            return process;
        }
    if (other != nullptr)
        pid = other->pid;
    return other;
}

} // namespace torc
