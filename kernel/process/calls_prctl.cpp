// SPDX-License-Identifier: MIT
// prctl(2) (linux/prctl.h): small properties of a process or thread, one function each.
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/capability_rules.hpp"
#include "kernel/process/process.hpp"
#include "kernel/signals/signal_types.hpp"
#include <cstring>

namespace torc {
namespace {

enum Option : std::uint64_t {
    set_parent_death_signal = 1,
    get_parent_death_signal = 2,
    get_dumpable = 3,
    set_dumpable = 4,
    get_keep_caps = 7,
    set_keep_caps = 8,
    get_timing = 13,
    set_timing = 14,
    set_name = 15,
    get_name = 16,
    get_seccomp = 21,
    read_bounding = 23,
    drop_bounding = 24,
    get_secure_bits = 27,
    set_secure_bits = 28,
    set_timer_slack = 29,
    get_timer_slack = 30,
    set_child_subreaper = 36,
    get_child_subreaper = 37,
    set_no_new_privileges = 38,
    get_no_new_privileges = 39,
    get_tid_address = 40,
    set_huge_pages_off = 41,
    get_huge_pages_off = 42,
    ambient = 47,
    get_tagged_addresses = 56,
};

constexpr std::uint64_t default_timer_slack_ns = 50'000;

Outcome call_set_name(Thread& thread, Uaddr from)
{
    char fresh[16]{};
    std::size_t length = 0; // up to 15 characters; a longer name is cut
    while (length < sizeof fresh - 1) {
        auto const c = copy_in<char>(from + length);
        if (!c)
            return c.error();
        if (*c == '\0')
            break;
        fresh[length++] = *c;
    }
    std::memcpy(thread.name, fresh, sizeof fresh);
    return 0;
}

// Both the flag that prctl sets by itself and the same bit among the secure bits.
Outcome call_set_keep_caps(Credentials& c, std::uint64_t value)
{
    if (value > 1)
        return Status::BadArgument;
    if (c.secure_bits & secure_bit::keep_caps << 1)
        return Status::NotPermitted;
    c.secure_bits = (c.secure_bits & ~secure_bit::keep_caps) | (value != 0 ? secure_bit::keep_caps : 0);
    return 0;
}

Outcome call_set_secure_bits(Credentials& c, std::uint64_t value)
{
    auto const wanted = static_cast<std::uint32_t>(value);
    std::uint32_t const locked = (c.secure_bits & secure_bit::locks) >> 1;
    bool const changes_locked = (locked & (c.secure_bits ^ wanted)) != 0;
    bool const unlocks = (c.secure_bits & secure_bit::locks & ~wanted) != 0;
    bool const unknown = (value & ~std::uint64_t{secure_bit::all | secure_bit::locks}) != 0;
    if (changes_locked || unlocks || unknown || !c.capable(Capability::Setpcap))
        return Status::NotPermitted;
    c.secure_bits = wanted;
    return 0;
}

Outcome call_drop_bounding(Credentials& c, std::uint64_t capability)
{
    if (!c.capable(Capability::Setpcap))
        return Status::NotPermitted;
    if (capability >= capability_count)
        return Status::BadArgument;
    c.bounding &= ~capability_bit(static_cast<unsigned>(capability));
    return 0;
}

Outcome call_ambient(Credentials& c, Arguments const& a)
{
    enum Step : std::uint64_t { is_set = 1, raise = 2, lower = 3, clear_all = 4 };
    if (a[1] == clear_all) {
        if ((a[2] | a[3] | a[4]) != 0)
            return Status::BadArgument;
        c.ambient = 0;
        return 0;
    }
    if ((a[3] | a[4]) != 0 || a[2] >= capability_count)
        return Status::BadArgument;
    std::uint64_t const bit = capability_bit(static_cast<unsigned>(a[2]));
    switch (a[1]) {
    case is_set:
        return (c.ambient & bit) != 0 ? 1 : 0;
    case raise:
        if (!(c.permitted & c.inheritable & bit) || (c.secure_bits & secure_bit::no_ambient_raise))
            return Status::NotPermitted;
        c.ambient |= bit;
        return 0;
    case lower:
        c.ambient &= ~bit;
        return 0;
    default:
        return Status::BadArgument;
    }
}

Outcome call_set_parent_death(Process& process, std::uint64_t signal)
{
    if (signal > signal_count)
        return Status::BadArgument;
    process.parent_death_signal = static_cast<std::uint8_t>(signal);
    return 0;
}

Outcome call_set_no_new_privileges(Process& process, Arguments const& a)
{
    if (a[1] != 1 || (a[2] | a[3] | a[4]) != 0)
        return Status::BadArgument;
    process.no_new_privileges = true;
    return 0;
}

Outcome call_set_timer_slack(Thread& thread, std::uint64_t ns)
{
    thread.timer_slack_ns = static_cast<std::int64_t>(ns) <= 0 ? default_timer_slack_ns : ns;
    return 0;
}

Outcome report_int(std::uint64_t to, int value)
{
    return copy_out(Uaddr{to}, value);
}

Outcome call_capability_option(Credentials& c, Arguments const& a)
{
    switch (a[0]) {
    case get_keep_caps:
        return (c.secure_bits & secure_bit::keep_caps) != 0 ? 1 : 0;
    case set_keep_caps:
        return call_set_keep_caps(c, a[1]);
    case read_bounding:
        if (a[1] >= capability_count)
            return Status::BadArgument;
        return (c.bounding & capability_bit(static_cast<unsigned>(a[1]))) != 0 ? 1 : 0;
    case drop_bounding:
        return call_drop_bounding(c, a[1]);
    case get_secure_bits:
        return c.secure_bits;
    case set_secure_bits:
        return call_set_secure_bits(c, a[1]);
    case ambient:
        return call_ambient(c, a);
    default:
        return Status::BadArgument;
    }
}

bool rest_is_zero(Arguments const& a, unsigned from)
{
    for (unsigned i = from; i < 5; ++i)
        if (a[i] != 0)
            return false;
    return true;
}

} // namespace

namespace linux_abi {

// A table, as long as prctl has options.
Outcome call_prctl(Thread& thread, Arguments const& a)
{
    thread.process->has_changed(); // mostly not, but nobody calls it often
    Process& process = *thread.process;
    switch (a[0]) {
    case set_parent_death_signal:
        return call_set_parent_death(process, a[1]);
    case get_parent_death_signal:
        return report_int(a[1], process.parent_death_signal);
    case get_dumpable:
        return process.dumpable ? 1 : 0;
    case set_dumpable:
        if (a[1] > 1)
            return Status::BadArgument;
        process.dumpable = a[1] != 0;
        return 0;
    case get_timing:
    case get_seccomp: // no filter is ever on
        return 0;
    case set_timing:
        return a[1] == 0 ? Outcome{0} : Outcome{Status::BadArgument};
    case set_name:
        return call_set_name(thread, Uaddr{a[1]});
    case get_name:
        return copy_out(Uaddr{a[1]}, thread.name, sizeof thread.name);
    case set_timer_slack:
        return call_set_timer_slack(thread, a[1]);
    case get_timer_slack:
        return thread.timer_slack_ns;
    case set_child_subreaper:
        process.child_subreaper = a[1] != 0;
        return 0;
    case get_child_subreaper:
        return report_int(a[1], process.child_subreaper ? 1 : 0);
    case set_no_new_privileges:
        return call_set_no_new_privileges(process, a);
    case get_no_new_privileges:
        return rest_is_zero(a, 1) ? Outcome{process.no_new_privileges ? 1 : 0} : Outcome{Status::BadArgument};
    case get_tid_address:
        return copy_out(Uaddr{a[1]}, thread.clear_tid);
    case set_huge_pages_off: // there are none to turn off
    case get_huge_pages_off:
        return rest_is_zero(a, a[0] == set_huge_pages_off ? 2 : 1) ? Outcome{0}
                                                                   : Outcome{Status::BadArgument};
    case get_tagged_addresses:
        return rest_is_zero(a, 1) ? Outcome{0} : Outcome{Status::BadArgument};
    default:
        return call_capability_option(process.credentials, a);
    }
}

} // namespace linux_abi
} // namespace torc
