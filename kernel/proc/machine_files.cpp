// SPDX-License-Identifier: MIT
// What /proc tells of the machine: cpuinfo, interrupts, version ...
#include "arch/clock.hpp"
#include "arch/cpu.hpp"
#include "arch/machine.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/process/machine_names.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/torus.hpp"

namespace torc::fixed_files {
namespace {

// Linux Documentation/arch/arm64/elf_hwcaps: AT_HWCAP by bit, then AT_HWCAP2. Those this kernel never
// announces are left out at the end only.
constexpr std::string_view features[]
    = {"fp", "asimd", "evtstrm", "aes", "pmull", "sha1", "sha2", "crc32", "atomics", "fphp", "asimdhp",
        "cpuid", "asimdrdm", "jscvt", "fcma", "lrcpc", "dcpop", "sha3", "sm3", "sm4", "asimddp", "sha512",
        "sve", "asimdfhm", "dit", "uscat", "ilrcpc", "flagm", "ssbs", "sb", "paca", "pacg"};
constexpr std::string_view features2[]
    = {"dcpodp", "sve2", "sveaes", "svepmull", "svebitperm", "svesha3", "svesm4", "flagm2", "frint",
        "svei8mm", "svef32mm", "svef64mm", "svebf16", "i8mm", "bf16", "dgh", "rng", "bti"};

void put_features(FormatSink& out, std::uint64_t bits, std::span<std::string_view const> names)
{
    for (std::size_t i = 0; i < names.size(); ++i)
        if (bits >> i & 1)
            format_to(out, " {}", names[i]);
}

constinit char command_line[2048]{}; // COMMAND_LINE_SIZE; written at boot
constinit std::size_t command_line_length{0};

constexpr unsigned cpu_records = 3; // for each processor

void put_processor(ProcText& text)
{
    std::uint64_t const frequency = arch::ticks_per_second();
    // Delays count the timer, two "instructions" a tick.
    format_to(text.out, "processor\t: {}\nBogoMIPS\t: {}.{:02}\nFeatures\t:", text.cursor / cpu_records,
        frequency / 500'000, frequency / 5'000 % 100);
}

void put_all_features(ProcText& text)
{
    put_features(text.out, arch::hardware_capabilities(), features);
    put_features(text.out, arch::hardware_capabilities2(), features2);
    text.out.put('\n');
}

void put_main_id(ProcText& text)
{
    std::uint32_t const id = arch::main_id(static_cast<unsigned>(text.cursor / cpu_records));
    format_to(text.out, "CPU implementer\t: 0x{:02x}\nCPU architecture: 8\nCPU variant\t: 0x{:x}\n", id >> 24,
        id >> 20 & 0xf);
    format_to(text.out, "CPU part\t: 0x{:03x}\nCPU revision\t: {}\n\n", id >> 4 & 0xfff, id & 0xf);
}

} // namespace

void keep_command_line(std::string_view text)
{
    command_line_length = text.copy(command_line, sizeof command_line);
}

Result<bool> cmdline(ProcText& text)
{
    text.out.put({command_line, command_line_length});
    text.out.put('\n');
    return false;
}

Result<bool> cpuinfo(ProcText& text)
{
    static constexpr MakeRecord records[cpu_records] = {put_processor, put_all_features, put_main_id};
    Torus const& torus = this_torus();
    if (text.cursor >= torus.tori * cpu_records)
        return false;
    if (is_processor(torus, static_cast<unsigned>(text.cursor / cpu_records)))
        records[text.cursor % cpu_records](text);
    return ++text.cursor < torus.tori * cpu_records;
}

Result<bool> devices(ProcText& text)
{
    text.out.put("Character devices:\n  1 mem\n  4 ttyS\n  5 /dev/tty\n  5 /dev/console\n204 ttyAMA\n\nBlock "
                 "devices:\n");
    return false;
}

Result<bool> interrupts(ProcText& text)
{
    if (text.cursor == 0) {
        text.out.put("           CPU0       \n");
        ++text.cursor;
        return true;
    }
    arch::InterruptLine line;
    if (!arch::interrupt_line(static_cast<unsigned>(text.cursor - 1), line)) {
        format_to(text.out, "Err: {:>10}\n", 0);
        return false;
    }
    format_to(text.out, "{:>3}: {:>10}  {:>8} {:>3} {:<8}  {}\n", text.cursor - 1, line.count,
        line.controller, line.hardware_number, line.trigger, line.name);
    ++text.cursor;
    return true;
}

Result<bool> partitions(ProcText&)
{
    return false; // no block devices yet: Linux shows no heading either
}

Result<bool> swaps(ProcText& text)
{
    text.out.put("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
    return false;
}

Result<bool> version(ProcText& text)
{
    format_to(text.out, "{} version {} (torc@torc) ({}) {}\n", kernel_system, kernel_release, __VERSION__,
        kernel_version());
    return false;
}

} // namespace torc::fixed_files
