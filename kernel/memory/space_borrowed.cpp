// SPDX-License-Identifier: MIT
// Faults on pages of another torus's files (docs/tori.md, "File pages far away"): what has been borrowed is
// mapped without being counted, what has not is asked for. The owner has made every page fit for execution.
#include "arch/memory.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {

using arch::Pte;

namespace {

// A page that cannot be had at its owner is as one beyond the end: ending somebody here would not help there.
FaultResult result_of(Status status)
{
    return status == Status::NotYet ? FaultResult::Waits : FaultResult::PastEnd;
}

} // namespace

FaultResult Space::fault_borrowed(Mapping& m, Pte& entry, Uaddr page, Access access)
{
    std::uint64_t const index = (m.offset + (page.raw() - m.start)) / page_size;
    Paddr const frame = m.inode->file().pages.find(index);
    if (frame.raw() == 0)
        return result_of(borrow_page(*m.inode, *m.file, index));
    if (access == Access::Write && !m.is_shared()) {
        Result<Paddr> const copy = this_torus().frames.take(FrameKind::Anonymous);
        if (!copy)
            return no_frame();
        arch::page_copy(FramePool::pointer(*copy), FramePool::pointer(frame));
        synchronise(m, *copy);
        entry = Pte::page(*copy, user_access(m.protection));
        m.flags |= Mapping::private_pages;
        count_resident(1);
    } else {
        entry = Pte::page(frame, file_access(m));
        std::uint64_t const mapped = 1 + map_borrowed_around(m, page);
        count_resident(mapped);
        resident_file_ += mapped;
    }
    arch::publish_entries();
    return FaultResult::Resolved;
}

// As map_around().
std::uint64_t Space::map_borrowed_around(Mapping const& m, Uaddr page)
{
    std::uint64_t const window = align_down(page.raw(), around_pages * page_size);
    std::uint64_t const first = std::max(window, m.start);
    std::uint64_t const last = std::min(window + around_pages * page_size, m.end);
    Pte* entry = table_.find(Uaddr{first}); // one leaf table covers the whole window
    std::uint64_t const index = (m.offset + (first - m.start)) / page_size;
    Pte const pattern = Pte::page(Paddr{0}, file_access(m));
    std::uint64_t mapped = 0;
    for (std::uint64_t i = 0; i < (last - first) / page_size; ++i, ++entry) {
        Paddr const frame = entry->valid() ? Paddr{} : m.inode->file().pages.find(index + i);
        if (frame.raw() == 0)
            continue;
        *entry = pattern.at(frame);
        ++mapped;
    }
    return mapped;
}

} // namespace torc
