// SPDX-License-Identifier: MIT
// The texts of a process, character by character as Linux 6.1 writes them.
#include "tests/host/proc/proc_fixture.hpp"
#include <algorithm>

namespace torc {
namespace {

using namespace process_files;

TEST_F(ProcTest, StatHasItsFiftyTwoFields)
{
    subject->exit_signal = 17;
    subject->start_ticks = 3 * FakeMachine::ticks_per_second;
    subject->use.user_ticks = FakeMachine::ticks_per_second / 2;
    subject->children_use.kernel_ticks = FakeMachine::ticks_per_second;
    subject->leader()->blocked = signal_bit(sig::usr1) | signal_bit(33);
    subject->actions[sig::usr2 - 1].handler = 1;
    subject->actions[sig::term - 1].handler = 0x401000;
    EXPECT_EQ(text_of(process_files::stat, about_subject()),
        "2 (a) b) S 1 1 1 0 -1 64 0 0 0 0 50 0 0 100 20 0 1 0 300 0 0 18446744073709551615 0 0 0 0 0 0 512 "
        "2048 16384 1 0 0 "
        "17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
}

TEST_F(ProcTest, StatShowsMemoryToThoseWhoMayLook)
{
    give_space();
    std::string const own = text_of(process_files::stat, about_subject());
    EXPECT_NE(
        own.find(" 57344 0 18446744073709551615 4194304 4209340 139637976756224 0 0 "), std::string::npos)
        << own;
    reader->credentials.effective = 0;
    reader->credentials.fsuid = reader->credentials.uid = 1000;
    std::string const others = text_of(process_files::stat, about_subject());
    EXPECT_NE(others.find(" 57344 0 18446744073709551615 1 1 0 0 0 "), std::string::npos) << others;
}

TEST_F(ProcTest, StatmCountsPages)
{
    EXPECT_EQ(text_of(statm, about_subject()), "0 0 0 0 0 0 0\n");
    Space& space = give_space();
    put(space, 0x500000, "x");
    EXPECT_EQ(text_of(statm, about_subject()), "14 1 0 4 0 10 0\n");
}

TEST_F(ProcTest, StatusOfAProcessWithMemory)
{
    Space& space = give_space();
    put(space, 0x500000, "x");
    subject->credentials.uid = 1000;
    subject->credentials.groups[0] = 5;
    subject->credentials.groups[1] = 27;
    subject->credentials.group_count = 2;
    EXPECT_EQ(text_of(status, about_subject()),
        "Name:\ta) b\nUmask:\t0022\nState:\tS "
        "(sleeping)\nTgid:\t2\nNgid:\t0\nPid:\t2\nPPid:\t1\nTracerPid:\t0\n"
        "Uid:\t1000\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t64\nGroups:\t5 27 "
        "\nNStgid:\t2\nNSpid:\t2\nNSpgid:\t1\nNSsid:\t1\n"
        "VmPeak:\t      56 kB\nVmSize:\t      56 kB\nVmLck:\t       0 kB\nVmPin:\t       0 kB\nVmHWM:\t      "
        " 4 kB\n"
        "VmRSS:\t       4 kB\nRssAnon:\t       4 kB\nRssFile:\t       0 kB\nRssShmem:\t       0 "
        "kB\nVmData:\t       8 kB\n"
        "VmStk:\t      32 kB\nVmExe:\t      16 kB\nVmLib:\t       0 kB\nVmPTE:\t      16 kB\nVmSwap:\t       "
        "0 kB\n"
        "HugetlbPages:\t       0 "
        "kB\nCoreDumping:\t0\nTHP_enabled:\t0\nThreads:\t1\nSigQ:\t0/0\nSigPnd:\t0000000000000000\n"
        "ShdPnd:\t0000000000000000\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:"
        "\t0000000000000000\n"
        "CapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\nCapEff:\t000001ffffffffff\nCapBnd:"
        "\t000001ffffffffff\n"
        "CapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\nSpeculation_Store_"
        "Bypass:\tunknown\n"
        "SpeculationIndirectBranch:\tunknown\nCpus_allowed:\t1\nCpus_allowed_list:\t0\nMems_allowed:\t1\n"
        "Mems_allowed_list:\t0\nvoluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t0\n");
}

TEST_F(ProcTest, ZombieKeepsItsNameAndHasNoMemory)
{
    std::strcpy(subject->last_name, "gone");
    subject->state = ProcessState::Zombie;
    subject->threads.clear();
    subject->thread_count = 0;
    ProcSubject const zombie{subject, nullptr, true};
    EXPECT_EQ(text_of(process_files::stat, zombie).substr(0, 10), "2 (gone) Z");
    std::string const text = text_of(status, zombie);
    EXPECT_EQ(text.find("Vm"), std::string::npos);
    EXPECT_NE(text.find("State:\tZ (zombie)\n"), std::string::npos);
    EXPECT_EQ(text_of(cmdline, zombie), "");
    EXPECT_EQ(text_of(maps, zombie), "");
}

TEST_F(ProcTest, CommandLineIsReadThroughTheFrames)
{
    Space& space = give_space();
    std::string const arguments = std::string("sh\0-c\0", 6) + std::string(5000, 'x') + '\0';
    std::uint64_t const start = 0x7f0000001f00; // across pages
    put(space, start, arguments + std::string("HOME=/\0", 7));
    space.layout.arguments_start = start;
    space.layout.arguments_end = space.layout.environment_start = start + arguments.size();
    space.layout.environment_end = space.layout.environment_start + 7;
    EXPECT_EQ(text_of(cmdline, about_subject()), arguments);
    EXPECT_EQ(text_of(process_files::environ, about_subject()), std::string("HOME=/\0", 7));
}

TEST_F(ProcTest, TitleWrittenOverTheArgumentsGoesOnIntoTheEnvironment)
{
    Space& space = give_space();
    std::uint64_t const start = 0x7f0000001000;
    put(space, start, std::string("daemon: working\0rest\0", 21));
    space.layout.arguments_start = start;
    space.layout.arguments_end = space.layout.environment_start = start + 8;
    space.layout.environment_end = start + 21;
    EXPECT_EQ(text_of(cmdline, about_subject()), std::string("daemon: working\0", 16));
}

TEST_F(ProcTest, MapsLineUp)
{
    Space& space = give_space();
    space.layout.brk_start = 0x600000;
    space.layout.brk = 0x600800;
    ASSERT_TRUE(space.map({.address = 0x600000,
        .length = page_size,
        .protection = 3,
        .flags = Mapping::heap,
        .place = MapRequest::Place::Fixed}));
    EXPECT_EQ(text_of(maps, about_subject()),
        "00400000-00404000 r-xp 00000000 00:00 0 \n"
        "00500000-00502000 rw-p 00000000 00:00 0 \n"
        "00600000-00601000 rw-p 00000000 00:00 0                                  [heap]\n"
        "7f0000000000-7f0000008000 rw-p 00000000 00:00 0                          [stack]\n");
}

TEST_F(ProcTest, LimitsAreATable)
{
    subject->limits[Resource::Files] = {1024, 4096};
    std::string const text = text_of(limits, about_subject());
    EXPECT_EQ(text.substr(0, text.find('\n') + 1),
        "Limit                     Soft Limit           Hard Limit           Units     \n");
    EXPECT_NE(text.find("Max cpu time              unlimited            unlimited            seconds   \n"),
        std::string::npos);
    EXPECT_NE(text.find("Max open files            1024                 4096                 files     \n"),
        std::string::npos);
    EXPECT_NE(text.find("Max nice priority         0                    0                    \n"),
        std::string::npos);
    EXPECT_EQ(std::ranges::count(text, '\n'), 17);
}

TEST_F(ProcTest, NameMayBeSetByTheProcessItself)
{
    EXPECT_EQ(set_comm(reading(), about_subject(), "thief").error(), Status::BadArgument);
    EXPECT_TRUE(set_comm(*subject->leader(), about_subject(), "a name of more than fifteen"));
    EXPECT_EQ(text_of(comm, about_subject()), "a name of more \n");
}

TEST_F(ProcTest, OutOfMemoryScore)
{
    give_space();
    EXPECT_EQ(text_of(oom_score, about_subject()), "666\n");
    EXPECT_TRUE(set_oom_score_adjustment(reading(), about_subject(), "-1000\n"));
    EXPECT_EQ(text_of(oom_score_adjustment, about_subject()), "-1000\n");
    EXPECT_EQ(text_of(oom_score, about_subject()), "0\n");
    EXPECT_EQ(set_oom_score_adjustment(reading(), about_subject(), "1001").error(), Status::BadArgument);
    EXPECT_EQ(set_oom_score_adjustment(reading(), about_subject(), "x").error(), Status::BadArgument);
    Process& other = *subject;
    EXPECT_TRUE(set_oom_score_adjustment(reading(), about_subject(), "100"));
    other.credentials.effective = 0;
    EXPECT_EQ(set_oom_score_adjustment(*other.leader(), about_subject(), "99").error(), Status::AccessDenied);
    EXPECT_TRUE(set_oom_score_adjustment(*other.leader(), about_subject(), "101"));
}

TEST_F(ProcTest, MountsAreEscaped)
{
    EXPECT_EQ(text_of(mounts, about_subject()), "rootfs / rootfs rw,relatime 0 0\n");
    std::strcpy(file_records().root.mount->source, "a b\\c");
    EXPECT_EQ(text_of(mounts, about_subject()), "a\\040b\\134c / rootfs rw,relatime 0 0\n");
    std::string const info = text_of(mountinfo, about_subject());
    EXPECT_NE(info.find(" / / rw,relatime - rootfs a\\040b\\134c rw\n"), std::string::npos) << info;
}

} // namespace
} // namespace torc
