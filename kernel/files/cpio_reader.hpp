// SPDX-License-Identifier: MIT
// Reads a newc archive (cpio -H newc; Linux Documentation/driver-api/early-userspace/buffer-format.rst) as it
// comes, in pieces of any size, and makes its entries in the root filesystem. Invariant: an entry is complete
// or was the last one; what came before an error stays.
#pragma once
#include "kernel/files/inode.hpp"
#include "kernel/result.hpp"
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torc {

// Entries of one archive that stand for the same file: (device, inode) -> inode.
class HardLinks final {
public:
    HardLinks() = default;
    HardLinks(HardLinks const&) = delete;
    HardLinks& operator=(HardLinks const&) = delete;
    ~HardLinks() { clear(); }
    Inode* find(std::uint64_t device, std::uint64_t number) const;
    Result<void> add(std::uint64_t device, std::uint64_t number, Inode& inode);
    void clear();

private:
    struct Entry {
        std::uint64_t device, number;
        Inode* inode; // counted
    };
    struct Page {
        static constexpr unsigned size = 170;
        Page* next;
        std::uint64_t count;
        Entry entries[size];
    };
    static_assert(sizeof(Page) <= page_size);
    Page* pages_{nullptr}; // frames of their own
};

class CpioReader final {
public:
    CpioReader() = default;
    CpioReader(CpioReader const&) = delete;
    CpioReader& operator=(CpioReader const&) = delete;
    ~CpioReader() { drop_target(); } // an archive may end in the middle of a file
    enum class State : std::uint8_t {
        Between, // zeros, the next header, or another archive's magic number
        Header,
        Path,
        Data,
        Link, // text of a symbolic link
        Failed,
    };
    // Takes from the front of `bytes` and says how much: all of it, unless it failed (error() says why) or
    // something that is not a newc header follows where one may begin.
    std::size_t feed(std::span<std::byte const> bytes);

    State state() const { return state_; }
    std::string_view error() const { return error_; }
    std::string_view path() const { return {path_, path_length_}; } // of the entry last begun
    std::uint64_t files() const { return files_; }
    std::uint64_t data_bytes() const { return data_bytes_; }

private:
    static constexpr std::size_t header_size = 110;
    struct Entry {
        std::uint32_t number, mode, uid, gid, links, modified, size, device_major, device_minor,
            special_major, special_minor, name_size;
    };
    std::size_t collect(std::span<std::byte const> bytes, char* to, std::size_t wanted); // in step with have_
    std::size_t skip(std::span<std::byte const> bytes);
    void fail(std::string_view why);
    void drop_target();
    void parse_header();
    void begin_entry();
    void begin_contents();
    void end_entry();
    Result<void> make_entry();
    Result<void> make_file(struct ArchivePlace const& place);
    Result<void> make_other(struct ArchivePlace const& place, InodeKind kind);
    void finish_inode(Inode& inode) const;
    std::size_t write_data(std::span<std::byte const> bytes);
    Result<void> write_page(std::byte const* from, std::size_t in_page, std::size_t n);
    void finish_link();

    State state_{State::Between};
    std::uint32_t padding_{0}; // bytes to skip before the state goes on
    std::uint64_t have_{0}; // bytes of the current part
    Entry entry_{};
    Inode* target_{nullptr}; // where the data goes: counted; null: skipped
    std::string_view error_;
    std::uint64_t files_{0}, data_bytes_{0};
    std::size_t path_length_{0};
    HardLinks links_;
    char header_[header_size];
    char path_[4096];
    char link_[4096];
};

} // namespace torc
