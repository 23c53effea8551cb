// SPDX-License-Identifier: MIT
// The pools of sessions and process groups of a torus, and the table that finds a group by its number.
#pragma once
#include "kernel/process/sessions.hpp"
#include "substrate/pool.hpp"
#include <cstdint>

namespace torc {
struct Torus;

struct SessionRecords {
    static constexpr std::uint32_t buckets = 256;
    Pool<Session> sessions;
    Pool<ProcessGroup> groups;
    List<ProcessGroup, &ProcessGroup::in_table> by_id[buckets];
    List<Session, &Session::in_table> sessions_by_id[buckets];

    auto& session_bucket(std::int32_t id) { return sessions_by_id[static_cast<std::uint32_t>(id) % buckets]; }
    auto& bucket(std::int32_t id) { return by_id[static_cast<std::uint32_t>(id) % buckets]; }
};

// Boot: as many groups and sessions as there may be processes.
Result<void> sessions_open(Torus& torus, SessionRecords& records, std::uint32_t limit);

} // namespace torc
