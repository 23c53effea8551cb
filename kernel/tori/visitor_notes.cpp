// SPDX-License-Identifier: MIT
// What the rest of the kernel tells a visitor; apart from visitors.cpp, which leads to every handler.
#include "kernel/memory/space.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/visitors.hpp"
#include "substrate/owner_of.hpp"

namespace torc {

void note_raised(Thread& thread, unsigned signal)
{
    owner_of<&Visitor::thread>(thread).raised |= signal_bit(signal);
}

bool takes_no_notice_of(Thread& thread, unsigned signal)
{
    return owner_of<&Visitor::thread>(thread).head.flags
        & (signal == sig::ttin ? call_ignores_ttin : call_ignores_ttou);
}

void note_missing(Thread& thread, Uaddr address, Access access)
{
    Visitor& visitor = owner_of<&Visitor::thread>(thread);
    visitor.missed = true;
    visitor.missing = address.raw();
    visitor.missed_write = access == Access::Write;
}

} // namespace torc
