// SPDX-License-Identifier: MIT
#include "kernel/time/clock.hpp"
#include "tests/host/proc/proc_fixture.hpp"
#include <sstream>

namespace torc {
namespace {

using namespace fixed_files;

TEST_F(ProcTest, CpuinfoOfACortexA72)
{
    EXPECT_EQ(text_of(cpuinfo),
        "processor\t: 0\nBogoMIPS\t: 125.00\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: "
        "0x41\n"
        "CPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd08\nCPU revision\t: 3\n\n");
}

TEST_F(ProcTest, MeminfoHasColumnsAndKilobytes)
{
    std::string const text = text_of(meminfo);
    EXPECT_TRUE(text.starts_with("MemTotal:          ")) << text;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        EXPECT_EQ(line.size() >= 27, true) << line;
        EXPECT_TRUE(line.ends_with(" kB")) << line;
    }
    for (char const* key : {"MemFree:", "MemAvailable:", "Buffers:", "Cached:", "SwapTotal:", "SwapFree:",
             "Shmem:", "Slab:", "SReclaimable:"})
        EXPECT_NE(text.find(key), std::string::npos) << key;
}

TEST_F(ProcTest, UptimeAndLoad)
{
    machine.ticks = 12'345 * FakeMachine::ticks_per_second / 100;
    machine.torus.charged_at = 0;
    EXPECT_EQ(text_of(uptime), "123.45 123.45\n");
    EXPECT_EQ(text_of(loadavg), "0.00 0.00 0.00 0/2 2\n");
    std::string const text = text_of(fixed_files::stat);
    EXPECT_TRUE(text.starts_with("cpu  0 0 0 12345 0 0 0 0 0 0\ncpu0 0 0 0 12345 0 0 0 0 0 0\nintr "))
        << text;
    for (char const* key :
        {"\nctxt ", "\nbtime ", "\nprocesses ", "\nprocs_running 0\n", "\nprocs_blocked 0\n", "\nsoftirq "})
        EXPECT_NE(text.find(key), std::string::npos) << key;
}

TEST_F(ProcTest, CommandLineIsKept)
{
    EXPECT_EQ(text_of(fixed_files::cmdline), "console=ttyAMA0 -- one\n");
}

TEST_F(ProcTest, VersionNamesTheSystem)
{
    std::string const text = text_of(version);
    EXPECT_TRUE(text.starts_with("Linux version 6.1.")) << text;
    EXPECT_TRUE(text.ends_with("\n"));
}

TEST_F(ProcTest, NumbersAreParsedAsWritten)
{
    EXPECT_EQ(parse_number("12\n").value(), 12);
    EXPECT_EQ(parse_number("  -7 ").value(), -7);
    for (char const* bad : {"", "\n", "-", "1x", "99999999999999999999"})
        EXPECT_FALSE(parse_number(bad)) << bad;
}

} // namespace
} // namespace torc
