// SPDX-License-Identifier: MIT
// A user address space's translation tables: VMSAv8-64, 4 KiB granule, 48 bits, 4 levels (Arm ARM D8). Pure
// policy-free mechanism: entries are made, found, changed and invalidated; who owns the frames is
// kernel/memory's business. Invariant: table pages are private frames of the owning torus; an entry is valid
// or zero.
#pragma once
#include "arch/translation.hpp"
#include "kernel/address.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {
class FramePool;
}

namespace torc::arch {

enum class UserAccess : std::uint8_t { None, Read, ReadExecute, ReadWrite, ReadWriteExecute, ExecuteOnly };

class Pte {
public:
    constexpr Pte() = default;
    constexpr explicit Pte(std::uint64_t bits)
        : bits_{bits}
    {
    }
    static constexpr Pte page(Paddr frame, UserAccess access)
    {
        return Pte{frame.raw() | base | access_bits(access)};
    }
    // The same rights to another frame.
    constexpr Pte at(Paddr frame) const { return Pte{(bits_ & ~frame_mask) | frame.raw()}; }
    constexpr bool valid() const { return bits_ & 1; }
    constexpr bool writable() const { return (bits_ & (ap_user | ap_read_only)) == ap_user; } // by EL0
    constexpr bool readable() const { return bits_ & ap_user; } // by EL0
    constexpr bool executable() const { return !(bits_ & uxn); }
    constexpr Paddr frame() const { return Paddr{bits_ & frame_mask}; }
    constexpr Pte with(UserAccess access) const { return Pte{(bits_ & ~access_mask) | access_bits(access)}; }
    constexpr Pte read_only() const { return Pte{bits_ | ap_read_only}; }
    constexpr std::uint64_t bits() const { return bits_; }

private:
    static constexpr std::uint64_t frame_mask = 0x0000'ffff'ffff'f000;
    static constexpr std::uint64_t ap_user = 1ull << 6, ap_read_only = 1ull << 7, pxn = 1ull << 53,
                                   uxn = 1ull << 54;
    static constexpr std::uint64_t access_mask = ap_user | ap_read_only | uxn;
    // valid page, MAIR index 0 (normal write-back), inner shareable, accessed, not global, never executable
    // by the kernel
    static constexpr std::uint64_t base = 3 | 0ull << 2 | 3ull << 8 | 1ull << 10 | 1ull << 11 | pxn;
    static constexpr std::uint64_t access_bits(UserAccess access)
    {
        switch (access) {
        case UserAccess::None:
            return ap_read_only | uxn;
        case UserAccess::Read:
            return ap_user | ap_read_only | uxn;
        case UserAccess::ReadExecute:
            return ap_user | ap_read_only;
        case UserAccess::ReadWrite:
            return ap_user | uxn;
        case UserAccess::ReadWriteExecute:
            return ap_user;
        case UserAccess::ExecuteOnly:
            return ap_read_only;
        }
        return ap_read_only | uxn;
    }
    std::uint64_t bits_{0};
};
static_assert(sizeof(Pte) == 8);

class PageTable {
public:
    static constexpr std::uint64_t user_end = 1ull << 48;
    static constexpr std::uint64_t leaf_span = 512 * page_size; // what one leaf table maps

    // An empty table.
    Result<void> create(FramePool& frames);
    // Stands for the tables of another torus under a number of ours; nothing is made or found in it.
    void borrow(std::uint64_t root);
    // Frees the root; every other table must be gone (free_tables).
    void destroy(FramePool& frames);

    // The entry for `a` if its leaf table exists, else nullptr.
    Pte* find(Uaddr a);
    // The entry for `a`, tables made as needed (NoMemory: nothing visible changed).
    Result<Pte*> make(FramePool& frames, Uaddr a);
    // The first address >= a (rounded down to its leaf table's span if that table exists) with a leaf table,
    // or `end`. Looks at a bounded number of entries and then says how far it got: found tells the two apart.
    struct Present {
        Uaddr at;
        bool found;
    };
    Present next_present(Uaddr a, Uaddr end) const;
    // Frees the leaf table of `a`, if there is one, and the inner tables that it leaves empty. Its entries
    // must be clear.
    void free_leaf(FramePool& frames, Uaddr a);

    // Changes of valid entries must be followed by invalidate(); new ones by publish_entries().
    void invalidate(Uaddr a) const
    {
        if (foreign_walkers_) [[unlikely]]
            return invalidate_page_everywhere(a.raw());
        invalidate_page(asid_, a.raw());
    }
    void invalidate_all() const
    {
        if (foreign_walkers_) [[unlikely]]
            return invalidate_everything();
        invalidate_asid(asid_);
    }
    // Whether other cores walk these tables, under numbers of their own.
    void set_foreign_walkers(bool some) { foreign_walkers_ = some; }
    std::uint64_t root() const { return root_.raw(); }

    // The value for TTBR0_EL1. The ASID is lent by kernel/memory/asid_slice.hpp and may change between runs.
    std::uint64_t ttbr() const { return ttbr_; }
    // Where the threads that run on it enter the kernel.
    std::uint64_t vectors() const { return vectors_; }
    void set_asid(std::uint16_t asid)
    {
        asid_ = asid;
        ttbr_ = root_.raw() | std::uint64_t{asid} << 48;
    }
    std::uint64_t asid_generation{0};
    std::uint32_t table_pages() const { return table_pages_; }

private:
    using Descriptor = std::uint64_t;
    static constexpr std::uint64_t address_mask = 0x0000'ffff'ffff'f000;
    Descriptor* table(Descriptor d) const { return pointer(Paddr{d & address_mask}); }
    Descriptor* pointer(Paddr p) const
    {
        return reinterpret_cast<Descriptor*>(window_ + p.raw());
    } // SAFETY: a private frame of ours
    Result<Descriptor> make_table(FramePool& frames);
    void cut_off(FramePool& frames, std::uint64_t address, Descriptor* const* path, unsigned depth);

    // A table frame's reference count is 1 and one more for each table below it, so that an empty one is
    // known at once.
    Paddr root_{};
    Descriptor* root_pointer_{nullptr};
    std::uint64_t window_{0}; // + physical address = where private frames are mapped
    std::uint64_t recent_base_{~0ull}; // leaf table found last
    Pte* recent_leaf_{nullptr};
    std::uint64_t ttbr_{0}; // root and ASID, once that is lent
    std::uint64_t vectors_{0};
    std::uint16_t asid_{0};
    bool foreign_walkers_{false};
    std::uint32_t table_pages_{0}; // torus-local, as all of it
};

} // namespace torc::arch
