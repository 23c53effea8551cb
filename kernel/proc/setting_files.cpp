// SPDX-License-Identifier: MIT
// /proc/sys: limits and switches, writable where there is something to switch (sysctl(2), proc(5)).
#include "kernel/files/fd_table.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/log.hpp"
#include "kernel/machine_records.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/process/machine_names.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/random.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc::fixed_files {
namespace {

Result<bool> line(ProcText& text, std::string_view value)
{
    text.out.put(value);
    text.out.put('\n');
    return false;
}

Result<bool> number(ProcText& text, std::uint64_t value)
{
    put_decimal(text.out, value);
    text.out.put('\n');
    return false;
}

// Random, in the form of RFC 4122, version 4.
using Uuid = std::uint8_t[16];
void make_uuid(Uuid& uuid)
{
    this_torus().random->fill(uuid);
    uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x40);
    uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);
}

Result<bool> put_uuid(ProcText& text, Uuid const& uuid)
{
    for (unsigned i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text.out.put('-');
        put_hex(text.out, uuid[i], 2);
    }
    text.out.put('\n');
    return false;
}

// What was written, up to the end of its line.
std::string_view first_line(std::string_view text)
{
    return text.substr(0, text.find('\n'));
}

} // namespace

Result<bool> hostname(ProcText& text)
{
    return line(text, TRY(machine_records())->names.host);
}
Result<void> set_hostname(Thread&, ProcSubject const&, std::string_view text)
{
    set_host_name(TRY(machine_records())->names, first_line(text));
    return {};
}
Result<bool> domainname(ProcText& text)
{
    return line(text, TRY(machine_records())->names.domain);
}
Result<void> set_domainname(Thread&, ProcSubject const&, std::string_view text)
{
    set_domain_name(TRY(machine_records())->names, first_line(text));
    return {};
}
Result<bool> osrelease(ProcText& text)
{
    return line(text, kernel_release);
}
Result<bool> ostype(ProcText& text)
{
    return line(text, kernel_system);
}
Result<bool> system_version(ProcText& text)
{
    return line(text, kernel_version());
}

Result<bool> pid_max(ProcText& text)
{
    return number(text, ::torc::pid_max(this_torus().tori));
}
Result<bool> threads_max(ProcText& text)
{
    return number(text, this_torus().processes->threads.limit());
}
Result<bool> ngroups_max(ProcText& text)
{
    return number(text, max_groups);
}
Result<bool> cap_last_cap(ProcText& text)
{
    return number(text, static_cast<std::uint64_t>(__builtin_popcountll(all_capabilities) - 1));
}

// console level, level of messages without one, lowest console level, console level at boot
Result<bool> printk(ProcText& text)
{
    format_to(text.out, "{}\t4\t1\t7\n", log_console_level());
    return false;
}
Result<void> set_printk(Thread&, ProcSubject const&, std::string_view text)
{
    std::int64_t const level = TRY(parse_number(text.substr(0, text.find_first_of(" \t\n"))));
    if (level < 0 || level > 15)
        return unexpected{Status::BadArgument};
    set_log_console_level(static_cast<unsigned>(level));
    return {};
}

Result<bool> boot_id(ProcText& text)
{
    Uuid& id = TRY(machine_records())->boot_id;
    if (id[6] == 0)
        make_uuid(id);
    return put_uuid(text, id);
}
Result<bool> uuid(ProcText& text)
{
    Uuid fresh;
    make_uuid(fresh);
    return put_uuid(text, fresh);
}
Result<bool> entropy(ProcText& text) // the generator never runs dry; the size of its key
{
    return number(text, 256);
}

Result<bool> zero(ProcText& text)
{
    return number(text, 0);
}
Result<bool> one(ProcText& text)
{
    return number(text, 1);
}
Result<bool> two(ProcText& text)
{
    return number(text, 2);
}
Result<bool> overflow_id(ProcText& text)
{
    return number(text, 65534);
}
Result<bool> max_map_count(ProcText& text)
{
    return number(text, Space::mapping_limit);
}
Result<bool> mmap_min_addr(ProcText& text)
{
    return number(text, Space::lowest_address);
}

Result<bool> file_max(ProcText& text)
{
    return number(text, file_records().open_files.limit());
}
Result<bool> file_nr(ProcText& text)
{
    auto const& files = file_records().open_files;
    format_to(text.out, "{}\t0\t{}\n", files.live(), files.limit());
    return false;
}
Result<bool> inode_nr(ProcText& text)
{
    format_to(text.out, "{}\t0\n", file_records().inodes.live());
    return false;
}
Result<bool> nr_open(ProcText& text)
{
    return number(text, FdTable::limit);
}
Result<bool> pipe_max_size(ProcText& text)
{
    return number(text, 1u << 20);
}

// What is kept only to be quick next time. Nothing of the kind yet but pages of files that nobody holds.
Result<void> drop_caches(Thread&, ProcSubject const&, std::string_view text)
{
    std::int64_t const what = TRY(parse_number(text));
    if (what < 1 || what > 4)
        return unexpected{Status::BadArgument};
    (void)reap_step();
    return {};
}

} // namespace torc::fixed_files
