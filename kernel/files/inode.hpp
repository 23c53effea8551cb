// SPDX-License-Identifier: MIT
// A file's inode: what stat shows and where the contents are. A pool record, counted by its names, open files
// and mappings; freed when nothing holds it. Contents by kind are in `body`. Torus-local.
#pragma once
#include "kernel/files/name.hpp"
#include "kernel/files/page_tree.hpp"
#include "kernel/memory/mapping.hpp"
#include "kernel/process/turn.hpp"
#include "kernel/process/wait_queue.hpp"
#include "substrate/intrusive_list.hpp"
#include <boost/intrusive/set.hpp>
#include <cstdint>

namespace torc {
struct Filesystem;
struct FileLock;
struct Loan; // kernel/tori/page_loans.hpp
struct Pipe;

enum class InodeKind : std::uint8_t {
    Regular,
    Directory,
    Symlink,
    Fifo,
    CharDevice,
    BlockDevice,
    Socket,
    Typeless
};

using FileTime = std::int64_t; // nanoseconds since 1970, CLOCK_REALTIME

struct Device { // dev_t, 12 bits of major and 20 of minor
    std::uint32_t major{0}, minor{0};
    friend bool operator==(Device const&, Device const&) = default;
    std::uint64_t encoded() const // new_encode_dev, as stat shows it
    {
        return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
    }
    static Device decode(std::uint64_t d)
    {
        return {static_cast<std::uint32_t>(d >> 8 & 0xfff),
            static_cast<std::uint32_t>((d & 0xff) | (d >> 12 & 0xfff00))};
    }
};

struct FileBody { // Regular
    PageTree pages;
    List<Mapping, &Mapping::of_inode> mappings;
    Turn turn; // writes of more than a grain, truncation
    Mapping* zap_next{nullptr}; // where a truncation goes on; map_detach moves it on
    Loan* loan{nullptr}; // others may have pages of it
};

struct DirectoryBody { // Directory (tmpfs)
    struct ByCookie {
        bool operator()(Name const& a, Name const& b) const { return a.cookie < b.cookie; }
    };
    using Names
        = boost::intrusive::set<Name, boost::intrusive::member_hook<Name, Name::Hook, &Name::by_cookie>,
            boost::intrusive::compare<ByCookie>, boost::intrusive::constant_time_size<true>>;
    Names names;
    std::uint64_t next_cookie{2}; // 0 and 1 are "." and ".."
};

struct LinkBody { // Symlink: the text; inode.size is its length, no NUL is kept
    static constexpr unsigned inline_limit = 64;
    union {
        char short_text[inline_limit];
        char* long_text; // a page of its own (PathText record)
    };
    LinkBody() { } // NOLINT: filled by whoever makes the link
};

struct Inode {
    InodeKind kind{InodeKind::Regular};
    bool dynamic{false}; // body.node names it to its filesystem's DynamicOperations
    bool linkable{false}; // made by O_TMPFILE: may get a first name
    bool is_far{false}; // stands for one of another torus (kernel/tori/far_inode.hpp)
    std::uint16_t permissions{0}; // st_mode without the type
    std::uint32_t references{1};
    std::uint32_t links{0};
    std::uint32_t uid{0}, gid{0};
    std::int32_t writers{0}; // > 0: open for writing that often; < 0: being executed (ETXTBSY)
    Device device{}; // CharDevice, BlockDevice
    std::uint64_t number{0};
    std::uint64_t size{0};
    FileTime accessed{0}, modified{0}, changed{0}, born{0};
    Filesystem* filesystem{nullptr};
    FileLock* locks{nullptr}; // file_lock.hpp
    ListHook dying; // in FileRecords::dying while its pages are given back, grain by grain
    union Body {
        FileBody file;
        DirectoryBody directory;
        LinkBody link;
        Pipe* pipe; // Fifo: while it is open
        std::uint64_t node; // dynamic
        Body() { } // NOLINT: the member is constructed by create_inode
        ~Body() { } // NOLINT: and destroyed by release
    } body;

    std::uint32_t mode() const; // with the type bits
    bool is_directory() const { return kind == InodeKind::Directory; }
    FileBody& file() { return body.file; }
};

void retain(Inode& inode);
void release(Inode& inode); // at zero gives everything back; a long file's pages by grains (reap_step)

} // namespace torc
