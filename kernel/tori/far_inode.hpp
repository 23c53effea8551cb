// SPDX-License-Identifier: MIT
// Inodes of other tori whose pages are borrowed (docs/tori.md, "File pages far away"): the borrower's side.
// One record stands for the owner's inode towards all mappings, open files and programs of this torus, so
// that they share its pages; page_loans.hpp has the argument why they may. What is not here yet is asked for,
// and whoever needs it hears NotYet and waits (wait_for_far). Torus-local.
#pragma once
#include "kernel/files/inode.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/process/wait_queue.hpp"
#include "kernel/tori/outbox.hpp"
#include "substrate/handle.hpp"
#include "substrate/intrusive_list.hpp"
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torc {
struct Event;
struct FarFile;
struct FarInode;
struct LongText;
struct OpenFile;
struct Thread;
struct Torus;
struct Visitor;

// Pool record. Found by the loan's handle while the owner has us among its borrowers.
struct FarInode {
    Inode inode; // the stand-in: is_far, its page tree holds borrowed frames and counts none
    Handle loan; // what the owner calls it; null: the owner has ended that
    std::uint32_t heard{0}; // how often the owner has told us of it: given back together
    ListHook in_bucket, unused;
    OutItem back{.hook = {}, .kind = OutKind::Return};
    WaitQueue waiting; // for the pages asked for
    OpenFile* asked_through{nullptr}; // counted: a request is under way
    std::uint32_t sequence{0};
    std::uint64_t asked_page{0};
    Status failure{}; // of the last request, until whoever needs that page has seen it
    std::uint64_t failed_page{0};
    std::uint32_t changes{0}; // of its mappings, so that an unmapping pass knows that it has seen them all
    LongText* path{nullptr}; // where it was when it was last opened as a program; nullptr: not known
};

// What exec and mmap ask of a file before its pages.
struct FarFacts {
    bool known{false};
    bool can_read{false}, can_write{false};
    bool no_exec{false}; // its mount's
    std::uint8_t kind{0}; // FileKind at its owner
    std::uint16_t permissions{0}; // of a program: with set-id bits only where the mount has them count
    std::uint32_t uid{0}, gid{0};
};

// A question to an owner about one file, under way or answered (pool record).
struct FarErrand {
    OpenFile* file{nullptr}; // counted until the answer is here
    FarInode* spare{nullptr}; // for its inode, if that is not known here yet
    Paddr page{}; // lent to the owner: path in, facts out
    std::uint32_t sequence{0};
    bool answered{false};
    Status failure{};
    WaitQueue waiting;
};

// A page that a home lends for opening a program, as the owner leaves it.
struct ProgramPage {
    static constexpr std::size_t path_limit = page_size - 64;
    std::uint64_t number, size; // of the inode
    std::uint32_t uid, gid;
    std::uint32_t permissions;
    std::uint32_t path_length; // without a NUL
    char path[path_limit]; // first what to open, ended by a NUL; then where it is
};
static_assert(sizeof(ProgramPage) <= page_size);

// ---- what others ask --------------------------------------------------------------------------------------
// NotYet: the answer is on its way; wait_for_far() in the same grain, then ask again.

// Facts and inode of an open file of another torus (OpenFile::inode is set then, for a regular one).
Result<void> learn_far_file(OpenFile& file);
FarFacts const& far_facts(OpenFile const& file);
std::string_view far_path(OpenFile const& file); // empty: not known here
// Opens a program for execution where the names are. `opening` is the caller's to keep, nullptr at first;
// while it is not, asked again; if the caller gives up it releases it.
Result<OpenFile*> open_far_program(Thread& thread, char const* path, OpenFile*& opening);
// As read_kernel().
Result<std::size_t> read_far(OpenFile& file, std::uint64_t offset, std::span<std::byte> to);
// A page that is not in the stand-in's tree. NotYet, or why it cannot be had: OutOfRange, NoMemory, NoSpace.
Status borrow_page(Inode& inode, OpenFile& through, std::uint64_t index);
// The thread waits for what was NotYet there; only death ends that.
Outcome wait_for_far(Thread& thread);
// What that is to be, for who says NotYet.
void wait_next_for(WaitQueue& queue);
bool waits_next_for(WaitQueue const& queue);

// ---- for release(Inode&), map_attach, map_detach
void far_inode_unused(Inode& inode);
void far_mappings_changed(Inode& inode);
bool far_reap_step(); // a grain of forgetting the pages of inodes given up: false when there is nothing left
                      // to do

void drop_errand(FarFile& far); // an answer that nobody has seen

// ---- for far_errand.cpp
// A record for an inode that the owner may tell of; NoMemory. What it told of: `spare`, or the one known
// already, with a reference.
Result<FarInode*> make_spare_inode();
void drop_spare_inode(FarInode& spare);
FarInode& know_inode(Handle loan, FarInode& spare);
void set_far_path(FarInode& known, std::string_view path);

// ---- events
// An answer whose target is an open file. False: it is none of these.
bool errand_answered(Torus& torus, OpenFile& file, Event const& event);
bool pages_answered(Torus& torus, OpenFile& file, Event const& event);
// The handler of a request to forget pages.
Outcome unmap_visit(Visitor& visitor, Arguments const& arguments);

} // namespace torc
