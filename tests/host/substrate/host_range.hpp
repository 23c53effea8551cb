// SPDX-License-Identifier: MIT
// A reserved range of this process, backed by mprotect: what is not committed faults. Commits can be made to
// fail, fill the pages with rubbish, and are checked against double use.
#pragma once
#include "substrate/reserved_range.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <set>

namespace torc {

class HostRange {
public:
    explicit HostRange(std::size_t bytes)
        : bytes_{round_to_backing_page(bytes)}
        , base_{static_cast<std::byte*>(
              mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))}
    {
        EXPECT_NE(static_cast<void*>(base_), MAP_FAILED);
    }
    HostRange(HostRange const&) = delete;
    HostRange& operator=(HostRange const&) = delete;
    ~HostRange() { munmap(base_, bytes_); }

    ReservedRange range() { return {base_, bytes_, {commit, release, this}}; }
    std::size_t backed_pages() const { return backed_.size(); }

    std::size_t page_budget{~std::size_t{0}}; // commits beyond it fail
    std::size_t commits{0};

private:
    static bool commit(void* context, void* start, std::size_t bytes)
    {
        auto& self = *static_cast<HostRange*>(context);
        std::size_t const pages = bytes / backing_page;
        if (self.backed_.size() + pages > self.page_budget)
            return false;
        ++self.commits;
        auto* const first = static_cast<std::byte*>(start);
        EXPECT_TRUE(first >= self.base_ && first + bytes <= self.base_ + self.bytes_);
        for (std::size_t page = 0; page < pages; ++page)
            EXPECT_TRUE(self.backed_.insert(first + page * backing_page).second) << "committed twice";
        EXPECT_EQ(mprotect(start, bytes, PROT_READ | PROT_WRITE), 0);
        std::memset(start, 0xa5, bytes);
        return true;
    }
    static void release(void* context, void* start, std::size_t bytes)
    {
        auto& self = *static_cast<HostRange*>(context);
        auto* const first = static_cast<std::byte*>(start);
        for (std::size_t page = 0; page < bytes / backing_page; ++page)
            EXPECT_EQ(self.backed_.erase(first + page * backing_page), 1u) << "released without being backed";
        EXPECT_EQ(madvise(start, bytes, MADV_DONTNEED), 0);
        EXPECT_EQ(mprotect(start, bytes, PROT_NONE), 0);
    }

    std::size_t bytes_;
    std::byte* base_;
    std::set<std::byte*> backed_;
};

} // namespace torc
