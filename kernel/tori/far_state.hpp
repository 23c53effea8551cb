// SPDX-License-Identifier: MIT
// What a thread keeps of its far call, in its restart record.
#pragma once
#include "kernel/process/restart_record.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/tori/far_event.hpp"
#include <bit>
#include <cstdint>

namespace torc {
struct OpenFile;

enum FarStep : std::uint8_t {
    begins,
    begins_there, // the path has led to an open file of another torus: that one is asked
    sent,
    cancelled,
    answered,
};

// The restart record of a far call.
struct FarState {
    RestartRecord& record;
    explicit FarState(RestartRecord& of)
        : record{of}
    {
    }
    std::uint32_t& sequence() { return record.small; }
    std::uint64_t& progress() { return record.deadline_ticks; } // bytes moved before
    std::uint64_t& outcome() { return record.done; } // once answered
    std::uint64_t& owner() { return record.cursor; }
    // The record that what the call opens will have: in the table already, and counted here.
    OpenFile* made() const
    {
        return reinterpret_cast<OpenFile*>(record.object);
    } // SAFETY: set_made put it there
    void set_made(OpenFile* file) { record.object = reinterpret_cast<std::uint64_t>(file); }
    // Sent as a FileCall: so its answer may end it at once. In the place of the answer's head.
    void set_in_one() { record.extra[0] = ~0ull; }
    bool in_one() const { return record.extra[0] == ~0ull; }
    AnswerHead head() const { return std::bit_cast<AnswerHead>(record.extra[0]); }
    std::uint64_t& detail() { return record.extra[1]; } // a handle or an address
    std::uint64_t& descriptor() { return record.saved_mask; } // the new one
};

} // namespace torc
