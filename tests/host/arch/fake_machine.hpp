// SPDX-License-Identifier: MIT
// A machine of one core for unit tests of kernel/: RAM with the direct map, private windows and reserved
// ranges behaving as the real ones do (a block made private disappears from the direct map, so that using the
// wrong alias crashes), a clock that stands still unless moved, a console that remembers, a user half read
// through the kernel's own translation tables.
//
//     FakeMachine machine{64 << 20};            // one at a time; everything is given back at the end of its
//     scope machine.take_over_memory();               // torus.frames owns the RAM machine.user =
//     &space.table();            // the space whose user half is current
#pragma once
#include "arch/page_table.hpp"
#include "kernel/torus.hpp"
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace torc {

// What power_off() and its like throw here, as there is nothing to switch off.
struct MachineEnded : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct KernelPanic : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class FakeMachine {
public:
    static constexpr std::uint64_t ram_base = 0x4000'0000;
    static constexpr std::uint64_t ticks_per_second = 62'500'000; // a tick is 16 ns

    explicit FakeMachine(std::size_t ram_bytes = 64u << 20);
    ~FakeMachine();
    FakeMachine(FakeMachine const&) = delete;
    FakeMachine& operator=(FakeMachine const&) = delete;
    static FakeMachine& current();

    // Gives all RAM to torus.frames.
    void take_over_memory();
    std::size_t ram_bytes() const { return ram_bytes_; }

    // As numbers: an address below RAM is as valid as with the real machine's fixed offsets.
    std::byte* direct(Paddr p) const { return at(direct_, p); }
    std::byte* window(Paddr p) const { return at(window_, p); }
    Paddr direct_physical(void const* p) const;
    Paddr window_physical(void const* p) const;
    std::byte* reserved(std::uint64_t offset) const { return reserved_ + offset; }
    void set_private(Paddr block, bool is_private) const;
    void map_reserved(Vaddr page, Paddr frame, bool writable);
    Paddr unmap_reserved(Vaddr page);
    std::size_t reserved_pages() const { return reserved_frames_.size(); }

    Torus torus;
    Torus* running{&torus}; // whose core this is now, for tests of several tori
    std::uint64_t ticks{0};
    std::uint64_t deadline{~0ull};
    bool interrupt_pending{false};
    arch::PageTable* user{nullptr};
    std::string console;
    std::string typed; // what waits in the console's port
    std::vector<unsigned> bells; // rung, in order
    std::uint64_t instruction_syncs{0}, invalidations{0};

private:
    static std::byte* at(std::byte* ram, Paddr p)
    {
        return reinterpret_cast<std::byte*>(reinterpret_cast<std::uint64_t>(ram) - ram_base + p.raw());
    }

    static constexpr std::size_t reserved_bytes = 256ull << 30; // address space only

    std::size_t ram_bytes_;
    int file_{-1}; // the RAM, mapped twice: as direct map and as private window
    std::byte* direct_{nullptr};
    std::byte* window_{nullptr};
    std::byte* reserved_{nullptr};
    std::map<std::uint64_t, Paddr> reserved_frames_;
};

} // namespace torc
