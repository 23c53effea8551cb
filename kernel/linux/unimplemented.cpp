// SPDX-License-Identifier: MIT
#include "kernel/linux/unimplemented.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/torus.hpp"

namespace torc::linux_abi {
namespace {

UnimplementedCall& row_of(std::uint32_t number)
{
    UnimplementedCalls& calls = this_torus().unimplemented;
    for (unsigned i = 0; i < calls.count; ++i)
        if (calls.rows[i].number == number)
            return calls.rows[i];
    if (calls.count == UnimplementedCalls::limit)
        return calls.rows[UnimplementedCalls::limit - 1]; // numbers nobody defined: it stands for the rest
    calls.rows[calls.count].number = number;
    return calls.rows[calls.count++];
}

} // namespace

Outcome count_unimplemented(Thread& thread, std::uint32_t number)
{
    UnimplementedCall& row = row_of(number);
    ++row.count;
    __builtin_memcpy(row.program, thread.name, sizeof row.program);
    return Status::NotImplemented;
}

bool unimplemented_call(unsigned i, UnimplementedCall& row)
{
    UnimplementedCalls const& calls = this_torus().unimplemented;
    if (i >= calls.count)
        return false;
    row = calls.rows[i];
    return true;
}

} // namespace torc::linux_abi
