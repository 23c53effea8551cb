// SPDX-License-Identifier: MIT
// From a part to the record it is a member of: what the run queue and the timer queue hand back is a part.
//     Thread& thread = owner_of<&Thread::entity>(*run_queue.pick());
#pragma once
#include <bit>
#include <cstddef>

namespace torc {

template <auto member> struct MemberOf;
template <typename Owner, typename Part, Part Owner::* member> struct MemberOf<member> {
    using OwnerType = Owner;
    using PartType = Part;
};

template <auto member>
typename MemberOf<member>::OwnerType& owner_of(typename MemberOf<member>::PartType& part)
{
    // SAFETY: the caller says that `part` is this member of a live owner. A pointer to a data member is its
    // offset in the Itanium C++ ABI, which AArch64 and the host follow.
    auto const offset = std::bit_cast<std::ptrdiff_t>(member);
    void* const bytes = static_cast<std::byte*>(static_cast<void*>(&part)) - offset;
    return *static_cast<typename MemberOf<member>::OwnerType*>(bytes);
}

} // namespace torc
