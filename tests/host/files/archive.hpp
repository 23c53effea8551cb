// SPDX-License-Identifier: MIT
// Makes newc archives for tests.
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>

namespace torc {

struct ArchiveEntry {
    std::string name;
    std::uint32_t mode;
    std::string data{};
    std::uint32_t number{0}, links{1}, uid{0}, gid{0}, modified{1000}, major{0}, minor{0};
};

inline std::string to_newc(ArchiveEntry const& e)
{
    char header[111];
    std::snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
        e.number, e.mode, e.uid, e.gid, e.links, e.modified, static_cast<unsigned>(e.data.size()), 0u, 0u,
        e.major, e.minor, static_cast<unsigned>(e.name.size() + 1), 0u);
    std::string out = header + e.name + '\0';
    out.resize((out.size() + 3) / 4 * 4);
    out += e.data;
    out.resize((out.size() + 3) / 4 * 4);
    return out;
}

inline std::string trailer()
{
    return to_newc({"TRAILER!!!", 0});
}

} // namespace torc
