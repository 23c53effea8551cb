// SPDX-License-Identifier: MIT
// User copies through the kernel's own translation tables: an access that the entry forbids, faults.
#include "arch/memory.hpp"
#include "arch/user_copy.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <algorithm>
#include <cstring>

namespace torc::arch {
namespace {

enum class Access { Read, Write };

// The byte at `address`, or nullptr where the real copy would fault.
std::byte* reach(std::uint64_t address, Access access)
{
    FakeMachine& machine = FakeMachine::current();
    if (machine.user == nullptr || address >= PageTable::user_end)
        return nullptr;
    Pte const* const entry = machine.user->find(Uaddr{address});
    if (entry == nullptr || !entry->valid())
        return nullptr;
    if (access == Access::Write ? !entry->writable() : !entry->readable())
        return nullptr;
    return static_cast<std::byte*>(direct(entry->frame())) + address % page_size;
}

// Calls action(byte*, done, count) page by page; returns what was not reached.
template <typename Action>
std::size_t page_by_page(std::uint64_t address, std::size_t size, Access access, Action action)
{
    std::size_t done = 0;
    while (done < size) {
        std::byte* const p = reach(address + done, access);
        if (p == nullptr)
            break;
        std::size_t const count
            = std::min<std::size_t>(size - done, page_size - (address + done) % page_size);
        action(p, done, count);
        done += count;
    }
    return size - done;
}

} // namespace

std::size_t user_copy_in(void* to, std::uint64_t from, std::size_t size)
{
    return page_by_page(from, size, Access::Read, [&](std::byte* p, std::size_t done, std::size_t count) {
        std::memcpy(static_cast<std::byte*>(to) + done, p, count);
    });
}

std::size_t user_copy_out(std::uint64_t to, void const* from, std::size_t size)
{
    return page_by_page(to, size, Access::Write, [&](std::byte* p, std::size_t done, std::size_t count) {
        std::memcpy(p, static_cast<std::byte const*>(from) + done, count);
    });
}

bool user_reaches(std::uint64_t address, bool writes)
{
    return reach(address, writes ? Access::Write : Access::Read) != nullptr;
}

std::size_t user_clear(std::uint64_t to, std::size_t size)
{
    return page_by_page(to, size, Access::Write,
        [](std::byte* p, std::size_t, std::size_t count) { std::memset(p, 0, count); });
}

std::size_t user_copy_string(char* to, std::uint64_t from, std::size_t size, bool* faulted)
{
    *faulted = false;
    for (std::size_t i = 0; i < size; ++i) {
        std::byte const* const p = reach(from + i, Access::Read);
        if (p == nullptr) {
            *faulted = true;
            return i;
        }
        to[i] = static_cast<char>(*p);
        if (to[i] == '\0')
            return i + 1;
    }
    return size;
}

} // namespace torc::arch
