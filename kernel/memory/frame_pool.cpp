// SPDX-License-Identifier: MIT
#include "kernel/memory/frame_pool.hpp"
#include "arch/memory.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {
namespace {

constexpr std::uint64_t block_pages = block_size / page_size;

std::uint64_t end_of(FrameRange const& r)
{
    return r.base.raw() + r.pages * page_size;
}

FrameRange cut_off(FrameRange& range, std::uint64_t pages)
{
    FrameRange const front{range.base, pages};
    range = {range.base + pages * page_size, range.pages - pages};
    return front;
}

} // namespace

FramePool::BlockList& FramePool::list_of(Block const& block)
{
    switch (block.state) {
    case BlockState::User:
        return block.borrowed ? borrowed_user_ : user_blocks_;
    case BlockState::Private:
        return private_blocks_;
    default:
        return block.borrowed ? borrowed_free_ : free_blocks_;
    }
}

void FramePool::push(BlockList& list, std::uint32_t block)
{
    blocks_[block].previous = none;
    blocks_[block].next = list.first;
    if (list.first != none)
        blocks_[list.first].previous = block;
    list.first = block;
    ++list.count;
}

void FramePool::remove(BlockList& list, std::uint32_t block)
{
    Block& b = blocks_[block];
    (b.previous == none ? list.first : blocks_[b.previous].next) = b.next;
    if (b.next != none)
        blocks_[b.next].previous = b.previous;
    b.previous = b.next = none;
    --list.count;
}

// ---- the beginning --------------------------------------------------------------------------------------

void FramePool::span_memory(
    std::span<FrameRange const> ranges, FrameRange already_private, FrameRange machine)
{
    std::uint64_t first = already_private.base.raw(), last = end_of(already_private);
    auto const widen = [&](FrameRange const& range) {
        if (range.pages == 0)
            return;
        first = std::min(first, range.base.raw());
        last = std::max(last, end_of(range));
    };
    std::ranges::for_each(ranges, widen);
    widen(machine);
    base_page_ = align_down(first, block_size) >> page_shift;
    std::uint64_t const end_page = align_up(last, block_size) >> page_shift;
    block_count_ = static_cast<std::uint32_t>((end_page - base_page_) / block_pages);
}

// The records of all blocks, and the table of the first private one: until the others have theirs, that one
// is reached by its place in the linear half of the window, so that there are frames to make the rest with.
Result<void> FramePool::place_tables(FrameRange& already_private)
{
    std::uint64_t const pages = align_up(block_count_ * sizeof(Block), page_size) / page_size;
    if (already_private.pages < pages + 8)
        return unexpected{Status::NoMemory};
    std::uint32_t const home = block_of(already_private.base);
    FrameRange const taken = cut_off(already_private, pages + 1);
    auto* const memory = static_cast<std::byte*>(private_pointer(taken.base));
    for (std::uint64_t page = 0; page < taken.pages; ++page)
        arch::page_clear(memory + page * page_size);
    blocks_ = reinterpret_cast<Block*>(memory); // SAFETY: cleared pages of the private block
    for (std::uint32_t i = 0; i < block_count_; ++i)
        blocks_[i] = Block{};
    auto const table = reinterpret_cast<std::uint64_t>(memory) + pages * page_size;
    frames_ = reinterpret_cast<FrameRecord*>(
        table - std::uint64_t{home} * page_size); // SAFETY: only that block's are looked at
    adopt_private(already_private);
    void* const range = reserve_records(std::uint64_t{block_count_} * page_size).at(0);
    auto const base = reinterpret_cast<std::uint64_t>(range); // SAFETY: used as a number
    TRY(arch::map_reserved(Vaddr{base + std::uint64_t{home} * page_size}, taken.base + pages * page_size));
    frames_ = static_cast<FrameRecord*>(range);
    blocks_[home].has_table = true;
    return {};
}

Result<void> FramePool::create(
    std::span<FrameRange const> ranges, FrameRange already_private, FrameRange machine)
{
    FrameRange first = ranges.empty() ? FrameRange{} : ranges.front();
    if (already_private.pages == 0) {
        if (first.pages < block_pages || !first.base.aligned(block_size))
            return unexpected{Status::NoMemory};
        already_private = cut_off(first, block_pages);
        TRY(arch::make_private(already_private.base));
    }
    span_memory(ranges, already_private, machine);
    TRY(place_tables(already_private));
    if (!ranges.empty())
        TRY(make_tables(first));
    for (FrameRange const& range : ranges.subspan(std::min<std::size_t>(1, ranges.size())))
        TRY(make_tables(range));
    TRY(fill_gaps());
    auto const blocks = static_cast<std::uint32_t>(total_ / block_pages);
    reserve_blocks_ = std::clamp(blocks / 64, 2u, 8u);
    low_blocks_ = reserve_blocks_ + 2;
    kept_blocks_ = reserve_blocks_ + 4 + blocks / 32;
    return {};
}

// Block by block, as the frames of one may be needed for the next one's table.
Result<void> FramePool::make_tables(FrameRange range)
{
    while (range.pages != 0) {
        std::uint64_t const rest = block_pages - index(range.base) % block_pages;
        FrameRange const part = cut_off(range, std::min(rest, range.pages));
        TRY(make_table(block_of(part.base)));
        mark_present(part);
    }
    return {};
}

Vaddr FramePool::table_at(std::uint32_t block) const
{
    return Vaddr{reinterpret_cast<std::uint64_t>(frames_ + std::uint64_t{block} * block_pages)};
}

