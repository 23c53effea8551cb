// SPDX-License-Identifier: MIT
// Walks over ranges, in grains of 32 pages: dropping, protecting, copying for a fork, moving, and emptying a
// dead space.
#include "arch/memory.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/memory/memory_records.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/tori/block_loans.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {

using arch::Pte;
using arch::UserAccess;

namespace {

constexpr unsigned grain_pages = 32;
constexpr unsigned grain_entries = 384; // looked at, present or not
constexpr std::uint8_t prot_write = 2;

// Stacks and arenas that are given back are mostly empty: their entries are looked at sixteen at a time.
constexpr unsigned group = 16;
bool all_empty(Pte const* entry)
{
    std::uint64_t any = 0;
    for (unsigned i = 0; i < group; ++i)
        any |= entry[i].bits();
    return any == 0;
}

} // namespace

// Visits the present entries of [start, end), at most a grain of them; where to go on.
template <typename Visit> std::uint64_t Space::walk(std::uint64_t start, std::uint64_t end, Visit&& visit)
{
    std::uint64_t a = start;
    unsigned present = 0, looked = 0;
    while (a < end && present < grain_pages && looked < grain_entries) {
        Pte* entry = table_.find(Uaddr{a});
        if (!entry) {
            auto const next = table_.next_present(Uaddr{a}, Uaddr{end});
            a = next.at.raw();
            looked += 64;
            continue;
        }
        std::uint64_t const leaf_end = align_down(a, arch::PageTable::leaf_span) + arch::PageTable::leaf_span;
        std::uint64_t const from = a;
        std::uint64_t const stop = std::min({leaf_end, end, a + (grain_entries - looked) * page_size});
        for (; a < stop && present < grain_pages; a += page_size, ++entry) {
            if (!entry->valid()) {
                while (stop - a >= group * page_size && all_empty(entry)) {
                    a += group * page_size;
                    entry += group;
                }
                if (a == stop)
                    break;
                if (!entry->valid())
                    continue;
            }
            visit(Uaddr{a}, *entry);
            ++present;
        }
        looked += static_cast<unsigned>((a - from) / page_size);
    }
    return a < end ? a : end;
}

// Entries first, then the TLBs, then the frames: nobody can reach a frame that is free.
std::uint64_t Space::drop_pages(std::uint64_t start, std::uint64_t end)
{
    FramePool& frames = this_torus().frames;
    std::uint64_t dropped[grain_pages]; // addresses of frames
    unsigned count = 0, cleared = 0, of_files = 0, borrowed = 0;
    std::uint64_t only = 0;
    std::uint64_t const next = walk(start, end, [&](Uaddr a, Pte& entry) {
        Paddr const frame = entry.frame();
        entry = Pte{};
        only = a.raw();
        ++cleared;
        FrameKind kind{};
        if (!frames.is_counted(frame, kind)) {
            borrowed += !frames.owns(frame) && !is_special_frame(frame);
            return;
        }
        dropped[count++] = frame.raw();
        of_files += kind == FrameKind::File;
    });
    if (cleared > 0)
        cleared == 1 ? table_.invalidate(Uaddr{only}) : table_.invalidate_all();
    for (unsigned i = 0; i < count; ++i)
        frames.release(Paddr{dropped[i]});
    resident_ -= count + borrowed;
    resident_file_ -= of_files + borrowed;
    return next;
}

// The same in a space that is in no core any more and that no TLB knows.
std::uint64_t Space::drop_dead_pages(std::uint64_t start, std::uint64_t end)
{
    FramePool& frames = this_torus().frames;
    return walk(start, end, [&](Uaddr, Pte& entry) {
        Paddr const frame = entry.frame();
        entry = Pte{};
        FrameKind kind{};
        if (frames.is_counted(frame, kind))
            frames.release(frame);
    });
}

std::uint64_t Space::zap_step(Mapping& m, std::uint64_t start, std::uint64_t end)
{
    if (start > m.empty_below)
        return drop_pages(start, end);
    if (end > m.empty_below)
        end = m.empty_below = drop_pages(m.empty_below, end);
    return end;
}

