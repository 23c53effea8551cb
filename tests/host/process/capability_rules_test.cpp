// SPDX-License-Identifier: MIT
// capabilities(7): "Effect of user ID changes on capabilities", and capset.
#include "kernel/process/capability_rules.hpp"
#include <gtest/gtest.h>

namespace torc {
namespace {

Credentials user(std::uint32_t id)
{
    Credentials c;
    c.uid = c.euid = c.suid = c.fsuid = id;
    return c;
}

TEST(Capabilities, LeavingRootForGoodDropsAll)
{
    Credentials const before = user(0);
    Credentials now = user(1000);
    now.ambient = 1;
    follow_user_ids(now, before);
    EXPECT_EQ(now.permitted, 0u);
    EXPECT_EQ(now.effective, 0u);
    EXPECT_EQ(now.ambient, 0u);
}

TEST(Capabilities, KeepCapsKeepsThePermitted)
{
    Credentials const before = user(0);
    Credentials now = user(1000);
    now.secure_bits = secure_bit::keep_caps;
    follow_user_ids(now, before);
    EXPECT_EQ(now.permitted, all_capabilities);
    EXPECT_EQ(now.effective, 0u);
}

TEST(Capabilities, TheEffectiveFollowTheEffectiveUser)
{
    Credentials const root = user(0);
    Credentials now = root;
    now.euid = 1000;
    follow_user_ids(now, root);
    EXPECT_EQ(now.effective, 0u);
    EXPECT_EQ(now.permitted, all_capabilities);
    Credentials const before = now;
    now.euid = 0;
    follow_user_ids(now, before);
    EXPECT_EQ(now.effective, all_capabilities);
}

TEST(Capabilities, NoFixupMeansNone)
{
    Credentials now = user(1000);
    now.secure_bits = secure_bit::no_setuid_fixup;
    follow_user_ids(now, user(0));
    EXPECT_EQ(now.effective, all_capabilities);
}

TEST(Capabilities, TheFilesystemUserTakesItsOwn)
{
    Credentials const root = user(0);
    Credentials now = root;
    now.fsuid = 1000;
    follow_filesystem_id(now, root);
    EXPECT_FALSE(now.capable(Capability::DacOverride));
    EXPECT_TRUE(now.capable(Capability::Kill));
    Credentials const before = now;
    now.fsuid = 0;
    follow_filesystem_id(now, before);
    EXPECT_EQ(now.effective, all_capabilities);
}

TEST(Capabilities, SetOnlyLowers)
{
    Credentials c = user(0);
    EXPECT_TRUE(set_capabilities(c, {1, 3, 0}));
    EXPECT_EQ(set_capabilities(c, {1, 7, 0}).error(), Status::NotPermitted);
    EXPECT_EQ(set_capabilities(c, {3, 1, 0}).error(), Status::NotPermitted) << "effective beyond permitted";
    EXPECT_EQ(set_capabilities(c, {1, 3, 4}).error(), Status::NotPermitted) << "inheritable without SETPCAP";
    EXPECT_TRUE(set_capabilities(c, {1, 3, 2}));
    c.ambient = 2;
    EXPECT_TRUE(set_capabilities(c, {1, 1, 0}));
    EXPECT_EQ(c.ambient, 0u);
}

} // namespace
} // namespace torc
