// SPDX-License-Identifier: MIT
#include "kernel/panic.hpp"

#include "arch/panic.hpp"

namespace torc {

void panic_arguments(std::string_view format, std::span<FormatArgument const> arguments)
{
    FormatBuffer<256> message;
    format_arguments(message, format, arguments);
    arch::panic(message.view());
}

void ensure_failed(char const* what)
{
    panic("must hold, and does not: {}", what);
}

} // namespace torc
