// SPDX-License-Identifier: MIT
// A user address space: an object of its own, counted by the processes that share it (vfork, threads). It
// owns its mappings, its translation tables and one reference to every frame that is mapped. Long walks work
// in grains of 32 entries and say where to go on.
#pragma once
#include "arch/page_table.hpp"
#include "kernel/address.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/memory/mapping.hpp"
#include "kernel/process/turn.hpp"
#include "kernel/result.hpp"
#include <boost/intrusive/set.hpp>
#include <cstdint>

namespace torc {
struct Thread;
struct Process;

enum class Access : std::uint8_t { Read, Write, Execute };

// Why an access could not be resolved: what signal the thread gets.
enum class FaultResult : std::uint8_t {
    Resolved,
    NoMapping,
    NotAllowed,
    PastEnd, // SIGBUS
    NoMemory,
    Waits, // none: the page is on its way from another torus (wait_for_far)
};

struct MapRequest {
    std::uint64_t address{0}; // free, whoever has chosen it
    std::uint64_t length{0};
    std::uint8_t protection{0};
    std::uint16_t flags{0}; // Mapping::Flags
    enum class Place : std::uint8_t { Found, Fixed } place{Place::Found}; // by find_step, or by the program
    MapSource source{MapSource::Anonymous};
    OpenFile* file{nullptr};
    Inode* inode{nullptr};
    std::uint64_t offset{0};
};

class Space {
public:
    static constexpr std::uint64_t lowest_address = page_size; // vm.mmap_min_addr, as Debian's kernel has it
    static constexpr std::size_t mapping_limit = 65530; // vm.max_map_count

    static Result<Space*> create();
    void retain() { ++references_; }
    // Dropping the last reference needs tear_down() to have finished first.
    bool last_reference() const { return references_ == 1; }
    void release();

    // One grain of emptying the space; true when nothing is mapped any more.
    bool tear_down_step();

    FaultResult fault(Uaddr address, Access access);
    // Zeroed pages from here on, for who is about to touch them: `count` at most, as far as there are none
    // yet in this mapping and leaf table, memory is plentiful, and nothing else wants the core. Says how
    // many.
    std::uint64_t bring_ahead(Uaddr page, std::uint64_t count);
    // Whether the access would not fault: its page is there.
    bool is_present(Uaddr address, Access access);
    // As fault(), for a copy by the kernel on behalf of the current thread. NotYet: see FaultResult::Waits.
    Result<void> resolve(Uaddr address, Access access);

    Mapping* find(Uaddr address); // the mapping that contains it, or nullptr
    Mapping* first_at_or_after(std::uint64_t address); // lowest with end > address
    // Maps without replacing: the range must be free (find_step; else callers unmap first). Returns the
    // address.
    Result<std::uint64_t> map(MapRequest const& request);

    struct GapSearch {
        std::uint64_t top{0};
        std::uint32_t phase{0};
    };
    // A grain of looking for a free range: its address, 0 to be called again, NoMemory.
    Result<std::uint64_t> find_step(GapSearch& search, std::uint64_t hint, std::uint64_t length);
    // All grains at once, for a space with few mappings (exec); 0: none.
    std::uint64_t find_free(std::uint64_t hint, std::uint64_t length);

    // Walks over page-aligned [start, end) in grains. Each call does a bounded part.
    struct WalkState {
        std::uint64_t at{0};
        std::uint32_t phase{0};
    };
    // Unmaps; true when done. NoMemory only before anything changed (a split that finds no record).
    Result<bool> unmap_step(std::uint64_t start, std::uint64_t end, WalkState& state);
    // Changes protection; where to go on, `end` when done. NoMemory: a hole, after what lies before it has
    // changed.
    Result<std::uint64_t> protect_step(std::uint64_t start, std::uint64_t end, std::uint8_t protection);
    // Drops pages, keeps mappings (MADV_DONTNEED, truncate); where to go on.
    std::uint64_t zap_step(Mapping& m, std::uint64_t start, std::uint64_t end);
    // Copies a grain of `from` into this space (fork). The cursor starts at 0; ~0 when done.
    Result<std::uint64_t> copy_step(Space& from, std::uint64_t cursor);
    // For a move to another torus: the private pages of a mapping from `at` on, a grain of them; where to go
    // on.
    struct PrivatePage {
        std::uint64_t address, frame;
    };
    static constexpr unsigned private_grain = 32;
    std::uint64_t private_pages_step(
        Mapping const& m, std::uint64_t at, PrivatePage* list, std::uint64_t& count); // appends
    // And there: a copy of a page, where nothing is yet. NoMemory.
    Result<void> adopt_page(Uaddr page, void const* from);
    std::uint64_t recent_gap() const { return recent_gap_; }
    void set_recent_gap(std::uint64_t gap) { recent_gap_ = gap; }
    // Moves pages (mremap): bytes done so far, in and out.
    Result<std::uint64_t> move_step(
        std::uint64_t old_start, std::uint64_t new_start, std::uint64_t length, std::uint64_t done);

    // Splits so that a mapping boundary is at `address` (if it lies inside one).
    Result<void> split_at(std::uint64_t address);
    void join_neighbours(Mapping& m);
    Mapping* after(Mapping& m);
    Mapping* before(Mapping& m);
    Mapping* last() { return mappings_.empty() ? nullptr : &*--mappings_.end(); }

