// SPDX-License-Identifier: MIT
#include "kernel/memory/frame_pool.hpp"
#include "arch/memory.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {
namespace {

constexpr std::uint64_t block_pages = block_size / page_size;

std::uint64_t end_of(FrameRange const& r)
{
    return r.base.raw() + r.pages * page_size;
}

// The lowest whole blocks of the first range that can hold the tables. They become private; what the tables
// do not need of them is private frames.
Result<Paddr> make_table_home(std::span<FrameRange const> ranges, std::uint64_t pages)
{
    std::uint64_t const blocks = align_up(pages * page_size, block_size) / block_size;
    for (FrameRange const& range : ranges) {
        Paddr const start{align_up(range.base.raw(), block_size)};
        if (start.raw() + blocks * block_size > end_of(range))
            continue;
        for (std::uint64_t i = 0; i < blocks; ++i)
            TRY(arch::make_private(start + i * block_size));
        return start;
    }
    return unexpected{Status::NoMemory};
}

} // namespace

FramePool::BlockList& FramePool::list_of(BlockState state)
{
    return state == BlockState::User   ? user_blocks_
        : state == BlockState::Private ? private_blocks_
                                       : free_blocks_;
}

void FramePool::push(BlockList& list, std::uint32_t block)
{
    blocks_[block].previous = none;
    blocks_[block].next = list.first;
    if (list.first != none)
        blocks_[list.first].previous = block;
    list.first = block;
}

void FramePool::remove(BlockList& list, std::uint32_t block)
{
    Block& b = blocks_[block];
    (b.previous == none ? list.first : blocks_[b.previous].next) = b.next;
    if (b.next != none)
        blocks_[b.next].previous = b.previous;
    b.previous = b.next = none;
}

Result<void> FramePool::create(
    std::span<FrameRange const> ranges, FrameRange already_private, FrameRange later)
{
    if (ranges.empty() && already_private.pages == 0)
        return unexpected{Status::NoMemory};
    std::uint64_t first = ~0ull, last = 0;
    if (!ranges.empty()) {
        first = ranges.front().base.raw();
        last = end_of(ranges.back());
    }
    for (FrameRange const& range : {already_private, later}) {
        if (range.pages == 0)
            continue;
        first = std::min(first, range.base.raw());
        last = std::max(last, end_of(range));
    }
    base_page_ = align_down(first, block_size) >> page_shift;
    std::uint64_t const end_page = align_up(last, block_size) >> page_shift;
    block_count_ = static_cast<std::uint32_t>((end_page - base_page_) / block_pages);
    std::uint64_t const block_bytes = align_up(block_count_ * sizeof(Block), page_size);
    std::uint64_t const bytes = block_bytes + (end_page - base_page_) * sizeof(FrameRecord);
    std::uint64_t const table_pages = align_up(bytes, page_size) / page_size;
    bool const inside = table_pages < already_private.pages;
    Paddr const home = inside ? already_private.base : TRY(make_table_home(ranges, table_pages));
    if (inside)
        already_private
            = {already_private.base + table_pages * page_size, already_private.pages - table_pages};

    auto* memory = static_cast<std::byte*>(arch::private_pointer(this_torus().number, home));
    for (std::uint64_t page = 0; page < table_pages; ++page)
        arch::page_clear(memory + page * page_size);
    blocks_ = reinterpret_cast<Block*>(memory); // SAFETY: cleared pages made ours above
    for (std::uint32_t i = 0; i < block_count_; ++i)
        blocks_[i] = Block{};
    frames_ = reinterpret_cast<FrameRecord*>(memory + block_bytes); // SAFETY: as above

    for (FrameRange const& range : ranges)
        mark_present(range);
    adopt_private(already_private);
    if (!inside)
        claim_tables(index(home) / block_pages, table_pages);
    std::uint64_t const reserve_blocks = total_ / block_pages / 64;
    reserve_blocks_ = static_cast<std::uint32_t>(reserve_blocks < 2 ? 2
            : reserve_blocks > 8                                    ? 8
                                                                    : reserve_blocks);
    return {};
}

// Whole blocks are free; at the ends of a range, frames of partial blocks can only ever be user frames.
void FramePool::mark_present(FrameRange range)
{
    std::uint64_t first = index(range.base), last = first + range.pages;
    total_ += range.pages;
    free_ += range.pages;
    while (first < last) {
        auto const block = static_cast<std::uint32_t>(first / block_pages);
        std::uint64_t const stop = (block + 1) * block_pages < last ? (block + 1) * block_pages : last;
        Block& b = blocks_[block];
        if (stop - first == block_pages) {
            b.usable = b.free = frames_per_block;
            b.state = BlockState::Free;
            push(free_blocks_, block);
            ++free_block_count_;
        } else {
            if (b.state == BlockState::Absent) {
                b.state = BlockState::User;
                b.untouched = frames_per_block;
                push(user_blocks_, block);
            }
            for (std::uint64_t i = stop; i-- > first;) {
                frames_[i].next_free = b.first_free;
                b.first_free = static_cast<std::uint16_t>(i % block_pages);
                ++b.free;
            }
        }
        first = stop;
    }
}

