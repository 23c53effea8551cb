// SPDX-License-Identifier: MIT
// /proc/torc/objects: live objects, pool records and frames by type. Each subsystem adds a row per pool or
// plane at boot; a row knows how to ask, so nothing is counted twice. It is how every test checks that
// nothing leaks.
#pragma once
#include <cstdint>

namespace torc {

struct ObjectCount {
    std::uint64_t live, limit, bytes; // bytes of memory behind it
};
using CountObjects = ObjectCount (*)(void const* of);

struct ObjectRows { // of one torus; written at boot, read after
    struct Row {
        char const* name;
        CountObjects count;
        void const* of;
    };
    static constexpr unsigned limit = 64;
    Row rows[limit]{};
    unsigned count{0};
};

// This torus's, at boot only. `name` must be a literal.
void add_object_row(char const* name, CountObjects count, void const* of);
// The i-th row in the order of adding; false past the end.
bool object_row(unsigned i, char const*& name, ObjectCount& count);

// A plane's tables are memory behind it too; they grow with the most cells ever used and stay.
template <typename P> std::uint64_t bytes_behind(P const& pool)
{
    if constexpr (requires { pool.table_bytes(); })
        return pool.backed_bytes() + pool.table_bytes();
    else
        return pool.backed_bytes();
}

template <typename P> void add_pool_row(char const* name, P const& pool)
{
    add_object_row(
        name,
        [](void const* of) {
            auto const& p = *static_cast<P const*>(of);
            return ObjectCount{p.live(), p.limit(), bytes_behind(p)};
        },
        &pool);
}

} // namespace torc