// Phases: 0 pages and records, 1 tables.
Result<bool> Space::unmap_step(std::uint64_t start, std::uint64_t end, WalkState& state)
{
    if (state.phase == 0) {
        if (state.at < start)
            state.at = start;
        Mapping* m = first_at_or_after(state.at);
        if (m && m->start < start) {
            TRY(split_at(start));
            m = first_at_or_after(state.at);
        }
        if (m && m->start < end && m->end > end)
            TRY(split_at(end));
        if (!m || m->start >= end) {
            state.phase = 1;
            state.at = 0;
            return false;
        }
        state.at = drop_pages(m->start, m->end);
        cut_front(*m, state.at);
        return false;
    }
    Mapping* const above = first_at_or_after(end);
    Mapping* const below = above ? before(*above) : last();
    Uaddr const floor{below ? below->end : 0}, ceiling{above ? above->start : arch::PageTable::user_end};
    Uaddr const low{align_up(floor.raw(), arch::PageTable::leaf_span)};
    Uaddr const high{align_down(ceiling.raw(), arch::PageTable::leaf_span)};
    if (high <= low)
        return true;
    // Tables reach no further than what was unmapped.
    std::uint64_t const from = align_down(start, arch::PageTable::leaf_span),
                        to = align_up(end, arch::PageTable::leaf_span);
    state.at = free_tables_step(std::max({state.at, from, low.raw()}), std::min(to, high.raw()));
    return state.at >= std::min(to, high.raw());
}

// What lies before `to` has lost its pages and is no longer mapped: a thread that touches it between two
// grains finds nothing there.
void Space::cut_front(Mapping& m, std::uint64_t to)
{
    std::uint64_t const pages = (to - m.start) / page_size;
    count_mapped(m, -static_cast<std::int64_t>(pages));
    if (m.flags & Mapping::locked)
        locked_pages -= pages;
    if (m.start == recent_gap_)
        recent_gap_ = to;
    if (to == m.end)
        return forget(m);
    m.offset = offset_at(m, to);
    m.start = to;
}

// Frees one leaf table at or after `a`, all of whose entries are clear; where to go on.
std::uint64_t Space::free_tables_step(std::uint64_t a, std::uint64_t end)
{
    if (a >= end)
        return end;
    auto const next = table_.next_present(Uaddr{a}, Uaddr{end});
    if (!next.found)
        return next.at.raw();
    table_.free_leaf(this_torus().frames, next.at);
    return align_down(next.at.raw(), arch::PageTable::leaf_span) + arch::PageTable::leaf_span;
}

// A mapping's pages, then the tables that nothing above it needs, then its record. What is left then but the
// root are tables whose unmapping was killed in the middle.
bool Space::tear_down_step()
{
    constexpr unsigned root = 1;
    if (mappings_.empty()) {
        if (table_.table_pages() > root)
            teardown_tables_ = free_tables_step(teardown_tables_, arch::PageTable::user_end);
        return table_.table_pages() <= root || teardown_tables_ >= arch::PageTable::user_end;
    }
    Mapping& m = *mappings_.begin();
    if (teardown_ < m.end) {
        teardown_ = drop_dead_pages(std::max(teardown_, m.start), m.end);
        teardown_tables_ = align_down(m.start, arch::PageTable::leaf_span);
        return false;
    }
    Mapping const* const above = after(m);
    std::uint64_t const shared_from
        = above ? align_down(above->start, arch::PageTable::leaf_span) : arch::PageTable::user_end;
    std::uint64_t const end = std::min(align_up(m.end, arch::PageTable::leaf_span), shared_from);
    teardown_tables_ = free_tables_step(teardown_tables_, end);
    if (teardown_tables_ < end)
        return false;
    count_mapped(m, -static_cast<std::int64_t>(m.pages()));
    forget(m);
    if (mappings_.empty())
        teardown_tables_ = 0;
    return mappings_.empty() && table_.table_pages() <= root;
}

Result<std::uint64_t> Space::protect_step(std::uint64_t start, std::uint64_t end, std::uint8_t protection)
{
    Mapping* m = find(Uaddr{start});
    if (!m)
        return unexpected{Status::NoMemory}; // a hole: what lies before it has changed, as on Linux
    if (m->is_shared() && protection & prot_write && !(m->flags & Mapping::may_write))
        return unexpected{Status::AccessDenied};
    if (m->protection != protection) {
        TRY(split_at(start));
        if (m->end > end || (m = find(Uaddr{start}))->end > end)
            TRY(split_at(end));
        m = find(Uaddr{start});
    }
    std::uint64_t const stop = m->end < end ? m->end : end;
    UserAccess const plain = user_access(protection), shielded = user_access(without_write(protection));
    bool const keep_writable = m->is_shared();
    unsigned changed = 0;
    if (m->protection != protection) {
        count_mapped(*m, -static_cast<std::int64_t>(m->pages()));
        m->protection = protection;
        count_mapped(*m, static_cast<std::int64_t>(m->pages()));
    }
    std::uint64_t const next = walk(start, stop, [&](Uaddr, Pte& entry) {
        entry = entry.with(keep_writable || entry.writable() ? plain : shielded);
        if (protection & 4 && this_torus().frames.owns(entry.frame()))
            synchronise(*m, entry.frame());
        ++changed;
    });
    if (changed)
        table_.invalidate_all();
    if (next == stop)
        join_neighbours(*m);
    return next;
}

