// SPDX-License-Identifier: MIT
// What there is once for the whole machine and programs may change: its names, how far the log was read, the
// number of this boot. Torus 0 has the record; on any other torus `Torus::machine` is nullptr, and who wants
// something of it asks torus 0.
#pragma once
#include "kernel/result.hpp"
#include "kernel/torus.hpp"
#include <cstddef>
#include <cstdint>

namespace torc {

struct MachineNames { // sethostname(2), setdomainname(2); NUL-terminated
    char host[65] = "torc";
    char domain[65] = "(none)";
};

struct LogReading { // syslog(2)
    std::uint64_t cleared{0}; // lines before it are not shown by "read all"
    std::uint64_t next{0}; // the call's own place, for all its readers
    std::size_t read_of_next{0}; // bytes of that line which were read already
    unsigned saved_level{0}; // the console's before it was switched off; 0: it is on
};

struct MachineRecords {
    MachineNames names;
    LogReading log;
    std::uint8_t boot_id[16]{}; // made when somebody first asks
};

// Elsewhere: this is not torus 0.
inline Result<MachineRecords*> machine_records()
{
    MachineRecords* const records = this_torus().machine;
    if (records == nullptr)
        return unexpected{Status::Elsewhere};
    return records;
}

} // namespace torc
