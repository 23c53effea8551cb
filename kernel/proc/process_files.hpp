// SPDX-License-Identifier: MIT
// The texts of a process, by the file's name in /proc/PID. Declared once, for the table.
#pragma once
#include "kernel/proc/proc_text.hpp"

namespace torc::process_files {

Result<bool> stat(ProcText&); // process_stat.cpp
Result<bool> statm(ProcText&);
Result<bool> status(ProcText&); // process_status.cpp
Result<bool> sched(ProcText&); // process_sched.cpp
Result<bool> torc(ProcText&); // process_home.cpp
Result<bool> cmdline(ProcText&); // process_memory.cpp
Result<bool> environ(ProcText&);
Result<bool> auxv(ProcText&);
Result<bool> maps(ProcText&); // process_maps.cpp
Result<bool> mounts(ProcText&); // mount_files.cpp
Result<bool> mountinfo(ProcText&);
Result<bool> comm(ProcText&); // process_settings.cpp
Result<void> set_comm(Thread&, ProcSubject const&, std::string_view);
Result<bool> limits(ProcText&);
Result<bool> personality(ProcText&);
Result<bool> wchan(ProcText&);
Result<bool> syscall(ProcText&);
Result<bool> oom_score(ProcText&);
Result<bool> oom_score_adjustment(ProcText&);
Result<void> set_oom_score_adjustment(Thread&, ProcSubject const&, std::string_view);

} // namespace torc::process_files
