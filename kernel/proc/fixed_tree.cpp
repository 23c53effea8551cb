// SPDX-License-Identifier: MIT
#include "kernel/proc/fixed_tree.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/process/process.hpp"
#include <array>

namespace torc::fixed_tree {
namespace {

using namespace fixed_files;

std::size_t own_pid(Thread& reader, FormatSink& out)
{
    format_to(out, "{}", reader.process->pid);
    return out.size();
}

std::size_t own_task(Thread& reader, FormatSink& out)
{
    format_to(out, "{}/task/{}", reader.process->pid, reader.id);
    return out.size();
}

std::size_t own_mounts(Thread&, FormatSink& out)
{
    out.put("self/mounts");
    return out.size();
}

constexpr FixedNode directory(std::string_view path)
{
    return {path, InodeKind::Directory, 0555};
}
constexpr FixedNode file(std::string_view path, MakeText make)
{
    return {path, InodeKind::Regular, 0444, make};
}
constexpr FixedNode setting(std::string_view path, MakeText make, TakeText take)
{
    return {path, InodeKind::Regular, 0644, make, take};
}
constexpr FixedNode link(std::string_view path, LinkText text)
{
    return {path, InodeKind::Symlink, 0777, nullptr, nullptr, text};
}

// A directory stands before what lies in it.
constexpr FixedNode nodes[] = {
    directory(""),
    file("cmdline", cmdline),
    file("cpuinfo", cpuinfo),
    file("devices", devices),
    file("filesystems", filesystems),
    file("interrupts", interrupts),
    file("loadavg", loadavg),
    file("meminfo", meminfo),
    link("mounts", own_mounts),
    file("partitions", partitions),
    link("self", own_pid),
    file("stat", fixed_files::stat),
    file("swaps", swaps),
    directory("sys"),
    directory("sys/fs"),
    file("sys/fs/file-max", file_max),
    file("sys/fs/file-nr", file_nr),
    file("sys/fs/inode-nr", inode_nr),
    file("sys/fs/nr_open", nr_open),
    file("sys/fs/overflowgid", overflow_id),
    file("sys/fs/overflowuid", overflow_id),
    file("sys/fs/pipe-max-size", pipe_max_size),
    file("sys/fs/protected_symlinks", one),
    directory("sys/kernel"),
    file("sys/kernel/cap_last_cap", cap_last_cap),
    setting("sys/kernel/domainname", domainname, set_domainname),
    file("sys/kernel/dmesg_restrict", one),
    setting("sys/kernel/hostname", hostname, set_hostname),
    file("sys/kernel/ngroups_max", ngroups_max),
    file("sys/kernel/osrelease", osrelease),
    file("sys/kernel/ostype", ostype),
    file("sys/kernel/overflowgid", overflow_id),
    file("sys/kernel/overflowuid", overflow_id),
    file("sys/kernel/pid_max", pid_max),
    setting("sys/kernel/printk", printk, set_printk),
    directory("sys/kernel/random"),
    file("sys/kernel/random/boot_id", boot_id),
    file("sys/kernel/random/entropy_avail", entropy),
    file("sys/kernel/random/poolsize", entropy),
    file("sys/kernel/random/uuid", uuid),
    file("sys/kernel/randomize_va_space", two),
    file("sys/kernel/threads-max", threads_max),
    file("sys/kernel/version", system_version),
    directory("sys/vm"),
    {"sys/vm/drop_caches", InodeKind::Regular, 0200, nullptr, drop_caches},
    file("sys/vm/max_map_count", max_map_count),
    file("sys/vm/mmap_min_addr", mmap_min_addr),
    file("sys/vm/overcommit_memory", one),
    file("sys/vm/swappiness", zero),
    link("thread-self", own_task),
    directory("torc"),
    file("torc/deadlines", torc_deadlines),
    file("torc/objects", torc_objects),
    file("torc/objects-all", torc_objects_all),
    setting("torc/policy", torc_policy, set_torc_policy),
    file("torc/projections", torc_projections),
    file("torc/tori", torc_tori),
    file("torc/unimplemented", torc_unimplemented),
    file("uptime", uptime),
    file("version", version),
    file("vmstat", vmstat),
};
constexpr std::uint32_t count = sizeof nodes / sizeof *nodes;
static_assert(count < 1u << ProcNode::number_bits);

constexpr std::string_view directory_part(std::string_view path)
{
    std::size_t const slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

consteval std::array<std::uint8_t, count> find_parents()
{
    std::array<std::uint8_t, count> parents{};
    for (std::uint32_t row = 1; row < count; ++row) {
        std::string_view const wanted = directory_part(nodes[row].path);
        std::uint32_t parent = 0;
        while (nodes[parent].path != wanted)
            ++parent; // a row without its directory is an error here
        parents[row] = static_cast<std::uint8_t>(parent);
    }
    return parents;
}
constexpr std::array<std::uint8_t, count> parents = find_parents();

consteval std::array<std::string_view, count> find_names()
{
    std::array<std::string_view, count> names{};
    for (std::uint32_t row = 0; row < count; ++row) {
        std::string_view const path = nodes[row].path;
        names[row] = path.substr(path.rfind('/') + 1);
    }
    return names;
}
constexpr std::array<std::string_view, count> names = find_names();

} // namespace

FixedNode const& node(std::uint32_t row)
{
    return nodes[row];
}

std::string_view name(std::uint32_t row)
{
    return names[row];
}

std::uint32_t next_child(std::uint32_t directory, std::uint32_t row)
{
    for (row = row == root ? 1 : row; row < count; ++row)
        if (parents[row] == directory)
            return row;
    return none;
}

std::uint32_t find(std::uint32_t directory, std::string_view wanted)
{
    for (std::uint32_t row = next_child(directory, 0); row != none; row = next_child(directory, row + 1))
        if (name(row) == wanted)
            return row;
    return none;
}

std::uint32_t directories_in(std::uint32_t directory)
{
    std::uint32_t found = 0;
    for (std::uint32_t row = next_child(directory, 0); row != none; row = next_child(directory, row + 1))
        found += nodes[row].kind == InodeKind::Directory;
    return found;
}

} // namespace torc::fixed_tree
