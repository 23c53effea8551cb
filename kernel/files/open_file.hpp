// SPDX-License-Identifier: MIT
// An open file description: a cell of a lattice plane, counted by descriptors, mappings and calls that wait
// on it. Its kind selects the operations (file_operations.hpp).
#pragma once
#include "kernel/files/file_flags.hpp"
#include "kernel/files/path.hpp"
#include <cstdint>

namespace torc {
struct Inode;
struct Pipe;
struct Terminal;
struct EpollSet;
struct EventCounter;
struct TimerFile;
struct GeneratedText;

enum class FileKind : std::uint8_t {
    Regular,
    Directory,
    DynamicText, // a generated file
    DynamicDirectory,
    Pipe, // either end of a pipe, or a FIFO
    PathOnly, // O_PATH
    Null,
    Zero,
    Full,
    Random,
    KernelLog, // /dev/kmsg
    Terminal, // console, tty, ttyAMA0, ...
    NoDevice, // opened before its driver knew it: every operation fails
    Far, // another torus's (far_file.hpp)
    EventCounter, // eventfd
    Timer, // timerfd
    Signals, // signalfd
    Epoll,
    Process, // pidfd
    count_
};

enum class OwnerKind : std::uint8_t { Thread, Process, Group }; // in Linux's order

struct OpenFile {
    FileKind kind{FileKind::NoDevice};
    bool can_read{false}, can_write{false};
    bool can_seek : 1 {false}; // pread, pwrite, lseek
    bool denies_writing : 1 {false}; // keeps ETXTBSY up: opened by open_executable
    bool counts_writer : 1 {false}; // part of inode->writers
    bool noticed_hang_up : 1 {false}; // a pipe's writer came and went (poll)
    OwnerKind owner_kind{OwnerKind::Process};
    std::uint8_t owner_signal{0}; // F_SETSIG
    std::uint32_t flags{0}; // O_ flags that F_GETFL shows
    std::uint32_t references{1};
    std::int32_t signal_owner{0}; // F_SETOWN
    std::uint32_t first_item{0}; // of the sets that watch it (kernel/poll/epoll_set.hpp); 0: none
    std::uint64_t offset{0}; // directories: cookie of the next entry
    Inode* inode{nullptr}; // counted
    Path path{}; // counted; empty for pipes and anonymous memory
    union {
        void* data{nullptr};
        Pipe* pipe; // Pipe
        GeneratedText* text; // DynamicText: what was generated last
        Terminal* terminal; // Terminal
        EventCounter* counter; // EventCounter
        TimerFile* timer; // Timer
        std::uint64_t signal_mask; // Signals
        EpollSet* epoll; // Epoll
        std::uint64_t node; // for the kind's own use
    };

    bool nonblocking() const { return flags & open_flag::nonblock; }
    bool appends() const { return flags & open_flag::append; }
};

static_assert(sizeof(OpenFile) == 64); // a cell's address is a shift

inline void retain(OpenFile& file)
{
    ++file.references;
}
void release(OpenFile& file); // the last one closes

} // namespace torc
