// SPDX-License-Identifier: MIT
// Status -> errno of Linux arm64 (Linux errno-base.h, errno.h): the one place where both are known.
#include "kernel/linux/outcome.hpp"
#include <array>

namespace torc::linux_abi {
namespace {

struct Row {
    Status status;
    std::uint16_t number;
};
constexpr Row rows[] = {
    {Status::NotPermitted, 1},
    {Status::NotFound, 2},
    {Status::NoProcess, 3},
    {Status::Interrupted, 4},
    {Status::Io, 5},
    {Status::NoDevice, 6},
    {Status::ArgumentsTooLong, 7},
    {Status::BadExecutable, 8},
    {Status::BadDescriptor, 9},
    {Status::NoChild, 10},
    {Status::WouldBlock, 11},
    {Status::NoMemory, 12},
    {Status::AccessDenied, 13},
    {Status::BadAddress, 14},
    {Status::NotBlockDevice, 15},
    {Status::Busy, 16},
    {Status::Exists, 17},
    {Status::CrossDevice, 18},
    {Status::NoSuchDevice, 19},
    {Status::NotDirectory, 20},
    {Status::IsDirectory, 21},
    {Status::BadArgument, 22},
    {Status::FileTableFull, 23},
    {Status::TooManyFiles, 24},
    {Status::NotTerminal, 25},
    {Status::TextBusy, 26},
    {Status::FileTooBig, 27},
    {Status::NoSpace, 28},
    {Status::IllegalSeek, 29},
    {Status::ReadOnly, 30},
    {Status::TooManyLinks, 31},
    {Status::BrokenPipe, 32},
    {Status::OutOfDomain, 33},
    {Status::OutOfRange, 34},
    {Status::Deadlock, 35},
    {Status::NameTooLong, 36},
    {Status::NotImplemented, 38},
    {Status::NotEmpty, 39},
    {Status::Loop, 40},
    {Status::NoData, 61},
    {Status::Overflow, 75},
    {Status::BadInterpreter, 80},
    {Status::NotSocket, 88},
    {Status::NotSupported, 95},
    {Status::FamilyNotSupported, 97},
    {Status::TimedOut, 110},
    {Status::Stale, 116},
    {Status::Quota, 122},
    {Status::Elsewhere, Outcome::elsewhere_number},
    {Status::Cancelled, 125},
    {Status::NotYet, Outcome::not_yet_number},
};

consteval std::array<std::uint16_t, 256> make_table()
{
    std::array<std::uint16_t, 256> table{};
    for (auto& entry : table)
        entry = 22;
    for (Row const& row : rows)
        table[static_cast<std::uint8_t>(row.status)] = row.number;
    return table;
}
constexpr std::array<std::uint16_t, 256> table = make_table();

} // namespace

int errno_of(Status status)
{
    return table[static_cast<std::uint8_t>(status)];
}

Status status_of(int number)
{
    for (Row const& row : rows)
        if (row.number == number)
            return row.status;
    return Status::Io;
}

} // namespace torc::linux_abi
