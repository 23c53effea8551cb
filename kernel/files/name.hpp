// SPDX-License-Identifier: MIT
// A directory entry in memory. On tmpfs the names are the directory; on dynamic filesystems they exist while
// somebody uses them. A name holds its inode and its parent, so getcwd, /proc/PID/exe and maps have a path
// even after unlink. A directory has one name (no hard links to directories), so it stands for the directory
// in path walks. All linked names are found through one hash table keyed by parent and text (name_table.hpp).
#pragma once
#include <boost/intrusive/set_hook.hpp>
#include <cstdint>
#include <string_view>

namespace torc {
struct Inode;

inline constexpr unsigned name_limit = 255; // NAME_MAX

struct Name {
    static constexpr unsigned inline_limit = 56;
    using Hook = boost::intrusive::set_member_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>,
        boost::intrusive::optimize_size<true>>;

    Hook by_cookie; // in the parent's Directory, in order of cookies
    Name* next_in_bucket{nullptr};
    Name* parent{nullptr}; // counted; nullptr at a filesystem's root
    Inode* inode{nullptr}; // counted
    std::uint64_t cookie{0}; // position for getdents64: grows within the directory, never reused
    std::uint32_t hash{0};
    std::uint32_t references{0}; // one of them for being linked
    std::uint16_t mounts{0}; // how many mounts lie on it
    std::uint8_t length{0};
    bool linked{false}; // in its directory; false: "(deleted)"
    union {
        char short_text[inline_limit];
        char* long_text; // a LongText record
    };
    Name()
        : short_text{}
    {
    }

    std::string_view text() const { return {length <= inline_limit ? short_text : long_text, length}; }
};

void retain(Name& name);
void release(Name& name);

} // namespace torc
