// SPDX-License-Identifier: MIT
// The head of a request that a torus makes for whoever runs on it now.
#pragma once
#include "kernel/process/thread.hpp"
#include "kernel/tori/far_event.hpp"
#include "kernel/torus.hpp"
#include <bit>

namespace torc {

// The urgency of the running thread, as far as it means something elsewhere.
inline SchedParameters urgency_here()
{
    Thread const* const thread = this_torus().current;
    SchedParameters parameters;
    if (thread != nullptr && thread->entity.parameters().policy != SchedPolicy::deadline)
        parameters = thread->entity.parameters();
    return parameters;
}

inline std::uint64_t request_head(FarRequest request, SchedParameters const& urgency)
{
    CallHead head{};
    head.number = static_cast<std::uint16_t>(request);
    head.policy = urgency.policy;
    head.priority = urgency.priority;
    head.nice = urgency.nice;
    return std::bit_cast<std::uint64_t>(head);
}

inline std::uint64_t request_head(FarRequest request)
{
    return request_head(request, urgency_here());
}

} // namespace torc
