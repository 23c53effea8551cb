// SPDX-License-Identifier: MIT
// The texts of the files that are always there, by the file's name in /proc. Declared once, for the table.
#pragma once
#include "kernel/proc/proc_text.hpp"

namespace torc::fixed_files {

// machine_files.cpp
Result<bool> cmdline(ProcText&);
Result<bool> cpuinfo(ProcText&);
Result<bool> devices(ProcText&);
Result<bool> interrupts(ProcText&);
Result<bool> partitions(ProcText&);
Result<bool> swaps(ProcText&);
Result<bool> version(ProcText&);
void keep_command_line(std::string_view text);

// memory_files.cpp
Result<bool> meminfo(ProcText&);
Result<bool> vmstat(ProcText&);

// load_files.cpp
Result<bool> loadavg(ProcText&);
Result<bool> stat(ProcText&);
Result<bool> uptime(ProcText&);

// mount_files.cpp
Result<bool> filesystems(ProcText&);

// torc_files.cpp
Result<bool> torc_objects(ProcText&);
Result<bool> torc_objects_all(ProcText&);
Result<bool> torc_tori(ProcText&);
Result<bool> torc_deadlines(ProcText&);
Result<bool> torc_unimplemented(ProcText&);
Result<bool> torc_policy(ProcText&);
Result<void> set_torc_policy(Thread&, ProcSubject const&, std::string_view);

// projection_file.cpp
Result<bool> torc_projections(ProcText&);

// setting_files.cpp
Result<bool> hostname(ProcText&);
Result<void> set_hostname(Thread&, ProcSubject const&, std::string_view);
Result<bool> domainname(ProcText&);
Result<void> set_domainname(Thread&, ProcSubject const&, std::string_view);
Result<bool> osrelease(ProcText&);
Result<bool> ostype(ProcText&);
Result<bool> system_version(ProcText&);
Result<bool> pid_max(ProcText&);
Result<bool> threads_max(ProcText&);
Result<bool> ngroups_max(ProcText&);
Result<bool> cap_last_cap(ProcText&);
Result<bool> printk(ProcText&);
Result<void> set_printk(Thread&, ProcSubject const&, std::string_view);
Result<bool> boot_id(ProcText&);
Result<bool> uuid(ProcText&);
Result<bool> entropy(ProcText&);
Result<bool> zero(ProcText&);
Result<bool> one(ProcText&);
Result<bool> two(ProcText&);
Result<bool> overflow_id(ProcText&);
Result<bool> max_map_count(ProcText&);
Result<bool> mmap_min_addr(ProcText&);
Result<bool> file_max(ProcText&);
Result<bool> file_nr(ProcText&);
Result<bool> inode_nr(ProcText&);
Result<bool> nr_open(ProcText&);
Result<bool> pipe_max_size(ProcText&);
Result<void> drop_caches(Thread&, ProcSubject const&, std::string_view);

} // namespace torc::fixed_files
