// SPDX-License-Identifier: MIT
#include "arch-aarch64/early_torus.hpp"

#include "arch/machine.hpp"
#include "kernel/log.hpp"
#include "kernel/torus.hpp"

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
// torus 0's for good
constinit LogRing boot_ring;
constinit TorusLog boot_log{boot_ring};
}

TorusLog& this_log()
{
    return arch::has_torus() && this_torus().log != nullptr ? *this_torus().log : boot_log;
}

} // namespace torc
