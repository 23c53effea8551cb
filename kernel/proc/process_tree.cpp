// SPDX-License-Identifier: MIT
#include "kernel/proc/process_tree.hpp"
#include "kernel/proc/process_files.hpp"

namespace torc::process_tree {
namespace {

using namespace process_files;
using Children = ProcessNode::Children;
using Guard = ProcessNode::Guard;

constexpr ProcessNode directory(std::string_view name, std::uint16_t permissions, Children children)
{
    return {name, InodeKind::Directory, permissions, nullptr, nullptr, Guard::Open, children};
}
constexpr ProcessNode file(
    std::string_view name, std::uint16_t permissions, MakeText make, Guard guard = Guard::Open)
{
    return {name, InodeKind::Regular, permissions, make, nullptr, guard};
}
constexpr ProcessNode setting(std::string_view name, MakeText make, TakeText take)
{
    return {name, InodeKind::Regular, 0644, make, take};
}
constexpr ProcessNode link(
    std::string_view name, decltype(ProcessNode::read_link) read, decltype(ProcessNode::follow) follow)
{
    return {name, InodeKind::Symlink, 0777, nullptr, nullptr, Guard::Open, Children::None, read, follow};
}

constexpr ProcessNode nodes[] = {
    directory("task", 0555, Children::Threads), // first: a thread has none
    directory("fd", 0500, Children::Descriptors),
    directory("fdinfo", 0555, Children::DescriptorInfo),
    file("environ", 0400, environ, Guard::Inspectors),
    file("auxv", 0400, auxv, Guard::Inspectors),
    file("status", 0444, status),
    file("personality", 0400, personality, Guard::Inspectors),
    file("limits", 0444, limits),
    setting("comm", comm, set_comm),
    file("cmdline", 0444, cmdline),
    file("stat", 0444, process_files::stat),
    file("statm", 0444, statm),
    file("maps", 0444, maps, Guard::Inspectors),
    link("cwd", read_directory, follow_directory),
    link("root", read_root, follow_root),
    link("exe", read_executable, follow_executable),
    file("mounts", 0444, mounts),
    file("mountinfo", 0444, mountinfo),
    file("wchan", 0444, wchan),
    file("syscall", 0400, process_files::syscall, Guard::Inspectors),
    file("oom_score", 0444, oom_score),
    file("sched", 0444, sched),
    file("torc", 0444, process_files::torc),
    setting("oom_score_adj", oom_score_adjustment, set_oom_score_adjustment),
};
static_assert(sizeof nodes / sizeof *nodes < 1u << ProcNode::file_bits);

} // namespace

std::uint8_t count()
{
    return sizeof nodes / sizeof *nodes;
}

ProcessNode const& node(std::uint8_t row)
{
    return nodes[row - 1];
}

std::uint8_t find(std::string_view name)
{
    for (std::uint8_t row = 1; row <= count(); ++row)
        if (nodes[row - 1].name == name)
            return row;
    return none;
}

} // namespace torc::process_tree
