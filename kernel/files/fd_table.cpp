// SPDX-License-Identifier: MIT
#include "kernel/files/fd_table.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_lock.hpp"
#include "kernel/files/file_records.hpp"
#include <bit>
#include <utility>

namespace torc {
namespace {

constexpr std::uint64_t bit(unsigned n)
{
    return 1ull << (n & 63);
}

// The first bit set at or after `from` in `words`, or `size`.
unsigned first_set(std::uint64_t const* words, unsigned size, unsigned from)
{
    for (unsigned i = from; i < size; i = (i | 63) + 1) {
        std::uint64_t const rest = words[i / 64] >> (i & 63);
        if (rest != 0)
            return i + static_cast<unsigned>(std::countr_zero(rest));
    }
    return size;
}

unsigned first_clear(std::uint64_t const* words, unsigned size, unsigned from)
{
    for (unsigned i = from; i < size; i = (i | 63) + 1) {
        std::uint64_t const rest = ~words[i / 64] >> (i & 63);
        if (rest != 0)
            return i + static_cast<unsigned>(std::countr_zero(rest));
    }
    return size;
}

} // namespace

Result<FdTable*> FdTable::create()
{
    FdTable* table = file_records().tables.create();
    if (table == nullptr)
        return unexpected{Status::NoMemory};
    return table;
}

void FdTable::destroy()
{
    if (directory_ != nullptr)
        file_records().directories.free(directory_);
    file_records().tables.destroy(this);
}

OpenFile* FdTable::get_far(unsigned fd) const
{
    if (directory_ == nullptr || fd >= limit)
        return nullptr;
    FdChunk const* chunk = directory_->chunks[fd / FdChunk::size];
    return chunk ? chunk->files[fd % FdChunk::size] : nullptr;
}

// `limit` when every one is used. Chunk 0's first 64 places stay empty: those lie in the table.
unsigned FdTable::lowest_free(unsigned from) const
{
    if (from < inline_size) {
        unsigned const near = first_clear(&used_, inline_size, from);
        if (near < inline_size)
            return near;
        from = inline_size;
    }
    if (directory_ == nullptr)
        return from;
    while (from < limit) {
        unsigned const chunk_index = first_clear(directory_->full, FdDirectory::size, from / FdChunk::size);
        if (chunk_index == FdDirectory::size)
            return limit;
        if (chunk_index != from / FdChunk::size)
            from = chunk_index * FdChunk::size;
        FdChunk const* chunk = directory_->chunks[chunk_index];
        if (chunk == nullptr)
            return from;
        unsigned const found = first_clear(chunk->used, FdChunk::size, from % FdChunk::size);
        if (found < FdChunk::size)
            return chunk_index * FdChunk::size + found;
        from = (chunk_index + 1) * FdChunk::size;
    }
    return limit;
}

Result<FdChunk*> FdTable::make_chunk(unsigned index)
{
    FileRecords& records = file_records();
    if (directory_ == nullptr) {
        directory_ = records.directories.create();
        if (directory_ == nullptr)
            return unexpected{Status::NoMemory};
        *directory_ = FdDirectory{};
    }
    FdChunk*& chunk = directory_->chunks[index];
    if (chunk != nullptr)
        return chunk;
    chunk = records.chunks.create();
    if (chunk == nullptr)
        return unexpected{Status::NoMemory};
    *chunk = FdChunk{};
    directory_->present[index / 64] |= bit(index);
    if (index == 0)
        chunk->used[0] = ~0ull; // those lie in the table itself
    return chunk;
}

Result<void> FdTable::install_far(OpenFile& file, CloseOnExec close, unsigned fd)
{
    FdChunk& chunk = *TRY(make_chunk(fd / FdChunk::size));
    unsigned const at = fd % FdChunk::size;
    chunk.files[at] = &file;
    chunk.used[at / 64] |= bit(at);
    set_close_on_exec(fd, close);
    ++count_;
    ++chunk.count;
    if (first_clear(chunk.used, FdChunk::size, 0) == FdChunk::size)
        directory_->full[fd / FdChunk::size / 64] |= bit(fd / FdChunk::size);
    return {};
}

Result<int> FdTable::install(OpenFile& file, CloseOnExec close, unsigned end, unsigned from)
{
    unsigned const fd = lowest_free(from);
    if (fd >= end || fd >= limit)
        return unexpected{Status::TooManyFiles};
    TRY(install_at(file, close, fd));
    return static_cast<int>(fd);
}

OpenFile& FdTable::replace(OpenFile& file, CloseOnExec close, unsigned fd)
{
    OpenFile*& place
        = fd < inline_size ? files_[fd] : directory_->chunks[fd / FdChunk::size]->files[fd % FdChunk::size];
    set_close_on_exec(fd, close);
    return *std::exchange(place, &file);
}

OpenFile* FdTable::remove_far(unsigned fd)
{
    FdChunk*& chunk = directory_->chunks[fd / FdChunk::size];
    unsigned const at = fd % FdChunk::size;
    OpenFile* const file = std::exchange(chunk->files[at], nullptr);
    chunk->used[at / 64] &= ~bit(at);
    directory_->full[fd / FdChunk::size / 64] &= ~bit(fd / FdChunk::size);
    if (--chunk->count == 0) {
        file_records().chunks.free(chunk);
        chunk = nullptr;
        directory_->present[fd / FdChunk::size / 64] &= ~bit(fd / FdChunk::size);
    }
    return file;
}

CloseOnExec FdTable::close_on_exec(unsigned fd) const
{
    std::uint64_t const word = fd < inline_size
        ? close_on_exec_
        : directory_->chunks[fd / FdChunk::size]->close_on_exec[fd % FdChunk::size / 64];
    return word & bit(fd) ? CloseOnExec::Yes : CloseOnExec::No;
}

std::uint64_t& FdTable::far_close_on_exec(unsigned fd)
{
    return directory_->chunks[fd / FdChunk::size]->close_on_exec[fd % FdChunk::size / 64];
}

unsigned FdTable::next_used(unsigned fd) const
{
    if (fd < inline_size) {
        unsigned const near = first_set(&used_, inline_size, fd);
        if (near < inline_size)
            return near;
        fd = inline_size;
    }
    if (directory_ == nullptr)
        return limit;
    while (fd < limit) {
        unsigned const index = first_set(directory_->present, FdDirectory::size, fd / FdChunk::size);
        if (index == FdDirectory::size)
            break;
        unsigned const base = index * FdChunk::size;
        unsigned const found
            = first_set(directory_->chunks[index]->used, FdChunk::size, fd > base ? fd - base : 0);
        if (found < FdChunk::size)
            return base + found;
        fd = base + FdChunk::size;
    }
    return limit;
}

Result<std::uint64_t> FdTable::copy_step(FdTable& from, std::uint64_t cursor)
{
    constexpr unsigned grain = 32;
    unsigned fd = from.next_used(static_cast<unsigned>(cursor));
    for (unsigned i = 0; i < grain && fd < limit; ++i) {
        OpenFile& file = *from.get(static_cast<int>(fd));
        TRY(install_at(file, from.close_on_exec(fd), fd));
        torc::retain(file);
        fd = from.next_used(fd + 1);
    }
    return fd < limit ? fd : ~0ull;
}

} // namespace torc
