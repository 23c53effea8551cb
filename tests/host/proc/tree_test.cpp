// SPDX-License-Identifier: MIT
// The tree of procfs through the interface that the file system uses.
#include "kernel/proc/proc_node.hpp"
#include "kernel/proc/proc_subject.hpp"
#include "tests/host/proc/proc_fixture.hpp"
#include <set>

namespace torc {
namespace {

class ProcTree : public ProcTest {
protected:
    Result<NodeInfo> find(std::string_view path)
    {
        NodeInfo info{.node = operations().root_node};
        while (!path.empty()) {
            std::string_view const part = path.substr(0, path.find('/'));
            path.remove_prefix(std::min(path.size(), part.size() + 1));
            auto next = operations().lookup(reading(), info.node, part);
            if (!next)
                return next;
            info = *next;
        }
        return info;
    }
    std::set<std::string> list(std::string_view path)
    {
        std::set<std::string> names;
        std::uint64_t cursor = 0;
        auto const node = std::make_unique<NodeEntry>();
        std::uint64_t const directory = find(path).value().node;
        while (operations().next_entry(reading(), directory, cursor, *node).value()) {
            EXPECT_TRUE(names.insert(node->name).second) << node->name;
            auto const found = operations().lookup(reading(), directory, node->name);
            EXPECT_TRUE(found && found->node == node->info.node && found->kind == node->info.kind)
                << node->name;
        }
        return names;
    }
    std::string link(std::string_view path)
    {
        char text[256];
        auto const length = operations().read_link(reading(), find(path).value().node, text);
        return length ? std::string(text, *length) : "failed";
    }
};

TEST_F(ProcTree, ListsWhatItFinds)
{
    std::set<std::string> const root = list("");
    for (char const* name :
        {"1", "2", "self", "thread-self", "cpuinfo", "meminfo", "mounts", "stat", "sys", "torc", "uptime"})
        EXPECT_TRUE(root.contains(name)) << name;
    EXPECT_FALSE(root.contains("objects"));
    EXPECT_EQ(list("torc"),
        (std::set<std::string>{
            "deadlines", "objects", "objects-all", "policy", "projections", "tori", "unimplemented"}));
    EXPECT_TRUE(list("sys/kernel").contains("random"));
    EXPECT_TRUE(list("2").contains("task"));
    EXPECT_FALSE(list("2/task/2").contains("task"));
    EXPECT_EQ(list("2/task"), std::set<std::string>{"2"});
}

TEST_F(ProcTree, SelfIsTheReader)
{
    EXPECT_EQ(link("self"), "1");
    EXPECT_EQ(link("thread-self"), "1/task/1");
    EXPECT_EQ(link("mounts"), "self/mounts");
}

TEST_F(ProcTree, OddNamesAreNoProcesses)
{
    for (char const* name : {"02", "0", "-1", "2x", "99999999999", "3", "stat ", ""})
        EXPECT_EQ(operations().lookup(reading(), operations().root_node, name).error(), Status::NotFound)
            << name;
}

TEST_F(ProcTree, AProcessThatIsGoneIsNeverTakenForTheNextOne)
{
    std::uint64_t const node = find("2/stat").value().node;
    ProcessTable& table = *machine.torus.processes;
    Thread* const thread = subject->leader();
    subject->threads.clear();
    reader->children.clear();
    group_leave(*subject);
    table.threads.destroy(thread);
    table.processes.destroy(subject);
    table.pids.give_back(2);

    std::uint64_t cursor = 0;
    char room[100];
    FormatSink sink{room};
    EXPECT_EQ(operations().inspect(node).error(), Status::NotFound);
    EXPECT_EQ(operations().generate(reading(), node, cursor, sink).error(), Status::NoProcess);
    EXPECT_EQ(operations().check_open(reading(), node).error(), Status::NotFound);
    // One with the same pid, in the same cell perhaps.
    Process& next = make_process("next");
    *table.pids.find(next.pid) = {};
    next.pid = next.leader()->id = 2;
    EXPECT_EQ(operations().inspect(node).error(), Status::NotFound);
}

TEST_F(ProcTree, DescriptorsAreLinksWithTheirAccess)
{
    OpenFile& file = *open_kernel(reading(), "/", open_flag::directory).value();
    file.can_write = false;
    ASSERT_TRUE(subject->files->install_at(file, CloseOnExec::Yes, 70));
    EXPECT_EQ(list("2/fd"), std::set<std::string>{"70"});
    NodeInfo const info = find("2/fd/70").value();
    EXPECT_EQ(info.kind, InodeKind::Symlink);
    EXPECT_EQ(info.size, 64u);
    EXPECT_EQ(find("2/fd/71").error(), Status::NotFound);
    Path const path = operations().follow(reading(), info.node).value();
    EXPECT_EQ(path, file.path);
    release(path);
}

TEST_F(ProcTree, OthersDoNotLookInside)
{
    reader->credentials.effective = 0;
    reader->credentials.fsuid = reader->credentials.uid = 1000;
    EXPECT_EQ(
        operations().check_open(reading(), find("2/environ").value().node).error(), Status::AccessDenied);
    EXPECT_EQ(operations().check_open(reading(), find("2/maps").value().node).error(), Status::AccessDenied);
    EXPECT_TRUE(operations().check_open(reading(), find("2/stat").value().node));
    EXPECT_EQ(link("2/exe"), "failed");
    EXPECT_EQ(operations().follow(reading(), find("2/cwd").value().node).error(), Status::AccessDenied);
    EXPECT_EQ(link("1/cwd"), "/");
}

TEST_F(ProcTree, OwnersFollowTheProcess)
{
    subject->credentials.euid = 1000;
    EXPECT_EQ(find("2").value().uid, 1000u);
    EXPECT_EQ(find("2/stat").value().uid, 1000u);
    subject->dumpable = false;
    EXPECT_EQ(find("2").value().uid, 1000u);
    EXPECT_EQ(find("2/stat").value().uid, 0u);
    EXPECT_EQ(find("version").value().permissions, 0444);
}

} // namespace
} // namespace torc
