// SPDX-License-Identifier: MIT
// Pool<T>: a bounded pool of small bulk records (inodes, mappings, page-cache entries, ...). The limit is
// fixed at boot, memory comes only as the pool fills and goes back as it empties. Everything is O(1); the
// fast paths take about 25 instructions. A record keeps its address and its index for life.
#pragma once
#include <memory>
#include <utility>

#include "substrate/slab_pool.hpp"

namespace torc {

template <typename T> class Pool final : public SlabPool {
public:
    static_assert(sizeof(T) >= 16 && sizeof(T) <= 16384 && alignof(T) <= backing_page);
    static constexpr SlabGeometry geometry = SlabGeometry::of(sizeof(T), alignof(T) < 16 ? 8 : alignof(T));

    constexpr Pool()
        : SlabPool{geometry}
    {
    }

    // What to reserve for `limit` records.
    static constexpr std::size_t bytes_for(std::size_t limit) { return SlabPool::bytes_for(geometry, limit); }

    // Once, before the first allocation.
    void open(ReservedRange range, std::uint32_t limit) { SlabPool::open(range, limit); }

    // Raw storage, or nullptr at the limit or when the backing fails; then nothing has changed.
    [[nodiscard]] T* allocate() { return static_cast<T*>(SlabPool::allocate(geometry)); }
    void free(T* record) { SlabPool::free(record, geometry); }

    template <typename... Arguments> [[nodiscard]] T* create(Arguments&&... arguments)
    {
        T* const record = allocate();
        if (record == nullptr) [[unlikely]]
            return nullptr;
        return std::construct_at(record, std::forward<Arguments>(arguments)...);
    }

    void destroy(T* record)
    {
        std::destroy_at(record);
        free(record);
    }

    // A dense name below about 4/3 of the limit; `at` is its inverse, for records that are live.
    std::uint32_t index_of(T const* record) const
    {
        auto const* const bytes = static_cast<std::byte const*>(static_cast<void const*>(record));
        auto const offset = static_cast<std::size_t>(bytes - records_);
        auto const slab = static_cast<std::uint32_t>(offset >> geometry.slab_shift);
        auto const within = static_cast<std::uint32_t>(offset & (geometry.slab_bytes() - 1));
        return slab * geometry.records + within / geometry.record_bytes;
    }
    T* at(std::uint32_t index) const
    {
        std::size_t const slab = index / geometry.records;
        std::size_t const number = index % geometry.records;
        return static_cast<T*>(
            static_cast<void*>(records_ + (slab << geometry.slab_shift) + number * geometry.record_bytes));
    }
};

} // namespace torc
