// SPDX-License-Identifier: MIT
// There are no sockets yet: no address family is known.
#include "kernel/linux/calls.hpp"

namespace torc::linux_abi {

Outcome call_socket(Thread&, Arguments const&)
{
    return Status::FamilyNotSupported;
}

} // namespace torc::linux_abi
