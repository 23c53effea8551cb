// SPDX-License-Identifier: MIT
// All linked names of a torus by (parent, text): one hash table that grows and shrinks by one bucket at a
// time (linear hashing), so that no insertion ever pays for the whole table. Buckets lie in pages that are
// pool records. Torus-local.
#pragma once
#include "kernel/files/name.hpp"
#include "kernel/result.hpp"
#include <cstdint>
#include <string_view>

namespace torc {

struct BucketPage { // pool record
    static constexpr unsigned size = 512;
    Name* buckets[size];
};

class NameTable {
public:
    static constexpr std::uint32_t hash_start = 0x811c'9dc5;
    // FNV-1a, a byte at a time, so that a path walk hashes while it scans.
    static constexpr std::uint32_t hash_step(std::uint32_t hash, char c)
    {
        return (hash ^ static_cast<std::uint8_t>(c)) * 0x0100'0193;
    }
    static constexpr std::uint32_t hash_of(std::string_view text)
    {
        std::uint32_t hash = hash_start;
        for (char c : text)
            hash = hash_step(hash, c);
        return hash;
    }

    // `hash` is the text's.
    Name* find(Name const& parent, std::string_view text, std::uint32_t hash) const
    {
        if (buckets_ == 0) [[unlikely]]
            return nullptr;
        Name* name = bucket(place(parent, hash));
        while (name != nullptr && !(name->hash == hash && name->parent == &parent && name->text() == text))
            name = name->next_in_bucket;
        return name;
    }
    Result<void> insert(Name& name); // name.parent, hash and text are set; NoMemory
    void remove(Name& name);
    std::uint32_t size() const { return count_; }
    void clear_pages(); // when the table is empty: gives the pages back

private:
    static constexpr unsigned page_limit = 2048; // 1,048,576 buckets
    std::uint32_t place(Name const& parent, std::uint32_t hash) const
    {
        auto const salt = static_cast<std::uint32_t>(
            reinterpret_cast<std::uintptr_t>(&parent) >> 7); // SAFETY: a number only
        std::uint32_t h = (hash ^ salt * 0x9e37'79b1u) * 0x85eb'ca6bu;
        h ^= h >> 15;
        std::uint32_t const i = h & (low_size_ * 2 - 1);
        return i < buckets_ ? i : h & (low_size_ - 1);
    }
    Name*& bucket(std::uint32_t i) { return pages_[i / BucketPage::size]->buckets[i % BucketPage::size]; }
    Name* bucket(std::uint32_t i) const
    {
        return pages_[i / BucketPage::size]->buckets[i % BucketPage::size];
    }
    Result<void> start();
    void grow();
    void shrink();
    BucketPage* new_page();

    BucketPage* pages_[page_limit]{};
    std::uint32_t buckets_{0}; // in use; low_size_ <= buckets_ < 2 * low_size_
    std::uint32_t low_size_{BucketPage::size}; // a power of two
    std::uint32_t count_{0};
};

} // namespace torc
