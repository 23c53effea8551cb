// SPDX-License-Identifier: MIT
// Every system-call handler: Outcome call_NAME(Thread&, Arguments const&). The list is made once, in
// call_list.inc, and used to declare the handlers here and to fill the table in call_table.cpp.
#pragma once
#include "kernel/linux/outcome.hpp"

namespace torc::linux_abi {

#define CALL(number, name) Outcome call_##name(Thread& thread, Arguments const& arguments);
#include "kernel/linux/call_list.inc"
#undef CALL

} // namespace torc::linux_abi
