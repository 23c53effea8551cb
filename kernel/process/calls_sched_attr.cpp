// SPDX-License-Identifier: MIT
// sched_setattr and sched_getattr: struct sched_attr, which grows with its `size`.
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/scheduling.hpp"
#include <algorithm>

namespace torc {
namespace {

struct SchedAttributes { // struct sched_attr of the ABI
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime, deadline, period;
    std::uint32_t clamp_least, clamp_most; // since the second version
};
constexpr std::uint32_t first_version = 48;
static_assert(sizeof(SchedAttributes) == 56);

// Whether the caller's structure is as new as this one, or says nothing with what is newer.
Result<bool> is_understood(Uaddr from, std::uint32_t size)
{
    std::uint8_t rest[64];
    for (std::uint32_t at = sizeof(SchedAttributes); at < size; at += sizeof rest) {
        std::size_t const count = std::min<std::size_t>(sizeof rest, size - at);
        TRY(copy_in(rest, Uaddr{from.raw() + at}, count));
        if (std::any_of(rest, rest + count, [](std::uint8_t byte) { return byte != 0; }))
            return false;
    }
    return true;
}

// Tells the caller what size is understood here.
Status too_big(Uaddr to)
{
    (void)copy_out(to, static_cast<std::uint32_t>(sizeof(SchedAttributes)));
    return Status::ArgumentsTooLong;
}

Result<SchedAttributes> read_attributes(Uaddr from)
{
    std::uint32_t size = TRY(copy_in<std::uint32_t>(from));
    if (size == 0)
        size = first_version;
    if (size < first_version || size > page_size)
        return unexpected{too_big(from)};
    SchedAttributes attributes{};
    if (!TRY(is_understood(from, size)))
        return unexpected{too_big(from)};
    TRY(copy_in(&attributes, from, std::min<std::size_t>(size, sizeof attributes)));
    if (attributes.flags & (SchedRequest::clamp_least | SchedRequest::clamp_most) && size < sizeof attributes)
        return unexpected{Status::BadArgument};
    return attributes;
}

} // namespace

namespace linux_abi {

Outcome call_sched_setattr(Thread& thread, Arguments const& arguments)
{
    if (arguments[1] == 0 || arguments.as_int(0) < 0 || static_cast<std::uint32_t>(arguments[2]) != 0)
        return Status::BadArgument;
    Result<SchedAttributes> const given = read_attributes(Uaddr{arguments[1]});
    if (!given)
        return given.error();
    if (static_cast<std::int32_t>(given->policy) < 0)
        return Status::BadArgument;
    Thread* const target = thread_to_schedule(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    SchedRequest const request{.policy = given->policy,
        .priority = given->priority,
        .nice = std::clamp<std::int32_t>(given->nice, lowest_nice, highest_nice),
        .flags = given->flags,
        .deadline = {given->runtime, given->deadline, given->period, 0}};
    Status const status = change_scheduling(thread, *target, request);
    return status == Status{} ? Outcome{0} : Outcome{status};
}

Outcome call_sched_getattr(Thread& thread, Arguments const& arguments)
{
    auto const size = static_cast<std::uint32_t>(arguments[2]);
    if (arguments[1] == 0 || arguments.as_int(0) < 0 || size > page_size || size < first_version
        || static_cast<std::uint32_t>(arguments[3]) != 0)
        return Status::BadArgument;
    Thread const* const target = thread_to_schedule(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    SchedParameters const& own = own_parameters(*target);
    SchedAttributes attributes{};
    attributes.size = std::min<std::uint32_t>(size, sizeof attributes);
    attributes.policy = static_cast<std::uint32_t>(own.policy);
    attributes.flags = target->reset_on_fork ? SchedRequest::reset_on_fork : 0;
    attributes.priority = own.priority;
    if (class_of(own.policy) == SchedClass::fair)
        attributes.nice = own.nice;
    if (own.policy == SchedPolicy::deadline) {
        attributes.flags |= target->deadline.flags;
        attributes.runtime = target->deadline.runtime_ns;
        attributes.deadline = target->deadline.deadline_ns;
        attributes.period = target->deadline.period_ns;
    }
    return copy_out(Uaddr{arguments[1]}, &attributes, attributes.size);
}

} // namespace linux_abi
} // namespace torc
