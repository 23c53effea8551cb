// SPDX-License-Identifier: MIT
// The caller's side of a read or write: one user range, a user's iovec array, or kernel memory (sendfile,
// exec), consumed from the front. Entries of an iovec are fetched as they are reached, so any number costs no
// memory; the whole array is checked at the start as Linux does.
#pragma once
#include "arch/user_copy.hpp"
#include "kernel/address.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/result.hpp"
#include <cstddef>
#include <cstdint>
#include <span>

namespace torc {
struct Thread;

class IoBuffer {
public:
    static constexpr std::size_t transfer_limit = 0x7fff'f000; // MAX_RW_COUNT

    // Makes it one user range; longer than transfer_limit is cut. False: not in the user half.
    [[nodiscard]] bool set_user(Uaddr base, std::size_t size)
    {
        if (!user_range(base, size)) [[unlikely]]
            return false;
        base_ = base.raw();
        piece_ = left_ = size < transfer_limit ? size : transfer_limit;
        return true;
    }
    // The array of a readv or writev: BadArgument for a bad count or total, BadAddress.
    static Result<IoBuffer> vector(Uaddr entries, std::uint64_t count);
    static IoBuffer kernel(void const* memory, std::size_t size); // put() writes into it all the same

    std::size_t left() const { return left_; }
    // Bytes until the current piece ends: what one step can move without crossing to the next entry.
    std::size_t piece() const { return piece_; }

    // Each moves at most `size` bytes (never more than left()) and says how many; fewer means that the user's
    // address was bad from there on.
    std::size_t put(void const* from, std::size_t size) // to the caller (read)
    {
        if (!is_plain(size)) [[unlikely]]
            return put_slowly(from, size);
        std::size_t const left = arch::user_copy_out(base_, from, size);
        if (left != 0) [[unlikely]]
            return put_rest(from, size, left);
        advance(size);
        return size;
    }
    std::size_t put_zeroes(std::size_t size);
    std::size_t take(void* to, std::size_t size) // from the caller (write)
    {
        if (!is_plain(size)) [[unlikely]]
            return take_slowly(to, size);
        std::size_t const left = arch::user_copy_in(to, base_, size);
        if (left != 0) [[unlikely]]
            return take_rest(to, size, left);
        advance(size);
        return size;
    }
    bool skip(std::size_t size); // what an earlier run of this call moved; false: bad iovec entry

private:
    // In one user range, whose address has been checked.
    bool is_plain(std::size_t size) const { return size <= piece_ && entry_ == 0 && !in_kernel_; }
    template <typename Move> std::size_t by_pieces(std::size_t size, Move&& move);
    std::size_t put_slowly(void const* from, std::size_t size);
    std::size_t take_slowly(void* to, std::size_t size);
    // All but `left` bytes have been moved.
    [[gnu::noinline]] std::size_t put_rest(void const* from, std::size_t size, std::size_t left);
    [[gnu::noinline]] std::size_t take_rest(void* to, std::size_t size, std::size_t left);
    bool next_piece(); // false: none, or its entry cannot be read
    void advance(std::size_t size)
    {
        base_ += size;
        piece_ -= size;
        left_ -= size;
    }
    std::uint64_t base_{0};
    std::size_t piece_{0}, left_{0};
    std::uint64_t entry_{0}; // user address of the next iovec entry
    bool in_kernel_{false};
};

// One read or write under way. `done` counts from the call's first run: a call that blocks or yields keeps it
// in the restart record.
struct IoRequest {
    IoBuffer buffer;
    std::uint64_t offset{0}; // where in the file; the caller of the operation stores it back
    std::size_t done{0};
    bool positioned{false}; // pread, pwrite: leaves the description's offset alone
    bool in_kernel{false}; // buffer is the kernel's
};

} // namespace torc
