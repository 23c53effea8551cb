// SPDX-License-Identifier: MIT
#include "arch/page_table.hpp"
#include "arch/memory.hpp"
#include "kernel/memory/frame_pool.hpp"
#include "kernel/torus.hpp"

extern "C" char const exception_vectors, limb_vectors; // vectors.S

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

Result<PageTable::Descriptor> PageTable::make_table(FramePool& frames)
{
    Paddr const frame = TRY(frames.take_private(FrameKind::Table));
    page_clear(frames.private_pointer(frame));
    ++table_pages_;
    return frame.raw() | table_descriptor;
}

Result<void> PageTable::create(FramePool& frames)
{
    window_ = reinterpret_cast<std::uint64_t>(
        private_pointer(this_torus().number, Paddr{0})); // SAFETY: used as a number
    root_ = Paddr{TRY(make_table(frames)) & address_mask};
    root_pointer_ = pointer(root_);
    vectors_ = reinterpret_cast<std::uint64_t>(&exception_vectors); // SAFETY: used as a number
    return {};
}

void PageTable::borrow(std::uint64_t root)
{
    root_ = Paddr{root};
    vectors_ = reinterpret_cast<std::uint64_t>(&limb_vectors); // SAFETY: used as a number
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
    Descriptor* path[3];
    Paddr parent = root_;
    for (unsigned depth = 0; depth < 3; ++depth) {
        Descriptor& entry = level[a >> (39 - 9 * depth) & 511];
        if (!entry) {
            auto const made = make_table(frames);
            if (!made) {
                if (depth != 0
                    && frames.references(parent) == 1) // with nothing below it nobody would find it
                    cut_off(frames, a, path, depth);
                return unexpected{made.error()};
            }
            publish_entries(); // the zeroes before the link
            entry = *made;
            frames.retain(parent);
        }
        path[depth] = &entry;
        parent = Paddr{entry & address_mask};
        level = table(entry);
    }
    publish_entries();
    return find(address);
}

PageTable::Present PageTable::next_present(Uaddr from, Uaddr end) const
{
    constexpr unsigned most = 256; // entries looked at
    std::uint64_t a = from.raw();
    for (unsigned looked = 0; a < end.raw() && looked < most; ++looked) {
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
        Descriptor const* entry = table(d1) + index2(a);
        for (std::uint64_t const stop = align_down(a, span1) + span1; a < stop && a < end.raw();
            ++entry, ++looked) {
            if (*entry)
                return {Uaddr{a}, true};
            a = align_down(a, span2) + span2;
        }
    }
    return {Uaddr{a < end.raw() ? a : end.raw()}, false};
}

void PageTable::free_leaf(FramePool& frames, Uaddr address)
{
    std::uint64_t const a = address.raw();
    Descriptor* path[3];
    Descriptor* level = root_pointer_;
    for (unsigned i = 0; i < 3; ++i) {
        path[i] = &level[a >> (39 - 9 * i) & 511];
        if (!*path[i])
            return;
        level = table(*path[i]);
    }
    cut_off(frames, a, path, 3);
}

// The table at the end of the path, and those above it that are left empty.
void PageTable::cut_off(FramePool& frames, std::uint64_t a, Descriptor* const* path, unsigned depth)
{
    recent_base_ = ~0ull;
    for (unsigned i = depth; i-- > 0;) {
        Paddr const child{*path[i] & address_mask};
        *path[i] = 0;
        if (foreign_walkers_) [[unlikely]]
            invalidate_walk_everywhere(a);
        else
            invalidate_walk(asid_, a);
        frames.release(child);
        --table_pages_;
        Paddr const parent = i == 0 ? root_ : Paddr{*path[i - 1] & address_mask};
        frames.release(parent); // never the last reference: the link from above, or the space's, is left
        if (i == 0 || frames.references(parent) > 1)
            return;
    }
}

} // namespace torc::arch
