// SPDX-License-Identifier: MIT
// A question about a process that lives on another torus, and its answer: a page that the asker lends to the
// torus which has the process, until that has answered (docs/tori.md, "Processes in /proc").
#pragma once
#include "kernel/address.hpp"
#include "kernel/files/dynamic_node.hpp"
#include "kernel/proc/text_hole.hpp"
#include "kernel/process/credentials.hpp"
#include "substrate/handle.hpp"
#include <cstdint>

namespace torc {

enum class AskKind : std::uint8_t {
    Describe, // facts: of the process or thread of `node`; without one of `number`
    DescribeThread, // facts of the thread `number`
    Info, // what `node` looks like
    List, // `nodes` in the directory `node` from `next` on
    Text, // records of `node` from `next` on
    Link, // where `node` leads
    Write, // `text` to `node`
    PathOf, // the text of the open file `object`
    Description, // what fdinfo says of it, from record `from` on; `number`: descriptor flags
    Processes, // those born there that come after the number `next`
    Policy, // that torus is to be as `from` says (kernel/tori/policy.hpp)
    Objects, // its rows of /proc/torc/objects: three words of `nodes` each (ObjectCount)
    // For sendfile between two tori (kernel/files/send_between.cpp): open files by `object`.
    Fetch, // `number` bytes from the offset `node`, or its own, which is told in `next`
    Store, // writes `text`; never waits for room: `blocks`
    Seek, // to the offset `node`
    Punch, // a hole at `node`, `number` pages long
};

// What others than its own torus must know of a process to show and to guard its files.
struct ProcFacts {
    std::uint64_t node; // of the process or thread
    std::int32_t process; // whose it is
    std::uint32_t uid, euid, suid, gid, egid, sgid;
    std::uint32_t threads;
    std::uint64_t permitted; // capabilities
    Handle root; // of its file system, as an open file; null: that of the names
    bool dumpable, has_memory, has_places;
};

struct AskPage {
    // The question; of `text` as much as is written.
    AskKind kind;
    std::int32_t reader; // the process that asks
    std::uint32_t number;
    std::uint64_t node;
    Handle object;
    std::uint64_t from; // where to begin
    Credentials credentials; // the reader's
    std::uint64_t file_limit; // the reader's RLIMIT_FSIZE
    // The answer.
    std::uint32_t elsewhere; // 0, or 1 + the torus that knows
    std::uint32_t length; // of text
    bool more;
    bool blocks, nonblocking; // Store: there is no room; the file is not to be waited for
    std::uint32_t status; // Store: what failed, a Status
    std::uint64_t raised; // signals
    std::uint64_t next; // where it goes on, if there is more
    Handle leads_to; // Link, and Info of a descriptor: the open file; null: `text` says it all
    bool leads_to_root; // Link: the root of the names
    TextHoles holes;
    ProcFacts facts;
    NodeInfo info;
    static constexpr std::uint64_t own_offset = ~0ull;
    static constexpr std::size_t text_size = 2576, node_limit = text_size / 8;
    union {
        char text[text_size];
        std::uint64_t nodes[node_limit];
    };
    // Processes: each torus has a part of `nodes` of its own, of `number` places; how many it has filled, and
    // whether those are its last ones.
    static constexpr std::uint8_t last_ones = 0x80;
    std::uint8_t counts[128];
    std::uint32_t node_count; // List
};
static_assert(sizeof(AskPage) <= page_size);

} // namespace torc
