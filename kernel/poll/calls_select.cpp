// SPDX-License-Identifier: MIT
// pselect6. The sets are both question and answer, so they are written only when something is ready or the
// time is over: the descriptors are then looked at a second time. (What is no longer ready by then is not in
// the answer.)
#include "kernel/files/descriptor.hpp"
#include "kernel/files/file_flags.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/poll/polling.hpp"
#include <algorithm>

namespace torc {
namespace {

constexpr unsigned word_bits = 64;
using Words = std::uint64_t[3]; // 64 descriptors of the sets for reading, writing and exceptions

std::uint32_t const set_events[3] = {
    poll_event::in | poll_event::read_normal | poll_event::read_band | poll_event::hang_up
        | poll_event::error,
    poll_event::out | poll_event::write_normal | poll_event::write_band | poll_event::error,
    poll_event::priority,
};

class Selecting final {
public:
    Selecting(Thread& thread, Arguments const& arguments)
        : thread_{thread}
        , record_{thread.restart}
        , look_{thread}
        , sets_{arguments[1], arguments[2], arguments[3]}
        , limit_{std::min(static_cast<unsigned>(arguments.as_int(0)), FdTable::limit)}
    {
    }

    Outcome run()
    {
        if (record_.step == static_cast<std::uint8_t>(PollStep::Looking)) {
            while (record_.cursor < limit_) {
                TRY(look_at_some());
                if (record_.cursor < limit_ && must_yield(thread_))
                    return Outcome::again();
            }
            if (record_.done == 0) {
                Outcome const waited = poll_wait(thread_, look_.table());
                if (!waited.finished() || waited.failed())
                    return waited;
            }
            record_.step = static_cast<std::uint8_t>(PollStep::Telling);
            record_.cursor = 0;
        }
        return tell();
    }

private:
    Outcome tell()
    {
        if (record_.cursor == 0)
            record_.done = 0;
        while (record_.cursor < limit_) {
            record_.done += TRY(tell_word());
            record_.cursor += word_bits;
            if (record_.cursor < limit_ && must_yield(thread_))
                return Outcome::again();
        }
        return record_.done;
    }

    Result<void> load(Words& words) const
    {
        std::uint64_t const word = record_.cursor / word_bits;
        unsigned const valid = std::min<std::uint64_t>(limit_ - word * word_bits, word_bits);
        for (unsigned i = 0; i < 3; ++i) {
            if (sets_[i] != 0)
                words[i] = TRY(copy_in<std::uint64_t>(Uaddr{sets_[i] + word * sizeof words[i]}));
            if (valid < word_bits)
                words[i] &= (1ull << valid) - 1;
        }
        return {};
    }

    // A grain: some of the descriptors from the cursor to the end of its word.
    Result<void> look_at_some()
    {
        unsigned grain = 8;
        std::uint64_t const word_end = (record_.cursor / word_bits + 1) * word_bits;
        Words wanted{};
        TRY(load(wanted));
        std::uint64_t left = (wanted[0] | wanted[1] | wanted[2]) >> (record_.cursor % word_bits);
        while (left != 0) {
            record_.cursor += static_cast<unsigned>(__builtin_ctzll(left));
            if (grain-- == 0)
                return {};
            Words found{};
            record_.done += TRY(look_at(wanted, found));
            ++record_.cursor;
            left = record_.cursor % word_bits == 0
                ? 0
                : (wanted[0] | wanted[1] | wanted[2]) >> (record_.cursor % word_bits);
        }
        record_.cursor = word_end;
        return {};
    }

    // The descriptor under the cursor: in how many sets it is ready; their bits go into `found`.
    Result<unsigned> look_at(Words const& wanted, Words& found)
    {
        std::uint64_t const bit = 1ull << (record_.cursor % word_bits);
        std::uint32_t events = 0;
        for (unsigned i = 0; i < 3; ++i)
            events |= wanted[i] & bit ? set_events[i] : 0;
        OpenFile& file = *TRY(descriptor_here(thread_, static_cast<int>(record_.cursor)));
        if (file.kind == FileKind::PathOnly)
            return unexpected{Status::BadDescriptor};
        std::uint32_t const ready = look_.events_of(file, events);
        unsigned count = 0;
        for (unsigned i = 0; i < 3; ++i) {
            bool const is_ready = (wanted[i] & bit) && (ready & set_events[i]);
            found[i] |= is_ready ? bit : 0;
            count += is_ready;
        }
        return count;
    }

    Result<unsigned> tell_word()
    {
        Words wanted{}, found{};
        TRY(load(wanted));
        std::uint64_t const first = record_.cursor;
        unsigned count = 0;
        for (std::uint64_t left = wanted[0] | wanted[1] | wanted[2]; left != 0; left &= left - 1) {
            record_.cursor = first + static_cast<unsigned>(__builtin_ctzll(left));
            count += TRY(look_at(wanted, found));
        }
        record_.cursor = first;
        for (unsigned i = 0; i < 3; ++i)
            if (sets_[i] != 0)
                TRY(copy_out(Uaddr{sets_[i] + first / word_bits * sizeof found[i]}, found[i]));
        return count;
    }

    Thread& thread_;
    RestartRecord& record_;
    PollLook look_;
    std::uint64_t sets_[3]; // user addresses
    unsigned limit_;
};

} // namespace

Outcome linux_abi::call_pselect6(Thread& thread, Arguments const& arguments)
{
    PollLimits limits{arguments[4], 0, 0};
    if (arguments[5] != 0) { // {sigset_t*, size_t}: there were no registers left
        std::uint64_t mask[2];
        TRY(copy_in(mask, Uaddr{arguments[5]}, sizeof mask));
        limits.mask = mask[0];
        limits.mask_size = mask[1];
    }
    auto const begun = poll_begin(thread, limits);
    if (!begun)
        return poll_end(thread, {}, begun.error());
    if (arguments.as_int(0) < 0)
        return poll_end(thread, limits, Status::BadArgument);
    // Not as a temporary in the call of poll_end: the waiters are the record's only once it is gone.
    Outcome const outcome = Selecting{thread, arguments}.run();
    return poll_end(thread, limits, outcome);
}

} // namespace torc
