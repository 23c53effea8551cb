// SPDX-License-Identifier: MIT
#include "arch-aarch64/cores/core_start.hpp"

#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/boot_memory.hpp"
#include "arch-aarch64/boot_steps.hpp"
#include "arch-aarch64/cache.hpp"
#include "arch-aarch64/cores/core_list.hpp"
#include "arch-aarch64/device_window.hpp"
#include "arch-aarch64/errata.hpp"
#include "arch-aarch64/id_registers.hpp"
#include "arch-aarch64/image.hpp"
#include "arch-aarch64/interrupts/interrupts.hpp"
#include "arch-aarch64/mmio.hpp"
#include "arch-aarch64/power/power.hpp"
#include "arch-aarch64/power/psci.hpp"
#include "arch-aarch64/timer/generic_timer.hpp"
#include "arch-aarch64/torus_block.hpp"
#include "arch/clock.hpp"
#include "arch/cpu.hpp"
#include "arch/machine.hpp"
#include "arch/tori.hpp"
#include "kernel/log.hpp"
#include "kernel/tori/start_tori.hpp"
#include "kernel/torus.hpp"

#include <atomic>
#include <new>

extern "C" {
torc::arch::CoreStart
    core_starts[torc::arch::max_cores]; // the boot core writes, each other core reads its own
extern char secondary_entry[]; // boot.S
[[noreturn]] void secondary_main(std::uint64_t number);
}

