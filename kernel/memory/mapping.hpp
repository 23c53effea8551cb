// SPDX-License-Identifier: MIT
// One mapping of an address space: a range of user addresses, how it may be used and what is behind it. A
// pool record. Adjacent mappings that agree in everything are merged.
#pragma once
#include "kernel/address.hpp"
#include "substrate/intrusive_list.hpp"
#include <boost/intrusive/set_hook.hpp>
#include <cstdint>

namespace torc {
class Space;
struct OpenFile;
struct Inode;

enum class MapSource : std::uint8_t {
    Anonymous, // zero pages, private
    File, // pages of an inode: private (copied on write) or shared
    Special, // fixed frames owned by the kernel: vDSO and vvar; shared by all, never freed
};

struct Mapping {
    enum Flags : std::uint16_t {
        shared = 1,
        grows_down = 2,
        locked = 4,
        no_reserve = 8,
        dont_fork = 16,
        wipe_on_fork = 32,
        heap = 64,
        stack = 128,
        may_write = 256,
        private_pages = 512, // some page was copied or made for this mapping alone: fork must look for them
        borrowed = 1024 // the inode is another torus's: its frames are not counted here
    };
    boost::intrusive::set_member_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> by_address;
    ListHook of_inode; // inode->mappings, for truncate
    std::uint64_t start{0}; // page-aligned
    std::uint64_t end{0}; // one past the last byte
    Space* space{nullptr};
    Inode* inode{nullptr}; // MapSource::File: counted
    OpenFile* file{nullptr}; // for the name in /proc/PID/maps: counted, may be null
    // Anonymous: none of its pages below this address is present, so that what a thread's stack gives back at
    // the thread's end need not be looked at. 0: not known.
    std::uint64_t empty_below{0};
    std::uint64_t offset{0}; // of `start` in the file; Special: index of the first frame
    std::uint8_t protection{0}; // PROT_READ 1, WRITE 2, EXEC 4
    MapSource source{MapSource::Anonymous};
    std::uint16_t flags{0};

    void gets_page(std::uint64_t address) { empty_below = empty_below < address ? empty_below : address; }
    std::uint64_t pages() const { return (end - start) / page_size; }
    bool is_shared() const { return flags & shared; }
    bool contains(std::uint64_t a) const { return start <= a && a < end; }
};

} // namespace torc
