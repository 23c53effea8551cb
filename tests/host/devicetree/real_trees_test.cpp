// SPDX-License-Identifier: MIT
// Every device tree of Debian's arm64 kernel package, and those QEMU makes: processors, memory and console
// must be what read_dts.py reads out of dtc's text. TORC_DTB names another folder of trees; tests run in the
// project's root.
#include "blob.hpp"
#include "exercise.hpp"
#include <cstdio>
#include <cstdlib>
#include <format>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sstream>

using namespace torc;
using namespace torc::dt;
using namespace torc::dt::test;

namespace {

constinit Tree tree;
constinit MemoryMap map;
constinit CpuList cpus;

std::string path_of(Node node)
{
    return node.parent() ? std::format("{}/{}", path_of(*node.parent()), node.name()) : "";
}

std::string show(FreeRanges const& free)
{
    std::string text;
    for (Region const& range : free.ranges())
        text += std::format("{}{:x}+{:x}", text.empty() ? "" : ",", range.base.raw(), range.size);
    return text.empty() ? "-" : text;
}

// The same line as read_dts.py prints.
std::string summarise(std::string const& path)
{
    (void)read_memory(tree, {}, map); // no memory: nothing to show
    std::size_t count = cpus.read(tree) ? cpus.cpus().size() : 0;
    auto uart = console(tree);
    return std::format(
        "{}\t{}\t{}\t{}\t{}", path, count, show(map.ram), show(map.free), uart ? path_of(uart->node) : "-");
}

Bytes read_file(std::string const& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

// What every interrupt of a node that is in use must do.
void expect_interrupts_to_arrive(std::string const& path)
{
    for (Node node : tree.nodes())
        for (unsigned i = 0; node.is_reachable() && i < node.interrupt_count(); i++)
            EXPECT_TRUE(node.interrupt(i)) << path << ' ' << path_of(node) << ' ' << i;
}

std::size_t compare_all(std::string const& arguments)
{
    std::string command = "python3 tests/host/devicetree/read_dts.py " + arguments;
    std::unique_ptr<FILE, int (*)(FILE*)> pipe{popen(command.c_str(), "r"), pclose};
    std::size_t count = 0;
    char line[16384];
    while (pipe && std::fgets(line, sizeof line, pipe.get())) {
        std::string expected{line, std::strcspn(line, "\n")};
        std::string path = expected.substr(0, expected.find('\t'));
        Blob blob{read_file(path)};
        if (auto good = tree.unflatten(blob); !good) {
            ADD_FAILURE() << path << ": " << tree.problem();
            continue;
        }
        EXPECT_EQ(summarise(path), expected);
        EXPECT_TRUE(cpus.rejected().empty()) << path;
        expect_interrupts_to_arrive(path);
        exercise(tree);
        count++;
    }
    if (!pipe || pclose(pipe.release()) != 0)
        ADD_FAILURE() << command << " failed";
    return count;
}

} // namespace

TEST(RealTrees, OfDebianAreReadAsDtcReadsThem)
{
    char const* folder = std::getenv("TORC_DTB");
    std::size_t count = compare_all(folder ? folder : "build/third_party/linux/dtb");
    EXPECT_GT(count, folder ? 0u : 500u);
    RecordProperty("trees", static_cast<int>(count));
}

TEST(RealTrees, OfQemuAreReadAsDtcReadsThem)
{
    EXPECT_GE(compare_all("--qemu build/host/qemu-trees"), 6u);
}

TEST(RealTrees, SurviveRandomBytes)
{
    Bytes whole = read_file("build/third_party/linux/dtb/broadcom/bcm2837-rpi-3-b.dtb");
    ASSERT_FALSE(whole.empty());
    std::uint32_t state = 12345;
    auto random = [&] { return state = state * 1664525 + 1013904223, state >> 8; };
    for (int round = 0; round < 500; round++) {
        Bytes changed = whole;
        for (unsigned n = 1 + random() % 16; n != 0; n--)
            changed[random() % changed.size()] = static_cast<unsigned char>(random());
        Blob blob{changed};
        if (tree.unflatten(blob))
            exercise(tree);
        else
            EXPECT_FALSE(tree.problem().empty());
    }
}
