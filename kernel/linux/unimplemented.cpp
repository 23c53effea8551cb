// SPDX-License-Identifier: MIT
#include "kernel/linux/unimplemented.hpp"
#include "kernel/process/thread.hpp"

namespace torc::linux_abi {
namespace {

constexpr unsigned row_limit = 64;
UnimplementedCall rows[row_limit]; // owner: the torus that runs programs
unsigned row_count;

UnimplementedCall* row_of(std::uint32_t number)
{
    for (unsigned i = 0; i < row_count; ++i)
        if (rows[i].number == number)
            return &rows[i];
    if (row_count == row_limit)
        return &rows[row_limit - 1]; // numbers nobody defined: the last row stands for the rest
    rows[row_count].number = number;
    return &rows[row_count++];
}

} // namespace

Outcome count_unimplemented(Thread& thread, std::uint32_t number)
{
    UnimplementedCall& row = *row_of(number);
    ++row.count;
    __builtin_memcpy(row.program, thread.name, sizeof row.program);
    return Status::NotImplemented;
}

bool unimplemented_call(unsigned i, UnimplementedCall& row)
{
    if (i >= row_count)
        return false;
    row = rows[i];
    return true;
}

} // namespace torc::linux_abi