    std::uint64_t resident_pages() const { return resident_; }
    std::uint64_t mapped_pages() const { return mapped_; }
    std::uint64_t resident_file_pages() const { return resident_file_; } // of them, pages of files
    // What of the mapped pages is private and writable, stack, code.
    std::uint64_t data_pages() const { return data_; }
    std::uint64_t stack_pages() const { return stack_; }
    std::uint64_t code_pages() const { return code_; }
    arch::PageTable& table() { return table_; }

    struct Layout { // /proc/PID/stat, brk, exec
        std::uint64_t code_start{0}, code_end{0}, data_start{0}, data_end{0}, brk_start{0}, brk{0},
            mmap_base{0}, stack_start{0}, arguments_start{0}, arguments_end{0}, environment_start{0},
            environment_end{0}, vdso{0};
        std::uint64_t auxv[48]{};
        unsigned auxv_words{0};
    } layout;
    // Calls of its threads that are at other tori now, and threads that run there: cores that walk its
    // tables.
    std::uint32_t walkers{0};
    void gains_walker()
    {
        ++walkers;
        table_.set_foreign_walkers(true);
    }
    void loses_walker()
    {
        if (--walkers == 0)
            table_.set_foreign_walkers(false);
    }
    Turn turn; // of who changes mappings, over several grains
    std::uint16_t barrier_registrations{0}; // membarrier(2)
    std::uint64_t locked_pages{0};
    std::uint64_t lock_future{0};
    std::uint64_t stack_limit{8u << 20};
    std::uint64_t address_limit{~0ull}; // RLIMIT_AS in bytes, copied from the process
    std::uint64_t data_limit{~0ull}; // RLIMIT_DATA, the same
    std::uint64_t peak_resident{0}, peak_mapped{0};

    struct ByAddress {
        bool operator()(Mapping const& a, Mapping const& b) const { return a.start < b.start; }
    };
    using Mappings = boost::intrusive::set<Mapping,
        boost::intrusive::member_hook<Mapping, decltype(Mapping::by_address), &Mapping::by_address>,
        boost::intrusive::compare<ByAddress>, boost::intrusive::constant_time_size<true>>;
    Mappings& mappings() { return mappings_; }

private:
    template <typename Visit> std::uint64_t walk(std::uint64_t start, std::uint64_t end, Visit&& visit);
    std::uint64_t drop_pages(std::uint64_t start, std::uint64_t end);
    std::uint64_t drop_dead_pages(std::uint64_t start, std::uint64_t end);
    std::uint64_t free_tables_step(std::uint64_t a, std::uint64_t end);
    FaultResult fault_anonymous(Mapping const& m, arch::Pte& entry, Access access);
    FaultResult fault_file(Mapping& m, arch::Pte& entry, Uaddr page, Access access);
    FaultResult fault_borrowed(Mapping& m, arch::Pte& entry, Uaddr page, Access access);
    FaultResult fault_special(Mapping const& m, arch::Pte& entry, Uaddr page);
    FaultResult fault_present(Mapping& m, arch::Pte& entry, Uaddr page, Access access);
    void map_file_page(Mapping const& m, arch::Pte& entry, Paddr frame);
    std::uint64_t map_around(Mapping const& m, Uaddr page);
    std::uint64_t map_borrowed_around(Mapping const& m, Uaddr page);
    static void synchronise(Mapping const& m, Paddr frame);
    Mapping* grow_stack(Uaddr address);
    bool is_usable(std::uint64_t hint, std::uint64_t length);
    void search_from(GapSearch& search, std::uint32_t phase) const;
    static std::uint64_t floor_of(Mapping const& m);
    void forget(Mapping& m);
    void cut_front(Mapping& m, std::uint64_t to);
    static std::uint64_t offset_at(Mapping const& m, std::uint64_t address);
    Result<Mapping*> record_like(Mapping const& of);
    Result<Mapping*> clone(Mapping const& of);
    void count_resident(std::uint64_t pages)
    {
        resident_ += pages;
        if (resident_ > peak_resident)
            peak_resident = resident_;
    }

    // Whether the limits let `pages` more come with this protection and these flags.
    bool may_grow(std::uint64_t pages, std::uint8_t protection, std::uint16_t flags) const;
    // Pages of a mapping come (or, with a negative count, go).
    void count_mapped(Mapping const& m, std::int64_t pages);

    Mappings mappings_;
    Mapping* recent_{nullptr}; // last one found
    std::uint64_t recent_gap_{0}; // where the last placed mapping starts
    std::uint64_t teardown_{0}, teardown_tables_{0}; // where emptying has got to
    arch::PageTable table_;
    std::uint32_t references_{1};
    std::uint64_t resident_{0}, resident_file_{0}, mapped_{0}, data_{0}, stack_{0}, code_{0};
};

FaultResult no_frame(); // Waits if another torus may have one, else NoMemory
arch::UserAccess user_access(std::uint8_t protection); // PROT_ bits
std::uint8_t without_write(std::uint8_t protection); // what may be written can be read
arch::UserAccess file_access(Mapping const& m); // of a page in the page cache
inline constexpr std::uint64_t around_pages = 16; // file pages mapped at once: an aligned 64 KiB
// The n-th frame of the kernel's own that is mapped into every program (kernel/memory/special_frames.cpp):
// vvar, then the vDSO.
Paddr special_frame(std::uint64_t index);
bool is_special_frame(Paddr frame);

} // namespace torc
