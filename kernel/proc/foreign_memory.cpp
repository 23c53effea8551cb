// SPDX-License-Identifier: MIT
#include "kernel/proc/foreign_memory.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <cstring>

namespace torc {
namespace {

// The page's frame through the direct map; a page that was not touched yet is made as its owner's fault
// would.
char const* page_of(Space& space, Uaddr page)
{
    arch::Pte const* entry = space.table().find(page);
    if (entry == nullptr || !entry->valid()) {
        if (space.fault(page, Access::Read) != FaultResult::Resolved)
            return nullptr;
        entry = space.table().find(page);
    }
    if (space.find(page)->source == MapSource::Special)
        return nullptr; // a device's, or the vDSO's
    return static_cast<char const*>(FramePool::pointer(entry->frame()));
}

} // namespace

std::size_t read_foreign(Space& space, std::uint64_t address, std::span<char> to)
{
    std::size_t done = 0;
    while (done < to.size()) {
        Uaddr const at{address + done};
        if (at.raw() >= arch::PageTable::user_end)
            break;
        char const* const page = page_of(space, at.page());
        if (page == nullptr)
            break;
        std::size_t const n = std::min(to.size() - done, page_size - at.page_offset());
        std::memcpy(to.data() + done, page + at.page_offset(), n);
        done += n;
    }
    return done;
}

} // namespace torc
