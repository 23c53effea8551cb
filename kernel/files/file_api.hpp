// SPDX-License-Identifier: MIT
// What the rest of the kernel asks of files: pages for mappings, executables, descriptor tables over fork,
// exec and exit, the root filesystem at boot. Everything here belongs to the running torus.
#pragma once
#include "kernel/address.hpp"
#include "kernel/files/dynamic_node.hpp"
#include "kernel/files/fd_table.hpp"
#include "kernel/files/fs_context.hpp"
#include "kernel/files/inode.hpp"
#include "kernel/files/open_file.hpp"
#include "kernel/result.hpp"
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torc {
struct Thread;
struct Credentials;

// ---- pages of files, for mappings ---------------------------------------------------------------------
enum class Create : bool { No, Yes };
// The frame of page `index` in the page cache; no reference is added. A hole: NotFound, unless Create makes a
// cleared page (NoMemory, NoSpace). OutOfRange: beyond the page that holds the last byte.
Result<Paddr> inode_page(Inode& inode, std::uint64_t index, Create create);
// Some pages in a row from `index` on, as addresses of frames, 0 where none is resident. Empty when none is.
std::span<std::uint64_t const> resident_run(Inode& inode, std::uint64_t index);
// A mapping of this inode came (after Mapping::inode is set) or goes. Truncation zaps the attached ones.
void map_attach(Inode& inode, Mapping& mapping);
void map_detach(Inode& inode, Mapping& mapping);
// An inode without a name, for MAP_SHARED|MAP_ANONYMOUS; one reference.
Result<Inode*> create_anonymous_inode(std::uint64_t size);
// May this file be mapped so? Linux's errors: AccessDenied, NoSuchDevice (kind has no pages), NotPermitted
// (noexec). protection as PROT_; FileKind::Zero is allowed: map anonymous memory instead. NotYet: another
// torus's, of which nothing is known here yet (kernel/tori/far_inode.hpp).
Result<void> check_mappable(OpenFile& file, std::uint8_t protection, bool shared);
FileKind mappable_kind(OpenFile const& file); // after that: of the file itself, wherever it is

// ---- executables ----------------------------------------------------------------------------------------
// Opens a path (resolved for the thread's process) for execution: a regular file with an x bit that this
// process may use, on a mount without noexec; TextBusy if open for writing. While the result lives,
// opening for writing fails with TextBusy. Where the names are elsewhere: open_far_program().
Result<OpenFile*> open_executable(Thread& thread, char const* kernel_path);
// Whose rights a program may take over: with set-id bits only if its mount lets them count.
struct ProgramRights {
    std::uint32_t uid, gid;
    std::uint16_t permissions;
};
ProgramRights rights_of_program(OpenFile const& file);
Result<std::size_t> read_kernel(OpenFile& file, std::uint64_t offset, std::span<std::byte> to);
// For boot and for the kernel's own use: as openat(AT_FDCWD) of this process, from a kernel string.
Result<OpenFile*> open_kernel(
    Thread& thread, char const* kernel_path, std::uint32_t flags, std::uint32_t mode = 0);

// ---- paths ----------------------------------------------------------------------------------------------
// The path as seen from the first root, with " (deleted)", "pipe:[7]", "/dev/zero (deleted)" as Linux has
// them. Not NUL-terminated; the length; what does not fit is cut at the front.
std::size_t path_text(OpenFile const& file, std::span<char> text);
// Marked: "(unreachable)" in front of what does not lie below `root`, as getcwd says it.
enum class OutsideRoot : std::uint8_t { Plain, Marked };
std::size_t path_text(
    Path const& path, Path const& root, std::span<char> text, OutsideRoot outside = OutsideRoot::Plain);

// ---- descriptor tables
// ------------------------------------------------------------------------------------- One grain of closing
// every descriptor from `cursor` (0 at first) on; ~0 when done. exit, last reference.
std::uint64_t close_step(FdTable& table, std::uint64_t cursor);
// The same for those marked close-on-exec.
std::uint64_t close_on_exec_step(FdTable& table, std::uint64_t cursor);

// ---- work left over
// ----------------------------------------------------------------------------------------- Frees a grain of
// the pages of files that nobody holds any more; false when there is nothing left to do. For the idle loop,
// exit and munmap (file calls do it themselves before they return).
bool reap_step();
// A thread dies in the middle of a file call (its restart record names one): turns and records it owns go
// back.
void abandon_file_call(Thread& thread);

// ---- boot
// --------------------------------------------------------------------------------------------------- Makes
// the pools and the filesystems without names. Before anything else here.
Result<void> open_files();
// Torus 0: the root tmpfs and /dev's filesystem.
Result<void> make_first_filesystems();

struct UnpackProgress {
    std::uint64_t files{0}, bytes{0}; // entries made and bytes of data so far
    std::size_t consumed{0}; // of the archive
    bool done{false};
};
// Fills the root from an initramfs: newc archives, plain, gzip or lz4 (legacy frames), any number of
// them one after another. Call until done; each call is a bounded part. A bad archive is logged and ends the
// unpacking; what came before stays. The memory is only read.
Result<void> unpack_root_start(std::span<std::byte const> archive);
UnpackProgress unpack_root_step();

// ---- totals, for /proc -----------------------------------------------------------------------------------
std::uint64_t cached_pages(); // frames in page caches (tmpfs): Cached and Shmem of /proc/meminfo
// The mount at or after `cursor` (0 at first): false at the end. For /proc/mounts.
struct MountText {
    std::string_view source, type;
    Path on; // path_text() it
    std::uint32_t flags, id, parent_id, device;
    Filesystem const* filesystem;
};
bool next_mount(std::uint64_t& cursor, MountText& text);

} // namespace torc