// The block's frames before the range are boot's and never freed, so the block stays private.
void FramePool::adopt_private(FrameRange range)
{
    if (range.pages == 0)
        return;
    auto const block = static_cast<std::uint32_t>(index(range.base) / block_pages);
    Block& b = blocks_[block];
    b.state = BlockState::Private;
    b.untouched = static_cast<std::uint16_t>(block_pages - range.pages);
    b.free = static_cast<std::uint16_t>(range.pages);
    total_ += range.pages;
    free_ += range.pages;
    push(private_blocks_, block);
}

void FramePool::claim_tables(std::uint64_t block, std::uint64_t pages)
{
    for (; pages > 0; ++block) {
        Block& b = blocks_[block];
        remove(free_blocks_, static_cast<std::uint32_t>(block));
        --free_block_count_;
        auto const taken = static_cast<std::uint16_t>(pages < block_pages ? pages : block_pages);
        b.state = BlockState::Private;
        b.untouched = taken;
        b.free = static_cast<std::uint16_t>(block_pages - taken);
        free_ -= taken;
        used_[static_cast<unsigned>(FrameKind::Record)] += taken;
        for (std::uint64_t i = 0; i < taken; ++i)
            frames_[block * block_pages + i] = {1, frames_per_block, FrameKind::Record, 0};
        if (b.free > 0)
            push(private_blocks_, static_cast<std::uint32_t>(block));
        pages -= taken;
    }
}

Result<void> FramePool::split_block(BlockState state)
{
    if (free_blocks_.first == none || (state == BlockState::User && free_block_count_ <= reserve_blocks_))
        return unexpected{Status::NoMemory};
    std::uint32_t const block = free_blocks_.first;
    if (state == BlockState::Private)
        TRY(arch::make_private(frame_at(block * block_pages)));
    remove(free_blocks_, block);
    --free_block_count_;
    Block& b = blocks_[block];
    b.state = state;
    b.first_free = frames_per_block;
    b.untouched = 0;
    push(list_of(state), block);
    return {};
}

Result<Paddr> FramePool::take_from(BlockList& list, BlockState state, FrameKind kind)
{
    if (list.first == none)
        TRY(split_block(state));
    std::uint32_t const block = list.first;
    Block& b = blocks_[block];
    std::uint64_t frame = std::uint64_t{block} * block_pages;
    if (b.first_free != frames_per_block) {
        frame += b.first_free;
        b.first_free = frames_[frame].next_free;
    } else {
        frame += b.untouched++;
    }
    if (--b.free == 0)
        remove(list, block);
    frames_[frame] = {1, frames_per_block, kind, 0};
    --free_;
    ++used_[static_cast<unsigned>(kind)];
    return frame_at(frame);
}

Result<Paddr> FramePool::take(FrameKind kind)
{
    return take_from(user_blocks_, BlockState::User, kind);
}

Result<Paddr> FramePool::take_cleared(FrameKind kind)
{
    Paddr const frame = TRY(take(kind));
    arch::page_clear(pointer(frame));
    return frame;
}

Result<Paddr> FramePool::take_private(FrameKind kind)
{
    return take_from(private_blocks_, BlockState::Private, kind);
}

void FramePool::give_back(std::uint64_t i)
{
    FrameRecord& record = frames_[i];
    auto const block = static_cast<std::uint32_t>(i / block_pages);
    Block& b = blocks_[block];
    --used_[static_cast<unsigned>(record.kind)];
    ++free_;
    record.kind = FrameKind::Free;
    record.next_free = b.first_free;
    b.first_free = static_cast<std::uint16_t>(i % block_pages);
    if (b.free++ == 0)
        push(list_of(b.state), block);
    if (b.free == frames_per_block && b.usable == frames_per_block)
        free_whole_block(block);
}

// A block of frames that are all free becomes whole again; the last private one with room stays, so that a
// single record's coming and going does not remap it each time.
void FramePool::free_whole_block(std::uint32_t block)
{
    Block& b = blocks_[block];
    BlockList& list = list_of(b.state);
    bool const alone = list.first == block && b.next == none;
    if (b.state == BlockState::Private) {
        if (alone)
            return;
        arch::make_shared(frame_at(std::uint64_t{block} * block_pages));
    }
    remove(list, block);
    b.state = BlockState::Free;
    push(free_blocks_, block);
    ++free_block_count_;
}

void* FramePool::pointer(Paddr frame)
{
    return arch::direct(frame);
}

Paddr FramePool::frame_of(void const* p)
{
    return arch::direct_to_physical(p);
}

void* FramePool::private_pointer(Paddr frame) const
{
    return arch::private_pointer(this_torus().number, frame);
}

Paddr FramePool::private_frame(void const* p) const
{
    return arch::private_physical(this_torus().number, p);
}

// Memory given later: the archive's frames once unpacked, boot's own tables.
void FramePool::add(FrameRange range)
{
    std::uint64_t const first = index(range.base);
    for (std::uint64_t i = first; i < first + range.pages; ++i) {
        auto const block = static_cast<std::uint32_t>(i / block_pages);
        Block& b = blocks_[block];
        if (b.state == BlockState::Absent) {
            b.state = BlockState::User;
            b.untouched = frames_per_block;
        }
        frames_[i].next_free = b.first_free;
        b.first_free = static_cast<std::uint16_t>(i % block_pages);
        if (b.free++ == 0)
            push(user_blocks_, block);
        ++total_;
        ++free_;
    }
}

} // namespace torc
