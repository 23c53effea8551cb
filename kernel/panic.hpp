// SPDX-License-Identifier: MIT
// The kernel's own fault: say what is wrong, show the state, stop. Never for what a program, a device tree or
// a driver did wrong.
#pragma once
#include "kernel/format.hpp"

namespace torc {

[[noreturn]] void panic_arguments(std::string_view format, std::span<FormatArgument const> arguments);

template <typename... Arguments>
[[noreturn]] void panic(
    FormatString<std::type_identity_t<Arguments>...> format, Arguments const&... arguments)
{
    FormatArgument const erased[] = {FormatArgument{arguments}..., FormatArgument{0u}};
    panic_arguments(format.text(), {erased, sizeof...(Arguments)});
}

[[noreturn, gnu::noinline]] void ensure_failed(char const* what);

// A precondition, at a function's entry; `what` says it in words.
inline void ensure(bool holds, char const* what)
{
    if (!holds) [[unlikely]]
        ensure_failed(what);
}

} // namespace torc