namespace torc::arch {
namespace {

constexpr std::uint64_t report_limit_seconds
    = 5; // an emulator on a busy host is that slow; a board takes 1 ms

struct Report {
    std::atomic<bool> up{false}; // written once by the core itself, read by the boot core
    std::uint32_t main_id{0}; // likewise, before `up`
    std::uint64_t pages{0}; // likewise
    // Written once by the boot core, read by the core itself: what it is to do.
    std::atomic<Introduction const*> introduction{nullptr};
    // Likewise, before the core is woken: its memory, the end of whose run is the torus's first block.
    FrameRange share{}, rest_of_block{}, machine{};
};
constinit Report reports[max_cores]{};
constinit unsigned present{1};

void clean_to_memory(CoreStart const& record)
{
    dc_civac(address_of(&record)); // A53's clean must be clean and invalidate
    dsb_sy();
}

void set_mpidr(unsigned core, std::uint64_t mpidr)
{
    core_starts[core].mpidr = mpidr;
    clean_to_memory(core_starts[core]);
}

void clear_list()
{
    for (unsigned core = 0; core < max_cores; ++core)
        set_mpidr(core, core < core_count() ? core_start_matches_none : core_start_end);
}

// The slot is written through a device window: straight to memory, where the sleeping core looks with caches
// off.
Result<void> release(std::uint64_t slot, Paddr entry)
{
    if (slot == 0 || slot % 8 != 0)
        return unexpected{Status::BadArgument};
    MmioBus const window{TRY(map_device(Paddr{slot}, 8))};
    window.write64(0, entry.raw());
    dsb_sy();
    sev();
    return {};
}

Result<void> wake(dt::Cpu const& cpu)
{
    Paddr const entry = physical_of_image(secondary_entry);
    switch (cpu.enable_method) {
    case dt::Cpu::EnableMethod::Psci:
        if (!psci())
            return unexpected{Status::NoSuchDevice};
        return psci_start_core(*psci(), cpu.mpidr, entry, 0);
    case dt::Cpu::EnableMethod::SpinTable:
        return release(cpu.release_address, entry);
    default:
        return unexpected{Status::NotSupported};
    }
}

// Torus 0 keeps half of the memory, the others have equal shares, in whole blocks. What is too little to run
// programs with (a reserve, tables, records) is not worth giving: then a torus has its first block only, and
// all of them together not more than a quarter.
std::uint64_t blocks_of_share(std::uint64_t free_at_start)
{
    constexpr std::uint64_t least = 4;
    std::uint64_t const blocks = free_at_start / 2 / (core_count() - 1) / block_size;
    return blocks >= least ? blocks : 1;
}

bool can_spare(std::uint64_t blocks, std::uint64_t free_at_start)
{
    std::uint64_t const stays = blocks > 1 ? free_at_start / 2 : free_at_start / 4 * 3;
    return boot_memory_map().free.total() >= stays + blocks * block_size;
}

// A run of blocks: the last one becomes the torus's first.
Result<void> give_memory(unsigned core, std::uint64_t free_at_start)
{
    std::uint64_t const blocks = blocks_of_share(free_at_start);
    if (!can_spare(blocks, free_at_start))
        return unexpected{Status::NoMemory};
    dt::Region const run = TRY(take_boot_blocks(blocks));
    TorusBlock const block
        = TRY(make_torus_block(core, run.base + (run.size - block_size), boot_memory_map().mappable));
    core_starts[core]
        = {core_mpidr(core), block.root.raw(), block.stack_top.raw(), address_of(block.torus), core};
    clean_to_memory(core_starts[core]);
    reports[core].machine = machine_memory();
    reports[core].share = {run.base, (run.size - block_size) / page_size};
    reports[core].rest_of_block
        = {block.base + block.pages_used * page_size, block_size / page_size - block.pages_used};
    return {};
}

Result<void> start(unsigned core, std::uint64_t free_at_start)
{
    TRY(give_memory(core, free_at_start));
    Result<void> const woken = wake(core_description(core));
    if (FrameRange const share = reports[core].share; !woken && share.pages != 0)
        (void)boot_memory_map().free.add({share.base, share.pages * page_size}); // where it came from
    return woken;
}

std::string_view refusal(Status status)
{
    switch (status) {
    case Status::NoMemory:
        return "there is too little memory for it";
    case Status::NoSuchDevice:
        return "the tree says PSCI but has no PSCI node";
    case Status::NotSupported:
        return "the tree names no way to start it that is known";
    case Status::Busy:
        return "the firmware says it runs already";
    default:
        return "the firmware refuses";
    }
}

void start_or_say(unsigned core, std::uint64_t free_at_start)
{
    if (auto const started = start(core, free_at_start); !started) {
        set_mpidr(core, core_start_matches_none);
        log("Core {} (MPIDR {:#x}) stays off: {}.", core, core_mpidr(core), refusal(started.error()));
    }
}

bool expected(unsigned core)
{
    return core_starts[core].mpidr == core_mpidr(core);
}

bool all_reported()
{
    for (unsigned core = 1; core < core_count(); ++core) {
        if (expected(core) && !reports[core].up.load(std::memory_order_acquire))
            return false;
    }
    return true;
}

void count_reports()
{
    for (unsigned core = 1; core < core_count(); ++core) {
        if (reports[core].up.load(std::memory_order_acquire)) {
            ++present;
            find_errata(reports[core].main_id);
        } else if (expected(core)) {
            log("Core {} (MPIDR {:#x}) was started but does not report.", core, core_mpidr(core));
        }
    }
}

} // namespace

void start_other_cores()
{
    reports[boot_core].main_id = static_cast<std::uint32_t>(sysreg::MIDR_EL1::read());
    clear_list();
    std::uint64_t const free_at_start = boot_memory_map().free.total();
    for (unsigned core = 1; core < core_count(); ++core)
        start_or_say(core, free_at_start);
    std::uint64_t const limit = now_ticks() + report_limit_seconds * ticks_per_second();
    while (!all_reported() && now_ticks() < limit)
        spin_hint();
    count_reports();
    if (core_count() > 1)
        log("{} of {} cores are up.", present, core_count());
}

unsigned cores_present()
{
    return present;
}

std::uint32_t main_id(unsigned core)
{
    return core < core_count() ? reports[core].main_id : 0;
}

std::uint64_t torus_pages(unsigned core)
{
    return core_is_up(core) ? reports[core].pages : 0;
}

unsigned core_limit()
{
    return core_count();
}

bool core_is_up(unsigned core)
{
    return core == boot_core || reports[core].up.load(std::memory_order_acquire);
}

void start_torus(unsigned core, Introduction const& introduction)
{
    reports[core].introduction.store(&introduction, std::memory_order_release);
    ring_bell(core);
}

namespace {

// The boot core has made its block and cleared it; the core itself constructs what is in it.
void construct_torus(unsigned core)
{
    auto* const torus = new (&this_torus()) Torus{};
    torus->stack_top = core_starts[core].stack_top;
    torus->number = core;
    leave_user_space();
    open_user_registers();
}

Introduction const& wait_for_introduction(unsigned core)
{
    for (;;) {
        if (Introduction const* const mine = reports[core].introduction.load(std::memory_order_acquire))
            return *mine;
        wfi();
        take_interrupts();
    }
}

[[noreturn]] void sleep_for_ever()
{
    for (;;)
        wfi();
}

} // namespace
} // namespace torc::arch

// Where a started core lands with its MMU on, its stack its own, everything masked.
void secondary_main(std::uint64_t number)
{
    using namespace torc;
    using namespace torc::arch;
    auto const core = static_cast<unsigned>(number);
    Report& report = reports[core];
    construct_torus(core);
    report.main_id = static_cast<std::uint32_t>(sysreg::MIDR_EL1::read());
    // Without memory of its own or interrupts it cannot be a torus: it does not report.
    std::span const share{&report.share, report.share.pages != 0 ? 1u : 0u};
    FramePool& frames = torc::this_torus().frames;
    if (!frames.create(share, report.rest_of_block, report.machine) || !interrupts_init_core(core))
        sleep_for_ever();
    report.pages = frames.total_pages();
    timer_init_core();
    interrupts_open_core(core);
    report.up.store(true, std::memory_order_release);
    run_other_torus(wait_for_introduction(core));
}
