// SPDX-License-Identifier: MIT
// Whom a file would tell by a signal that it is ready, and by which (F_SETOWN, F_SETOWN_EX, F_SETSIG). It is
// remembered and given back; nothing sends SIGIO yet, and no file takes O_ASYNC.
#pragma once
#include "kernel/address.hpp"
#include "kernel/linux/outcome.hpp"
#include <cstdint>

namespace torc {
struct OpenFile;

// Process: its id; a group: its id, negative. NoProcess if there is none.
Outcome set_owner(OpenFile& file, std::int32_t who);
Outcome get_owner(OpenFile const& file);
// struct f_owner_ex
Outcome set_owner_of_kind(OpenFile& file, Uaddr from);
Outcome get_owner_of_kind(OpenFile const& file, Uaddr to);
Outcome set_owner_signal(OpenFile& file, std::uint64_t signal); // 0: SIGIO

} // namespace torc
