// SPDX-License-Identifier: MIT
// The only way to a running thread's memory: copies through the current space. A fault in the middle is
// resolved inline (zero-fill, copy-on-write, resident file page) and the copy goes on; BadAddress when it
// cannot be. Valid only for the thread whose space is in the core (the caller of a call).
#pragma once
#include "arch/page_table.hpp"
#include "kernel/address.hpp"
#include "kernel/result.hpp"
#include <cstddef>
#include <span>
#include <type_traits>

namespace torc {
struct Thread;

// Linux's TASK_SIZE check: [a, a+size) lies in the user half. A tag byte in a pointer is refused, as Linux
// does without the tagged ABI.
inline bool user_range(Uaddr a, std::size_t size)
{
    return a.raw() < arch::PageTable::user_end && size <= arch::PageTable::user_end - a.raw();
}

Result<void> copy_in(void* to, Uaddr from, std::size_t size);
Result<void> copy_out(Uaddr to, void const* from, std::size_t size);
Result<void> clear_user(Uaddr to, std::size_t size);
// As copy_in/copy_out, but say how far they got: for read and write, which return what was moved before a bad
// page.
std::size_t copy_in_some(void* to, Uaddr from, std::size_t size);
std::size_t copy_out_some(Uaddr to, void const* from, std::size_t size);
// Whether the copy that has just failed did so because a page is on its way from another torus. Asked once.
bool page_is_coming(Thread& thread);
// A NUL-terminated string into `to`; its length without the NUL. NameTooLong when it does not fit.
Result<std::size_t> copy_in_string(std::span<char> to, Uaddr from);

template <typename T>
    requires std::is_trivially_copyable_v<T>
Result<T> copy_in(Uaddr from)
{
    T value;
    TRY(copy_in(&value, from, sizeof value));
    return value;
}
template <typename T>
    requires std::is_trivially_copyable_v<T>
Result<void> copy_out(Uaddr to, T const& value)
{
    return copy_out(to, &value, sizeof value);
}

} // namespace torc
