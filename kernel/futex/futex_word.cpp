// SPDX-License-Identifier: MIT
#include "kernel/futex/futex_word.hpp"
#include "arch/memory.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"

namespace torc {

FutexKey private_key(Space const& space, Uaddr address)
{
    return {address.raw(), reinterpret_cast<std::uint64_t>(&space)}; // SAFETY: a number to tell spaces apart
}

namespace {

// The frame behind a user page that EL0 may read, or write.
Result<Paddr> frame_of(Space& space, Uaddr address, Access access)
{
    arch::Pte const* entry = space.table().find(address);
    bool const allowed = entry != nullptr && entry->valid() && entry->readable()
        && (access == Access::Read || entry->writable());
    if (!allowed) {
        TRY(space.resolve(address, access));
        entry = space.table().find(address);
    }
    return entry->frame() + address.page_offset();
}

// That has the file.
unsigned torus_of(Mapping const& mapping)
{
    if (mapping.inode == nullptr || !mapping.inode->is_far)
        return this_torus().number;
    Handle const loan = owner_of<&FarInode::inode>(*mapping.inode).loan;
    return loan.is_null() ? this_torus().number : loan.torus().number;
}

} // namespace

Result<FutexWord> find_word(Thread& thread, Uaddr address, std::uint32_t operation, Access access)
{
    if (!address.aligned(4))
        return unexpected{Status::BadArgument};
    if (!user_range(address, 4))
        return unexpected{Status::BadAddress};
    Space& space = *thread.space;
    Paddr const frame = TRY(frame_of(space, address, access));
    auto* const alias = static_cast<std::uint32_t*>(arch::direct(frame));
    Mapping const* const mapping = operation & futex_private ? nullptr : space.find(address);
    unsigned const here = this_torus().number;
    if (mapping != nullptr && mapping->is_shared())
        return FutexWord{{frame.raw(), 0}, alias, torus_of(*mapping)};
    constexpr std::uint8_t writable = 2;
    if (mapping != nullptr && mapping->source == MapSource::Anonymous && !(mapping->protection & writable))
        return unexpected{Status::BadAddress}; // nobody can ever change it, as Linux says
    return FutexWord{private_key(space, address), alias, here};
}

} // namespace torc
