// SPDX-License-Identifier: MIT
// A process's descriptors. The first 64 lie in the table itself; further ones in chunks that come and go with
// use, up to 1,048,576 (Linux's fs.nr_open). Finding one is a compare and a load. Counted: CLONE_FILES shares
// it. Torus-local.
#pragma once
#include "kernel/files/open_file.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {

enum class CloseOnExec : bool { No, Yes };

struct FdChunk { // pool record
    static constexpr unsigned size = 1024;
    OpenFile* files[size];
    std::uint64_t used[size / 64];
    std::uint64_t close_on_exec[size / 64];
    std::uint32_t count;
};

struct FdDirectory { // pool record, made when descriptor 64 is
    static constexpr unsigned size = 1024;
    FdChunk* chunks[size];
    std::uint64_t full[size / 64]; // chunks without a free descriptor
    std::uint64_t present[size / 64]; // chunks that are there
};

class FdTable {
public:
    static constexpr unsigned limit = FdDirectory::size * FdChunk::size; // fs.nr_open

    static Result<FdTable*> create();
    void retain() { ++references_; }
    bool shared() const { return references_ > 1; }
    // True when this was the last reference: then close everything by close_step, and destroy().
    bool release() { return --references_ == 0; }
    void destroy(); // every descriptor must be closed

    // The open file, or nullptr.
    OpenFile* get(int fd) const
    {
        unsigned n = static_cast<unsigned>(fd);
        if (n < inline_size) [[likely]]
            return files_[n];
        return get_far(n);
    }
    // The lowest free descriptor at or above `from`; `limit` if there is none.
    unsigned lowest_free(unsigned from) const;
    // Takes over the caller's reference. The lowest free descriptor at or above `from` and below `end`
    // (RLIMIT_NOFILE); TooManyFiles, NoMemory.
    Result<int> install(OpenFile& file, CloseOnExec close, unsigned end, unsigned from = 0);
    // The same at a given place, which must be free and below `limit`.
    Result<void> install_at(OpenFile& file, CloseOnExec close, unsigned fd) // NoMemory
    {
        if (fd >= inline_size) [[unlikely]]
            return install_far(file, close, fd);
        ++count_;
        files_[fd] = &file;
        used_ |= 1ull << (fd & 63);
        set_close_on_exec(fd, close);
        return {};
    }
    // Puts a file where another one is; gives that one back, with its reference.
    OpenFile& replace(OpenFile& file, CloseOnExec close, unsigned fd);
    // Takes the file out, with its reference; nullptr if there was none.
    OpenFile* remove(unsigned fd)
    {
        OpenFile* const file = get(static_cast<int>(fd));
        if (file == nullptr)
            return nullptr;
        --count_;
        if (fd >= inline_size) [[unlikely]]
            return remove_far(fd);
        files_[fd] = nullptr;
        used_ &= ~(1ull << (fd & 63));
        return file;
    }
    CloseOnExec close_on_exec(unsigned fd) const;
    void set_close_on_exec(unsigned fd, CloseOnExec close)
    {
        std::uint64_t& word = fd < inline_size ? close_on_exec_ : far_close_on_exec(fd);
        std::uint64_t const bit = 1ull << (fd & 63);
        word = close == CloseOnExec::Yes ? word | bit : word & ~bit;
    }
    unsigned count() const { return count_; }
    // Its process has taken record locks by one of these files: closing one may drop some.
    void set_has_locks() { has_locks_ = true; }
    bool has_locks() const { return has_locks_; }

    // Fork: copies a grain of `from` into this empty table. `cursor` starts at 0; ~0 when done. On NoMemory
    // this table is to be closed and destroyed as usual.
    Result<std::uint64_t> copy_step(FdTable& from, std::uint64_t cursor);
    // The first used descriptor at or after `fd`, or `limit`.
    unsigned next_used(unsigned fd) const;

private:
    static constexpr unsigned inline_size = 64;
    OpenFile* get_far(unsigned fd) const;
    Result<void> install_far(OpenFile& file, CloseOnExec close, unsigned fd);
    OpenFile* remove_far(unsigned fd);
    std::uint64_t& far_close_on_exec(unsigned fd);
    Result<FdChunk*> make_chunk(unsigned index);

    OpenFile* files_[inline_size]{};
    std::uint64_t used_{0}, close_on_exec_{0}; // bit per inline descriptor
    FdDirectory* directory_{nullptr};
    std::uint32_t references_{1};
    std::uint32_t count_{0};
    bool has_locks_{false};
};

} // namespace torc
