// SPDX-License-Identifier: MIT
// The fake machine's arch/translation.hpp: nothing walks the tables behind the kernel's back; invalidations
// are counted.
#pragma once
#include <cstdint>

namespace torc::arch {

void count_invalidation();

inline void publish_entries() { }
inline void invalidate_page(std::uint16_t, std::uint64_t)
{
    count_invalidation();
}
inline void invalidate_walk(std::uint16_t, std::uint64_t)
{
    count_invalidation();
}
inline void invalidate_page_everywhere(std::uint64_t)
{
    count_invalidation();
}
inline void invalidate_walk_everywhere(std::uint64_t)
{
    count_invalidation();
}
inline void invalidate_asid(std::uint16_t)
{
    count_invalidation();
}
inline void invalidate_everything()
{
    count_invalidation();
}
inline unsigned asid_bits()
{
    return 8;
}

} // namespace torc::arch