Result<void> FramePool::make_table(std::uint32_t block)
{
    if (blocks_[block].has_table)
        return {};
    Paddr const page = TRY(take_private(FrameKind::Record));
    arch::page_clear(private_pointer(page));
    if (zeroes_.raw() != 0)
        (void)arch::unmap_reserved(table_at(block));
    if (auto mapped = arch::map_reserved(table_at(block), page); !mapped) {
        release(page);
        return mapped;
    }
    blocks_[block].has_table = true;
    return {};
}

void FramePool::drop_table(std::uint32_t block)
{
    release(arch::unmap_reserved(table_at(block)));
    blocks_[block].has_table = false;
    (void)arch::map_reserved(table_at(block), zeroes_, arch::ReservedUse::Read); // the tables are there
}

Result<void> FramePool::fill_gaps()
{
    for (std::uint32_t block = 0; block < block_count_; ++block) {
        if (blocks_[block].has_table)
            continue;
        if (zeroes_.raw() == 0) {
            Paddr const page = TRY(take_private(FrameKind::Record));
            arch::page_clear(private_pointer(page));
            zeroes_ = page;
        }
        TRY(arch::map_reserved(table_at(block), zeroes_, arch::ReservedUse::Read));
    }
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

// ---- taking and giving back -----------------------------------------------------------------------------

Result<FramePool::BlockList*> FramePool::split_block(std::uint32_t block, BlockState state)
{
    if (state == BlockState::Private)
        TRY(arch::make_private(frame_at(block * block_pages)));
    Block& b = blocks_[block];
    remove(list_of(b), block);
    b.state = state;
    b.first_free = frames_per_block;
    b.untouched = 0;
    BlockList& list = list_of(b);
    push(list, block);
    return &list;
}

// Where there are frames when no block of its own has any. What is borrowed comes last, so that it is free
// again first; records are in it only when nothing else is left.
Result<FramePool::BlockList*> FramePool::refill(BlockState state)
{
    bool const user = state == BlockState::User;
    if (free_blocks_.count > (user ? reserve_blocks_ : 0))
        return split_block(free_blocks_.first, state);
    if (user && borrowed_user_.first != none)
        return &borrowed_user_;
    if (borrowed_free_.first != none)
        return split_block(borrowed_free_.first, state);
    return unexpected{Status::NoMemory};
}

Result<Paddr> FramePool::take_from(BlockList& first_choice, BlockState state, FrameKind kind)
{
    BlockList& list = first_choice.first != none ? first_choice : *TRY(refill(state));
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
        push(list_of(b), block);
    if (b.free == frames_per_block && b.usable == frames_per_block)
        free_whole_block(block);
}

// A block of frames that are all free becomes whole again; the last private one with room stays, so that a
// single record's coming and going does not remap it each time.
void FramePool::free_whole_block(std::uint32_t block)
{
    Block& b = blocks_[block];
    BlockList& list = list_of(b);
    if (b.state == BlockState::Private) {
        if (list.count == 1 && !b.borrowed)
            return;
        arch::make_shared(frame_at(std::uint64_t{block} * block_pages));
    }
    remove(list, block);
    b.state = BlockState::Free;
    push(list_of(b), block);
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
        if (!make_table(block))
            continue;
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

// ---- lending --------------------------------------------------------------------------------------------

bool FramePool::has_block(Paddr block) const
{
    return block.aligned(block_size) && index(block) / block_pages < block_count_;
}

// Its table stays: all that it says is that no frame of it is taken.
Result<Paddr> FramePool::lend_block(unsigned borrower)
{
    if (spare_blocks() == 0)
        return unexpected{Status::NoMemory};
    std::uint32_t const block = free_blocks_.first;
    remove(free_blocks_, block);
    blocks_[block].state = BlockState::Lent;
    blocks_[block].with = static_cast<std::uint8_t>(borrower);
    ++lent_;
    free_ -= block_pages;
    return frame_at(std::uint64_t{block} * block_pages);
}

bool FramePool::take_back(Paddr block, unsigned borrower)
{
    if (!has_block(block))
        return false;
    Block& b = blocks_[block_of(block)];
    if (b.state != BlockState::Lent || b.with != borrower)
        return false;
    b.state = BlockState::Free;
    push(free_blocks_, block_of(block));
    --lent_;
    free_ += block_pages;
    return true;
}

Result<void> FramePool::enter_borrowed(Paddr block, unsigned lender)
{
    if (!has_block(block) || blocks_[block_of(block)].state != BlockState::Absent)
        return unexpected{Status::BadArgument};
    std::uint32_t const number = block_of(block);
    TRY(make_table(number));
    Block& b = blocks_[number];
    b.state = BlockState::Free;
    b.usable = b.free = frames_per_block;
    b.borrowed = true;
    b.with = static_cast<std::uint8_t>(lender);
    push(borrowed_free_, number);
    ++borrowed_;
    free_ += block_pages;
    return {};
}

Result<Paddr> FramePool::leave_borrowed(unsigned lender)
{
    constexpr unsigned most_looked_at = 32;
    std::uint32_t block = borrowed_free_.first;
    for (unsigned i = 0; block != none && blocks_[block].with != lender; ++i)
        block = i < most_looked_at ? blocks_[block].next : none;
    if (block == none)
        return unexpected{Status::NotFound};
    remove(borrowed_free_, block);
    blocks_[block] = Block{.has_table = true};
    drop_table(block);
    --borrowed_;
    free_ -= block_pages;
    return frame_at(std::uint64_t{block} * block_pages);
}

Result<unsigned> FramePool::lender_of_surplus() const
{
    if (borrowed_free_.first == none)
        return unexpected{Status::NotFound};
    return blocks_[borrowed_free_.first].with;
}

} // namespace torc
