// SPDX-License-Identifier: MIT
// What a system-call handler says: a value or an errno for x0, or that the call is not over. A call that is
// not over leaves its frame untouched (x0..x5, x8 still hold the arguments) and its progress in the thread's
// RestartRecord; it is run again, from the start of its handler, when the thread is chosen next. So blocking
// is `return block(thread, queue, ...)`, nothing else.
#pragma once
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {
struct Thread;

namespace linux_abi {
int errno_of(Status status); // kernel/linux/errno.cpp: the one table
Status status_of(int number); // its inverse, for what another torus has said; Io for what is not in it
}

// What happens to a blocked call when a signal comes (Linux: ERESTARTSYS, ERESTARTNOHAND, EINTR,
// ERESTART_RESTARTBLOCK).
enum class OnSignal : std::uint8_t {
    Restart, // run again after a handler with SA_RESTART, else EINTR
    RestartNoHandler, // EINTR if any handler runs; goes on if none did (stop and continue, ignored)
    Interrupt, // always EINTR
    KillOnly, // only a fatal signal ends it
    RestartAlways, // run again after any handler (ERESTARTNOINTR)
    Never, // nothing ends it but what it waits for
};

class [[nodiscard]] Outcome {
public:
    constexpr Outcome(std::int64_t value)
        : raw_{value}
    {
    } // NOLINT: a handler returns its value
    constexpr Outcome(std::uint64_t value)
        : raw_{static_cast<std::int64_t>(value)}
    {
    }
    constexpr Outcome(int value)
        : raw_{value}
    {
    }
    constexpr Outcome(unsigned value)
        : raw_{value}
    {
    }
    Outcome(Status status)
        : raw_{-linux_abi::errno_of(status)}
    {
    }
    Outcome(unexpected<Status> const& failed)
        : Outcome{failed.error()}
    {
    }
    template <typename T>
    Outcome(Result<T> const& result)
        : raw_{result ? value_of(result) : -linux_abi::errno_of(result.error())}
    {
    }

    static constexpr Outcome blocked()
    {
        return special(blocked_);
    } // the thread waits in a queue or for a deadline
    static constexpr Outcome again() { return special(again_); } // a grain is over: run again when chosen
    static constexpr Outcome no_return()
    {
        return special(no_return_);
    } // the frame was replaced (sigreturn, exec) or the thread is gone
    static constexpr Outcome yielded()
    {
        return special(yielded_);
    } // the call is over with 0, and somebody else is to run
    static constexpr Outcome interrupted(OnSignal how)
    {
        return special(interrupted_ - static_cast<int>(how));
    }

    // A handler met an object of another torus (Status::Elsewhere): the run loop sends the call there.
    static constexpr int elsewhere_number = 5020;
    constexpr bool is_elsewhere() const { return raw_ == -elsewhere_number; }
    // It met something that is on its way from another torus (Status::NotYet): the run loop lets the thread
    // wait for it, and then runs the handler again (kernel/tori/far_inode.hpp).
    static constexpr int not_yet_number = 5021;
    constexpr bool is_not_yet() const { return raw_ == -not_yet_number; }

    constexpr bool finished() const { return raw_ >= -4095; }
    constexpr bool is_blocked() const { return raw_ == blocked_; }
    constexpr bool is_again() const { return raw_ == again_; }
    constexpr bool is_no_return() const { return raw_ == no_return_; }
    constexpr bool is_yielded() const { return raw_ == yielded_; }
    constexpr bool is_interrupted() const { return raw_ <= interrupted_ && raw_ > interrupted_ - 5; }
    constexpr OnSignal on_signal() const { return static_cast<OnSignal>(interrupted_ - raw_); }
    constexpr std::int64_t value() const { return raw_; }
    // What value() said on another torus: nothing but blocked() and again() may be said so.
    static constexpr Outcome from_far(std::int64_t raw) { return Outcome{raw}; }
    constexpr bool failed() const { return raw_ < 0 && finished(); }

private:
    static constexpr std::int64_t blocked_ = -5000, again_ = -5001, no_return_ = -5002, yielded_ = -8192,
                                  interrupted_ = -5010;
    static constexpr Outcome special(std::int64_t raw) { return Outcome{raw}; }
    template <typename T> static std::int64_t value_of(Result<T> const& result)
    {
        if constexpr (std::is_void_v<T>)
            return 0;
        else
            return static_cast<std::int64_t>(*result);
    }
    std::int64_t raw_;
};

struct Arguments { // x0..x5 of the frame, as the caller passed them
    std::uint64_t x[6];
    constexpr std::uint64_t operator[](unsigned i) const { return x[i]; }
    int as_int(unsigned i) const { return static_cast<int>(x[i]); }
};
using CallHandler = Outcome (*)(Thread&, Arguments const&);

} // namespace torc
