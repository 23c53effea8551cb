// SPDX-License-Identifier: MIT
#include "arch-aarch64/early_torus.hpp"

#include "arch/machine.hpp"
#include "kernel/log.hpp"

namespace torc {
namespace arch {

EarlyTorus early_torus; // set by boot.S

void console_write_lines(std::string_view text)
{
    while (!text.empty()) {
        std::size_t const end = text.find('\n');
        console_write(text.substr(0, end));
        if (end == std::string_view::npos)
            return;
        console_write(std::string_view{"\r\n"});
        text.remove_prefix(end + 1);
    }
}

} // namespace arch

namespace {
constinit LogRing boot_ring; // torus 0's for good
}

LogRing& torus_log()
{
    return boot_ring;
}

} // namespace torc
