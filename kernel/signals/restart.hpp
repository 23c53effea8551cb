// SPDX-License-Identifier: MIT
// What becomes of a call that a signal interrupted (signal(7), "Interruption of system calls"). Pure, so that
// it can be read and tested as a table.
#pragma once
#include "kernel/linux/outcome.hpp"
#include "kernel/signals/default_action.hpp"

namespace torc {

enum class CallFate : std::uint8_t {
    Fail, // EINTR in x0
    IssueAgain, // pc back on the SVC, arguments untouched: it starts from nothing after the handler
};

// A handler is about to run with `action`.
constexpr CallFate fate_of_call(OnSignal how, SignalAction const& action)
{
    bool const again = how == OnSignal::RestartAlways
        || (how == OnSignal::Restart && (action.flags & action_flag::restart));
    return again ? CallFate::IssueAgain : CallFate::Fail;
}

} // namespace torc
