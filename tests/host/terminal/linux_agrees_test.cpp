// SPDX-License-Identifier: MIT
// The table of typing_cases.hpp against the line discipline of the machine this runs on, if that is Linux's:
// what we expect of ours is what Linux does.
#include "tests/host/terminal/typing_cases.hpp"
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace torc::test {
namespace {

class PseudoTerminal {
public:
    PseudoTerminal()
        : master_{posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)}
    {
        if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0)
            return;
        char name[64];
        if (ptsname_r(master_, name, sizeof name) == 0)
            slave_ = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    }
    ~PseudoTerminal()
    {
        close(slave_);
        close(master_);
    }
    PseudoTerminal(PseudoTerminal const&) = delete;

    bool works() const { return slave_ >= 0; }
    bool set(TerminalSettings const& settings) const
    {
        constexpr unsigned long set_settings = 0x5402; // TCSETS
        return ioctl(slave_, set_settings, &settings) == 0;
    }
    // The kernel passes things on in its own time: patience for what must come, a moment for what must not.
    std::string type(std::string_view text, std::size_t expected) const
    {
        EXPECT_EQ(::write(master_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
        std::string screen;
        pollfd wait{master_, POLLIN, 0};
        while (poll(&wait, 1, screen.size() < expected ? patience_ms : moment_ms) > 0) {
            char bytes[4096];
            ssize_t const n = ::read(master_, bytes, sizeof bytes);
            if (n <= 0)
                break;
            screen.append(bytes, static_cast<std::size_t>(n));
        }
        return screen;
    }
    Lines reads(std::size_t expected) const
    {
        Lines lines;
        char bytes[8192];
        pollfd wait{slave_, POLLIN, 0};
        do
            for (ssize_t n; (n = ::read(slave_, bytes, sizeof bytes)) >= 0;)
                lines.emplace_back(bytes, static_cast<std::size_t>(n));
        while (lines.size() < expected && poll(&wait, 1, patience_ms) > 0);
        return lines;
    }

private:
    static constexpr int patience_ms = 5000, moment_ms = 30;
    int master_, slave_{-1};
};

TEST(LineDiscipline, LinuxAgrees)
{
    for (TypingCase const& c : typing_cases()) {
        SCOPED_TRACE(c.what);
        PseudoTerminal const terminal;
        if (!terminal.works())
            GTEST_SKIP() << "no pseudo-terminals here";
        ASSERT_TRUE(terminal.set(c.settings));
        EXPECT_EQ(terminal.type(c.typed, c.screen.size()), c.screen);
        EXPECT_EQ(terminal.reads(c.read.size()), c.read);
    }
}

} // namespace
} // namespace torc::test