// Copies one grain of `from` behind the cursor. Private anonymous frames become shared and read-only in both;
// file pages are left to be faulted in again.
Result<std::uint64_t> Space::copy_step(Space& from, std::uint64_t cursor)
{
    Mapping* const m = from.first_at_or_after(cursor);
    if (!m)
        return ~0ull;
    if (m->flags & Mapping::dont_fork)
        return m->end;
    std::uint64_t const first = std::max(cursor, m->start);
    // Not at its start: a stack may have grown since it was cloned.
    Mapping* mine = find(Uaddr{first});
    if (mine == nullptr)
        mine = TRY(clone(*m));
    mine->gets_page(m->empty_below); // another thread of the old process may have touched more since
    std::uint64_t const touched = std::max(first, m->empty_below);
    if (m->is_shared() || m->flags & Mapping::wipe_on_fork || !(m->flags & Mapping::private_pages)
        || touched >= m->end)
        return m->end;
    Torus& torus = this_torus();
    std::uint64_t failed = 0;
    unsigned shared_now = 0;
    std::uint64_t const next = from.walk(touched, m->end, [&](Uaddr a, Pte& entry) {
        if (failed)
            return;
        Paddr const frame = entry.frame();
        FrameKind kind{}; // not the zeroes, no page of a file
        if (!torus.frames.is_counted(frame, kind) || kind != FrameKind::Anonymous)
            return;
        Result<Pte*> const copy = table_.make(torus.frames, a);
        if (!copy) {
            failed = a.raw();
            return;
        }
        if (entry.writable()) {
            entry = entry.read_only();
            ++shared_now;
        }
        torus.frames.retain(frame);
        **copy = entry.read_only();
        count_resident(1);
    });
    if (shared_now)
        from.table_.invalidate_all();
    if (failed != 0 && failed == first) // nothing was copied: there is no frame for a table
        return unexpected{frames_or(Status::NoMemory)};
    return failed != 0 ? failed : next;
}

// Not the zeroes, no page of a file.
std::uint64_t Space::private_pages_step(
    Mapping const& m, std::uint64_t at, PrivatePage* list, std::uint64_t& count)
{
    static_assert(private_grain == grain_pages);
    FramePool const& frames = this_torus().frames;
    return walk(std::max(at, m.start), m.end, [&](Uaddr a, Pte const& entry) {
        FrameKind kind{};
        if (frames.is_counted(entry.frame(), kind) && kind == FrameKind::Anonymous)
            list[count++] = {a.raw(), entry.frame().raw()};
    });
}

// Moves the pages of [old_start, old_start+length) to new_start, a grain a call (mremap). Both ranges are
// mapped alike.
Result<std::uint64_t> Space::move_step(
    std::uint64_t old_start, std::uint64_t new_start, std::uint64_t length, std::uint64_t done)
{
    FramePool& frames = this_torus().frames;
    std::uint64_t failed = 0;
    unsigned moved = 0;
    std::uint64_t const next = walk(old_start + done, old_start + length, [&](Uaddr a, Pte& entry) {
        if (failed)
            return;
        Pte const value = entry;
        Uaddr const to{new_start + (a.raw() - old_start)};
        Mapping* const m = find(to);
        if (m == nullptr) // another thread has unmapped the new place: the page goes with the old one
            return;
        Result<Pte*> const target = table_.make(frames, to);
        if (!target) {
            failed = a.raw();
            return;
        }
        if ((*target)->valid()) // or has touched it already
            drop_pages(to.raw(), to.raw() + page_size);
        m->gets_page(to.raw());
        if (m->flags & Mapping::borrowed) [[unlikely]]
            far_mappings_changed(*m->inode);
        *table_.find(a) = Pte{};
        **target = value;
        ++moved;
    });
    if (moved)
        table_.invalidate_all();
    if (failed)
        return unexpected{Status::NoMemory};
    return next - old_start;
}

} // namespace torc
