// SPDX-License-Identifier: MIT
// A pipe or an open FIFO: a ring of bytes over page frames that are taken as it fills and given back as it
// drains (one is kept, so that small messages cost no frame each). `head` and `tail` count bytes until the
// pipe is empty; byte n lies in slot n / 4096 modulo the number of slots. As on Linux a slot is full until
// all of it is read, so that head and tail never share one. Invariant: a slot has a frame if a byte in [head,
// tail) lies in it, and at most two other slots have one.
#pragma once
#include "kernel/address.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/process/wait_queue.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {
struct Inode;
struct OpenFile;
struct Thread;

struct PipeSlots { // pool record: the slots of a pipe larger than the default
    static constexpr unsigned size = 256;
    Paddr frames[size];
};

struct Pipe { // pool record
    static constexpr unsigned default_slots = 16; // 64 KiB
    static constexpr std::size_t atomic_size = 4096; // PIPE_BUF

    Paddr few[default_slots]{};
    PipeSlots* many{nullptr};
    std::uint32_t slots{default_slots}; // a power of two
    std::uint32_t readers{0}, writers{0}; // open ends
    std::uint32_t readers_ever{0}, writers_ever{0}; // counts of opens, for FIFOs that wait for a partner
    std::uint64_t head{0}, tail{0};
    WaitQueue readable, writable; // also polls, and opens of a FIFO's other end

    std::uint64_t used() const { return tail - head; }
    std::uint64_t capacity() const { return std::uint64_t{slots} * page_size; }
    std::uint64_t room() const { return capacity() - (tail - align_down(head, page_size)); }
    Paddr& frame_of(std::uint64_t position)
    {
        auto const slot = position / page_size & (slots - 1);
        return many ? many->frames[slot] : few[slot];
    }
};

struct PipeEnds {
    OpenFile* reader;
    OpenFile* writer;
};
Result<PipeEnds> create_pipe(std::uint32_t flags); // O_NONBLOCK, O_DIRECT
Result<std::uint64_t> resize_pipe(Pipe& pipe, std::uint64_t bytes, bool privileged); // F_SETPIPE_SZ
// Whether a FIFO's open has met its other side. `partners_before`: how many had come when it began to wait.
bool fifo_ready(OpenFile const& file, std::uint32_t partners_before);
// Before something is sent into a pipe: 0 when there is room; waits, or EAGAIN, EPIPE with its signal.
Outcome pipe_wait_for_room(Thread& thread, OpenFile& file);
std::uint64_t pipe_size(OpenFile const& file); // F_GETPIPE_SZ

} // namespace torc
