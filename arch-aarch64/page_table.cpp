// SPDX-License-Identifier: MIT
#include "arch/page_table.hpp"
#include "arch/memory.hpp"
#include "kernel/memory/frame_pool.hpp"
#include "kernel/torus.hpp"

namespace torc::arch {
namespace {

constexpr std::uint64_t span0 = 1ull << 39, span1 = 1ull << 30, span2 = 1ull << 21;
constexpr std::uint64_t table_descriptor = 3;

constexpr unsigned index0(std::uint64_t a)
{
    return a >> 39 & 511;
}
constexpr unsigned index1(std::uint64_t a)
{
    return a >> 30 & 511;
}
constexpr unsigned index2(std::uint64_t a)
{
    return a >> 21 & 511;
}
constexpr unsigned index3(std::uint64_t a)
{
    return a >> 12 & 511;
}

} // namespace

PageTable::Descriptor* PageTable::pointer(Paddr p) const
{
    return static_cast<Descriptor*>(this_torus().frames.private_pointer(p));
}

Result<PageTable::Descriptor> PageTable::make_table(FramePool& frames)
{
    Paddr const frame = TRY(frames.take_private(FrameKind::Table));
    page_clear(frames.private_pointer(frame));
    ++table_pages_;
    return frame.raw() | table_descriptor;
}

void PageTable::drop_table(FramePool& frames, Descriptor& entry)
{
    Paddr const frame{entry & 0x0000'ffff'ffff'f000};
    entry = 0;
    frames.release(frame);
    --table_pages_;
}

Result<void> PageTable::create(FramePool& frames)
{
    root_ = Paddr{TRY(make_table(frames)) & ~0xfffull};
    root_pointer_ = pointer(root_);
    return {};
}

void PageTable::destroy(FramePool& frames)
{
    frames.release(root_);
    root_pointer_ = nullptr;
    table_pages_ = 0;
}

Pte* PageTable::find(Uaddr address)
{
    std::uint64_t const a = address.raw();
    if ((a & ~(leaf_span - 1)) == recent_base_)
        return recent_leaf_ + index3(a);
    Descriptor const d0 = root_pointer_[index0(a)];
    if (!d0)
        return nullptr;
    Descriptor const d1 = table(d0)[index1(a)];
    if (!d1)
        return nullptr;
    Descriptor const d2 = table(d1)[index2(a)];
    if (!d2)
        return nullptr;
    recent_base_ = a & ~(leaf_span - 1);
    recent_leaf_
        = reinterpret_cast<Pte*>(table(d2)); // SAFETY: a leaf table is 512 entries, Pte is one entry's bits
    return recent_leaf_ + index3(a);
}

Result<Pte*> PageTable::make(FramePool& frames, Uaddr address)
{
    if (Pte* found = find(address))
        return found;
    std::uint64_t const a = address.raw();
    Descriptor* level = root_pointer_;
    for (unsigned shift = 39; shift > 12; shift -= 9) {
        Descriptor& entry = level[a >> shift & 511];
        if (!entry) {
            Descriptor const made
                = TRY(make_table(frames)); // inner tables made so far stay: free_tables finds them
            publish_entries(); // the zeroes before the link
            entry = made;
        }
        level = table(entry);
    }
    publish_entries();
    return find(address);
}

Uaddr PageTable::next_present(Uaddr from, Uaddr end) const
{
    std::uint64_t a = from.raw();
    for (unsigned looked = 0; a < end.raw() && looked < 1024; ++looked) {
        Descriptor const d0 = root_pointer_[index0(a)];
        if (!d0) {
            a = align_down(a, span0) + span0;
            continue;
        }
        Descriptor const d1 = table(d0)[index1(a)];
        if (!d1) {
            a = align_down(a, span1) + span1;
            continue;
        }
        if (table(d1)[index2(a)])
            break;
        a = align_down(a, span2) + span2;
    }
    return Uaddr{a < end.raw() ? a : end.raw()};
}

// `passed`: a 2 MiB boundary the walk has just reached; the inner tables that end there can go if they lie
// inside.
void PageTable::drop_inner_tables(
    FramePool& frames, std::uint64_t start, std::uint64_t end, std::uint64_t passed)
{
    if (passed % span1 != 0 || passed < span1 || passed - span1 < start || passed > end)
        return;
    Descriptor const d0 = root_pointer_[index0(passed - span1)];
    if (d0) {
        Descriptor& d1 = table(d0)[index1(passed - span1)];
        if (d1)
            drop_table(frames, d1);
    }
    if (passed % span0 != 0 || passed - span0 < start)
        return;
    if (root_pointer_[index0(passed - span0)])
        drop_table(frames, root_pointer_[index0(passed - span0)]);
}

Uaddr PageTable::free_tables(FramePool& frames, Uaddr start, Uaddr end, Uaddr from)
{
    std::uint64_t const first = align_up(start.raw(), span2), last = align_down(end.raw(), span2);
    std::uint64_t a = from.raw() < first ? first : from.raw();
    for (unsigned looked = 0; a < last; ++looked) {
        if (looked == 128)
            return Uaddr{a};
        Descriptor const d0 = root_pointer_[index0(a)];
        if (!d0) {
            a = align_down(a, span0) + span0;
            continue;
        }
        Descriptor const d1 = table(d0)[index1(a)];
        if (!d1) {
            a = align_down(a, span1) + span1;
            drop_inner_tables(frames, first, last, a);
            continue;
        }
        Descriptor& d2 = table(d1)[index2(a)];
        bool const had = d2 != 0;
        if (had) {
            recent_base_ = ~0ull;
            Descriptor const leaf = d2;
            d2 = 0;
            invalidate_walk(asid_, a);
            frames.release(Paddr{leaf & ~0xfffull});
            --table_pages_;
        }
        a += span2;
        drop_inner_tables(frames, first, last, a);
        if (had)
            break;
    }
    return a < last ? Uaddr{a} : end;
}

} // namespace torc::arch
