// SPDX-License-Identifier: MIT
#include "kernel/linux/call_table.hpp"
#include "kernel/linux/calls.hpp"
#include <array>

namespace torc::linux_abi {
namespace {

consteval std::array<char const*, call_limit> names()
{
    std::array<char const*, call_limit> list{};
#define NAME(number, name) list[number] = #name;
#include "kernel/linux/call_names.inc"
#undef NAME
    return list;
}
constexpr std::array<char const*, call_limit> name_table = names();

} // namespace

namespace {
consteval CallTable make_call_table()
{
    CallTable table{};
#define CALL(number, name) table.rows[number].handler = call_##name;
#include "kernel/linux/call_list.inc"
#undef CALL
    return table;
}
} // namespace
constinit CallTable const call_table = make_call_table();

char const* call_name(unsigned number)
{
    return number < call_limit ? name_table[number] : nullptr;
}

} // namespace torc::linux_abi
