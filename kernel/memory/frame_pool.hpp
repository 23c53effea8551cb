// SPDX-License-Identifier: MIT
// A torus's physical memory: 2 MiB blocks, each wholly free, split into user frames (shared direct map), or
// private to this torus (kernel records, page tables). A frame has a reference count, so that copy-on-write
// and the page cache can share it. Invariant: a frame is free, or counted exactly once by every holder. Does
// not clear: callers that need zeroes say so. Blocks whose frames are all free again go back to the free
// state, so any block can become private later, or be lent to another torus (docs/memory.md).
#pragma once
#include "kernel/address.hpp"
#include "kernel/result.hpp"
#include <cstdint>
#include <span>

namespace torc {

enum class FrameKind : std::uint8_t { Free, Anonymous, File, Table, Record, Special, count_ };

struct FrameRange {
    Paddr base;
    std::uint64_t pages;
};

class FramePool {
public:
    // Takes over page-aligned, sorted, non-overlapping ranges. `already_private`: the unused end of a block
    // that is in this torus's window already; without one the first whole block is made so. `machine`: all
    // memory that may ever come, by add() or on loan; at least what the ranges span.
    Result<void> create(
        std::span<FrameRange const> ranges, FrameRange already_private = {}, FrameRange machine = {});

    // Takes over more memory later on. What there is no table for is lost.
    void add(FrameRange range);

    // A user frame with one reference, reached by arch::direct(). NoMemory at the reserve.
    Result<Paddr> take(FrameKind kind);
    Result<Paddr> take_cleared(FrameKind kind);
    // A private frame (Table, Record), reached by private_pointer(). One reference.
    Result<Paddr> take_private(FrameKind kind);

    void retain(Paddr frame) { ++frames_[index(frame)].references; }
    // Drops one reference; frees at zero. Returns true if it was the last.
    bool release(Paddr frame)
    {
        std::uint64_t const i = index(frame);
        if (--frames_[i].references > 0)
            return false;
        give_back(i);
        return true;
    }
    std::uint32_t references(Paddr frame) const { return frames_[index(frame)].references; }
    FrameKind kind(Paddr frame) const { return frames_[index(frame)].kind; }
    // Whether a user page that maps this frame holds a reference to it: not those of devices, of the vDSO, or
    // of zeroes, which are for ever.
    bool is_counted(Paddr frame, FrameKind& kind) const
    {
        std::uint64_t const page = index(frame);
        if (page >= std::uint64_t{block_count_} * frames_per_block) [[unlikely]]
            return false;
        kind = frames_[page].kind;
        return kind == FrameKind::Anonymous || kind == FrameKind::File;
    }
    // Whether instruction fetch sees what was last written to the frame by the kernel (cleared by take and by
    // written()).
    bool instructions_synchronised(Paddr frame) const { return frames_[index(frame)].synchronised; }
    void set_instructions_synchronised(Paddr frame) { frames_[index(frame)].synchronised = 1; }
    void written(Paddr frame) { frames_[index(frame)].synchronised = 0; }
    bool owns(Paddr frame) const
    {
        std::uint64_t const page = index(frame);
        return page < std::uint64_t{block_count_} * frames_per_block
            && blocks_[page / frames_per_block].state >= BlockState::Free;
    } // false for device memory, the vDSO's image pages, and frames of others

    static void* pointer(Paddr frame); // user frame
    static Paddr frame_of(void const* p); // its inverse
    void* private_pointer(Paddr frame) const; // private frame
    Paddr private_frame(void const* p) const; // its inverse

    std::uint64_t total_pages() const { return total_; } // its own, lent or not
    std::uint64_t present_pages() const // what it can use
    {
        return total_ + std::uint64_t{borrowed_} * frames_per_block - std::uint64_t{lent_} * frames_per_block;
    }
    std::uint64_t free_pages() const { return free_; }
    std::uint64_t used(FrameKind kind) const { return used_[static_cast<unsigned>(kind)]; }
    // Blocks kept for the kernel's own progress: user frames are refused (NoMemory) when only these are left.
    std::uint64_t reserve_pages() const { return std::uint64_t{reserve_blocks_} * frames_per_block; }

