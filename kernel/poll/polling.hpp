// SPDX-License-Identifier: MIT
// What ppoll and pselect6 share. A run looks at every descriptor, by grains, and leaves waiters in the queues
// of all of them until one is found ready; if none is, it blocks. A wake-up is a hint: the next run looks at
// everything again. Deadline, waiters, and how far a look has come are in the restart record:
//
//     deadline_ticks, timed, small   the deadline; whether there is one; 1 if it was "do not wait"
//     object                         the waiters, which belong to the call
//     cursor, done                   the next descriptor to look at; how many were ready so far
//     step                           PollStep
#pragma once
#include "kernel/files/open_file.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/poll/poll_table.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {
struct RestartRecord;
struct Thread;

enum class PollStep : std::uint8_t {
    Looking,
    Waiting, // blocked: what was seen is void
    Telling, // pselect6: something is ready, the sets are being written
};

// The call's arguments that both have.
struct PollLimits {
    std::uint64_t timeout; // user addresses, 0: none
    std::uint64_t mask;
    std::uint64_t mask_size;
};

// Every run starts here: the first notes the deadline and replaces the signal mask, later ones take up what
// the one before left.
Result<void> poll_begin(Thread& thread, PollLimits const& limits);
// Everything was looked at and nothing is ready: waits, or says that the time is over.
Outcome poll_wait(Thread& thread, PollTable const& table);
// Every run ends here, whatever its outcome: gives back what the call no longer needs, and to the caller the
// time that is left, as Linux does.
Outcome poll_end(Thread& thread, PollLimits const& limits, Outcome outcome);

// The thread dies in the call: its waiters are given back.
void poll_abandon(RestartRecord& record);

// Where a look registers its waiters; null when it is not going to wait.
class PollLook final {
public:
    explicit PollLook(Thread& thread);
    ~PollLook(); // the waiters are the call's from here on
    PollLook(PollLook const&) = delete;
    // What the file has of what is wanted, and errors and hang-ups always.
    std::uint32_t events_of(OpenFile& file, std::uint32_t wanted);
    PollTable const& table() const { return table_; }

private:
    Thread& thread_;
    PollTable table_;
    bool waits_;
};

} // namespace torc
