// SPDX-License-Identifier: MIT
#include "kernel/files/io_buffer.hpp"
#include "kernel/memory/user_access.hpp"
#include <algorithm>

namespace torc {
namespace {

constexpr std::uint64_t entry_limit = 1024; // UIO_MAXIOV

struct IoEntry { // struct iovec
    std::uint64_t base, length;
};

} // namespace

IoBuffer IoBuffer::kernel(void const* memory, std::size_t size)
{
    IoBuffer buffer;
    buffer.base_ = reinterpret_cast<std::uint64_t>(memory); // SAFETY: in_kernel_ says what it is
    buffer.piece_ = buffer.left_ = size;
    buffer.in_kernel_ = true;
    return buffer;
}

Result<IoBuffer> IoBuffer::vector(Uaddr entries, std::uint64_t count)
{
    if (count > entry_limit)
        return unexpected{Status::BadArgument};
    IoBuffer buffer;
    buffer.entry_ = entries.raw();
    for (std::uint64_t i = 0; i < count; ++i) {
        auto const entry = TRY(copy_in<IoEntry>(entries + i * sizeof(IoEntry)));
        if (static_cast<std::int64_t>(entry.length) < 0)
            return unexpected{Status::BadArgument};
        if (!user_range(Uaddr{entry.base}, entry.length))
            return unexpected{Status::BadAddress};
        buffer.left_ = std::min(buffer.left_ + entry.length, transfer_limit);
    }
    buffer.next_piece();
    return buffer;
}

bool IoBuffer::next_piece()
{
    while (piece_ == 0 && left_ != 0) {
        auto const entry = copy_in<IoEntry>(Uaddr{entry_});
        // Checked at the start; it may have been changed since, which then is a bad address.
        if (!entry || !user_range(Uaddr{entry->base}, entry->length))
            return false;
        entry_ += sizeof(IoEntry);
        base_ = entry->base;
        piece_ = std::min(static_cast<std::size_t>(entry->length), left_);
    }
    return true;
}

// Moves pieces: one for a plain buffer, and one per iovec entry that it touches. `move(moved, n)` says how
// many of the next n bytes it has moved at base_.
template <typename Move> std::size_t IoBuffer::by_pieces(std::size_t size, Move&& move)
{
    std::size_t moved = 0;
    while (moved < size) {
        if (piece_ == 0 && !next_piece())
            break;
        std::size_t const n = std::min(size - moved, piece_);
        std::size_t const done = move(moved, n);
        advance(done);
        moved += done;
        if (done < n)
            break;
    }
    if (piece_ == 0 && entry_ != 0)
        next_piece();
    return moved;
}

std::size_t IoBuffer::put_slowly(void const* from, std::size_t size)
{
    return by_pieces(size, [&](std::size_t moved, std::size_t n) {
        auto const* const bytes = static_cast<std::byte const*>(from) + moved;
        if (!in_kernel_)
            return copy_out_some(Uaddr{base_}, bytes, n);
        __builtin_memcpy(reinterpret_cast<void*>(base_), bytes, n); // SAFETY: IoBuffer::kernel
        return n;
    });
}

std::size_t IoBuffer::put_zeroes(std::size_t size)
{
    static constexpr std::byte zeroes[256]{};
    return by_pieces(size, [&](std::size_t, std::size_t n) {
        if (!in_kernel_ && n <= sizeof zeroes)
            return copy_out_some(Uaddr{base_}, zeroes, n);
        if (!in_kernel_)
            return clear_user(Uaddr{base_}, n) ? n : 0;
        __builtin_memset(reinterpret_cast<void*>(base_), 0, n); // SAFETY: IoBuffer::kernel
        return n;
    });
}

std::size_t IoBuffer::take_slowly(void* to, std::size_t size)
{
    return by_pieces(size, [&](std::size_t moved, std::size_t n) {
        auto* const bytes = static_cast<std::byte*>(to) + moved;
        if (!in_kernel_)
            return copy_in_some(bytes, Uaddr{base_}, n);
        __builtin_memcpy(bytes, reinterpret_cast<void const*>(base_), n); // SAFETY: IoBuffer::kernel
        return n;
    });
}

std::size_t IoBuffer::put_rest(void const* from, std::size_t size, std::size_t left)
{
    std::size_t const moved = size - left;
    advance(moved);
    return moved + put_slowly(static_cast<std::byte const*>(from) + moved, left);
}

std::size_t IoBuffer::take_rest(void* to, std::size_t size, std::size_t left)
{
    std::size_t const moved = size - left;
    advance(moved);
    return moved + take_slowly(static_cast<std::byte*>(to) + moved, left);
}

bool IoBuffer::skip(std::size_t size)
{
    while (size > 0) {
        if (piece_ == 0 && !next_piece())
            return false;
        std::size_t const n = std::min(size, piece_);
        advance(n);
        size -= n;
    }
    return true;
}

} // namespace torc