    // ---- Blocks on loan, all of them wholly free when they change hands
    static constexpr unsigned frames_per_block = 512;
    std::uint32_t lent_blocks() const { return lent_; }
    std::uint32_t borrowed_blocks() const { return borrowed_; }
    // It should ask for some before it has to refuse anybody.
    bool runs_low() const { return free_blocks_.count + borrowed_free_.count < low_blocks_; }
    // Its own that it can do without.
    std::uint32_t spare_blocks() const
    {
        return free_blocks_.count > kept_blocks_ ? free_blocks_.count - kept_blocks_ : 0;
    }
    // Has borrowed what it does not need, or would lend itself.
    bool has_surplus() const
    {
        return borrowed_free_.count != 0
            && free_blocks_.count + borrowed_free_.count >= low_blocks_ + surplus_blocks;
    }
    // The lender: NoMemory when none is to spare. False: it has not been lent to that torus.
    Result<Paddr> lend_block(unsigned borrower);
    bool take_back(Paddr block, unsigned borrower);
    // The borrower: NoMemory when there is no frame for its table.
    Result<void> enter_borrowed(Paddr block, unsigned lender);
    // One that is wholly free goes back to that lender; NotFound.
    Result<Paddr> leave_borrowed(unsigned lender);
    // Whose such a block is, if any.
    Result<unsigned> lender_of_surplus() const;

private:
    enum class BlockState : std::uint8_t { Absent, Lent, Free, User, Private }; // ours from Free on
    static constexpr std::uint32_t none = 0xffff'ffff;
    static constexpr std::uint32_t surplus_blocks = 3;
    struct FrameRecord { // 8 bytes a frame
        std::uint32_t references;
        std::uint16_t next_free; // within its block; frames_per_block: none
        FrameKind kind;
        std::uint8_t synchronised;
    };
    struct Block {
        std::uint32_t previous{none}, next{none}; // in the list of its state, while it has free frames
        std::uint16_t first_free{frames_per_block}; // list of freed frames
        std::uint16_t untouched{0}; // frames from here on were never taken since the block was split
        std::uint16_t free{0};
        std::uint16_t usable{0}; // 512 unless a range ends inside the block
        BlockState state{BlockState::Absent};
        bool borrowed{false}, has_table{false};
        std::uint8_t with{0}; // the torus that it is lent to or borrowed from
    };
    struct BlockList {
        std::uint32_t first{none};
        std::uint32_t count{0};
    };

    std::uint64_t index(Paddr frame) const { return (frame.raw() >> page_shift) - base_page_; }
    Paddr frame_at(std::uint64_t index) const { return Paddr{(base_page_ + index) << page_shift}; }
    std::uint32_t block_of(Paddr frame) const
    {
        return static_cast<std::uint32_t>(index(frame) / frames_per_block);
    }
    Result<Paddr> take_from(BlockList& list, BlockState state, FrameKind kind);
    Result<BlockList*> refill(BlockState state);
    Result<BlockList*> split_block(std::uint32_t block, BlockState state);
    void give_back(std::uint64_t frame_index);
    void push(BlockList& list, std::uint32_t block);
    void remove(BlockList& list, std::uint32_t block);
    BlockList& list_of(Block const& block);
    void mark_free(std::uint32_t block);
    void mark_present(FrameRange range);
    void adopt_private(FrameRange range);
    void free_whole_block(std::uint32_t block);
    bool has_block(Paddr block) const;

    void span_memory(std::span<FrameRange const> ranges, FrameRange already_private, FrameRange machine);
    Result<void> place_tables(FrameRange& already_private);
    Result<void> make_tables(FrameRange range);
    Result<void> make_table(std::uint32_t block);
    Result<void> fill_gaps();
    void drop_table(std::uint32_t block);
    Vaddr table_at(std::uint32_t block) const;

    // A table page a block, in a range of the window; those of blocks that are not there are one page of
    // zeroes, so that is_counted() need not ask. Torus-local, as is everything here.
    FrameRecord* frames_{nullptr};
    Block* blocks_{nullptr};
    std::uint64_t base_page_{0};
    std::uint32_t block_count_{0};
    BlockList free_blocks_, user_blocks_, private_blocks_; // with free frames
    BlockList borrowed_free_, borrowed_user_;
    std::uint32_t reserve_blocks_{0}, low_blocks_{0}, kept_blocks_{0};
    std::uint32_t lent_{0}, borrowed_{0};
    std::uint64_t total_{0}, free_{0};
    Paddr zeroes_{};
    std::uint64_t used_[static_cast<unsigned>(FrameKind::count_)]{};
};

} // namespace torc
