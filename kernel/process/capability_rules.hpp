// SPDX-License-Identifier: MIT
// How capabilities follow user ids and capset(2) (capabilities(7)): pure rules over Credentials.
#pragma once
#include "kernel/process/credentials.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {

namespace secure_bit { // linux/securebits.h; each is followed by its lock
inline constexpr std::uint32_t no_root = 1, no_setuid_fixup = 4, keep_caps = 16, no_ambient_raise = 64,
                               all = 0x55, locks = 0xaa;
}

constexpr std::uint64_t capability_bit(unsigned c)
{
    return 1ull << c;
}
constexpr unsigned capability_count = 41;
constexpr unsigned cap_linux_immutable = 9, cap_mac_override = 32;

// What goes with the filesystem uid.
inline constexpr std::uint64_t filesystem_capabilities
    = capability_bit(static_cast<unsigned>(Capability::Chown))
    | capability_bit(static_cast<unsigned>(Capability::DacOverride))
    | capability_bit(static_cast<unsigned>(Capability::DacReadSearch))
    | capability_bit(static_cast<unsigned>(Capability::Fowner))
    | capability_bit(static_cast<unsigned>(Capability::Fsetid))
    | capability_bit(static_cast<unsigned>(Capability::Mknod)) | capability_bit(cap_linux_immutable)
    | capability_bit(cap_mac_override);

constexpr bool any_root(Credentials const& c)
{
    return c.uid == 0 || c.euid == 0 || c.suid == 0;
}

// After setuid, setreuid, setresuid have changed the ids of `now`.
constexpr void follow_user_ids(Credentials& now, Credentials const& before)
{
    if (now.secure_bits & secure_bit::no_setuid_fixup)
        return;
    if (any_root(before) && !any_root(now)) {
        if (!(now.secure_bits & secure_bit::keep_caps))
            now.permitted = now.effective = 0;
        now.ambient = 0;
    }
    if (before.euid == 0 && now.euid != 0)
        now.effective = 0;
    if (before.euid != 0 && now.euid == 0)
        now.effective = now.permitted;
}

// After setfsuid.
constexpr void follow_filesystem_id(Credentials& now, Credentials const& before)
{
    if (now.secure_bits & secure_bit::no_setuid_fixup)
        return;
    if (before.fsuid == 0 && now.fsuid != 0)
        now.effective &= ~filesystem_capabilities;
    if (before.fsuid != 0 && now.fsuid == 0)
        now.effective |= now.permitted & filesystem_capabilities;
}

constexpr bool is_subset(std::uint64_t inner, std::uint64_t outer)
{
    return (inner & ~outer) == 0;
}

struct CapabilitySets {
    std::uint64_t effective, permitted, inheritable;
};

// capset(2)
constexpr Result<void> set_capabilities(Credentials& c, CapabilitySets wanted)
{
    bool const may_add = c.capable(Capability::Setpcap);
    if (!may_add && !is_subset(wanted.inheritable, c.inheritable | c.permitted))
        return unexpected{Status::NotPermitted};
    if (!is_subset(wanted.inheritable, c.inheritable | c.bounding))
        return unexpected{Status::NotPermitted};
    if (!is_subset(wanted.permitted, c.permitted) || !is_subset(wanted.effective, wanted.permitted))
        return unexpected{Status::NotPermitted};
    c.effective = wanted.effective;
    c.permitted = wanted.permitted;
    c.inheritable = wanted.inheritable;
    c.ambient &= c.permitted & c.inheritable;
    return {};
}

// Linux's test for "another identity": such a process is not dumpable, and its parent's death tells it
// nothing.
constexpr bool identity_changed(Credentials const& now, Credentials const& before)
{
    return now.euid != before.euid || now.egid != before.egid || now.fsuid != before.fsuid
        || now.fsgid != before.fsgid || !is_subset(now.permitted, before.permitted);
}

} // namespace torc
