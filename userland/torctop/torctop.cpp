// SPDX-License-Identifier: MIT
// torctop: the tori of a Torc machine, live in a terminal. Documented in docs/torctl.md.
#include "userland/tori/proc_file.hpp"
#include "userland/tori/table.hpp"
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace torc::user {
namespace {

constexpr char usage[]
    = "Usage: torctop [-n] [-d SECONDS]\n"
      "Shows the tori of this machine: what each is for, how busy it is, what lives there, how many\n"
      "programs move in and out a second, and how old all that is (docs/torctl.md). q ends it.\n"
      "  -n, --once     once, figures since boot, without control characters\n"
      "  -d SECONDS     time between two looks: 0.1 to 3600, 1 if not given\n"
      "  -h, --help     this text\n";

char text[65536];
char page[65536];
char texts[2][sizeof text]; // what the rows of the two moments point into
Moment moments[2];
std::sig_atomic_t volatile ended = 0;

struct Options {
    bool once{false};
    int delay_ms{1000};
};

// 0 goes on; else the exit status less one.
int read_options(int argc, char** argv, Options& options)
{
    for (int i = 1; i < argc; ++i) {
        std::string_view const word = argv[i];
        if (word == "-h" || word == "--help") {
            std::fputs(usage, stdout);
            return 1;
        }
        double seconds = 0;
        if (word == "-n" || word == "--once") {
            options.once = true;
        } else if (word == "-d" && i + 1 < argc) {
            char* end = nullptr;
            seconds = std::strtod(argv[++i], &end);
            if (*end != '\0' || !(seconds >= 0.1 && seconds <= 3600)) {
                std::fprintf(stderr, "torctop: -d wants 0.1 to 3600 seconds, not \"%s\"\n", argv[i]);
                return 3;
            }
            options.delay_ms = static_cast<int>(seconds * 1000);
        } else {
            std::fprintf(stderr, "torctop: \"%s\" is not known here\n%s", argv[i], usage);
            return 3;
        }
    }
    return 0;
}

bool look(unsigned which)
{
    long const length = read_file(tori_path, texts[which]);
    if (length < 0)
        return false;
    Moment& moment = moments[which];
    moment.at_ms = uptime_ms();
    moment.count = read_rows({texts[which], static_cast<std::size_t>(length)}, moment.rows);
    return true;
}

Size window()
{
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        return {};
    return {size.ws_col, size.ws_row};
}

void put(std::string_view bytes)
{
    while (!bytes.empty()) {
        ssize_t const written = write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (written <= 0)
            return;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

// From the upper left corner on, each line cleared to its end: no flicker.
void put_screen(std::string_view table)
{
    std::size_t used = 0;
    auto const add = [&](std::string_view bytes) { used += bytes.copy(page + used, sizeof page - used); };
    add("\033[H");
    while (!table.empty()) {
        add(take_line(table));
        add("\033[K\r\n");
    }
    add("\033[J");
    put({page, used});
}

// The terminal gives keys at once and does not show them; put back at the end.
class Keys {
public:
    Keys()
        : changed_{tcgetattr(STDIN_FILENO, &before_) == 0}
    {
        if (!changed_)
            return;
        termios raw = before_;
        raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    ~Keys()
    {
        if (changed_)
            tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    }
    Keys(Keys const&) = delete;
    Keys& operator=(Keys const&) = delete;

    // True: q.
    bool wait(int ms)
    {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        if (poll(&input, changed_ && open_ ? 1 : 0, ms) <= 0)
            return false;
        char key = 0;
        open_ = read(STDIN_FILENO, &key, 1) == 1;
        return open_ && (key == 'q' || key == 'Q');
    }

private:
    termios before_{};
    bool changed_, open_{true};
};

void end(int)
{
    ended = 1;
}

int show_once()
{
    if (!look(1))
        return say_why("torctop", tori_path), 1;
    Size const all{.columns = 200, .lines = most_tori + 4};
    put({text, put_table(text, {}, moments[1], all)});
    return 0;
}

int show_live(Options const& options)
{
    struct sigaction action{};
    action.sa_handler = end;
    for (int const signal : {SIGINT, SIGTERM, SIGHUP})
        sigaction(signal, &action, nullptr);
    Keys keys;
    unsigned which = 0;
    int status = 0;
    put("\033[?25l\033[2J");
    for (bool quit = false; !quit && !ended; which ^= 1) {
        if (!look(which)) {
            status = 1;
            break;
        }
        put_screen({text, put_table(text, moments[which ^ 1], moments[which], window())});
        quit = keys.wait(options.delay_ms);
    }
    int const error = errno;
    put("\033[?25h\r\n");
    errno = error;
    if (status != 0)
        say_why("torctop", tori_path);
    return status;
}

} // namespace
} // namespace torc::user

int main(int argc, char** argv)
{
    using namespace torc::user;
    Options options;
    if (int const status = read_options(argc, argv, options))
        return status - 1;
    if (!look(0)) {
        say_why("torctop", tori_path);
        return 1;
    }
    moments[0] = {};
    return options.once || !isatty(STDOUT_FILENO) ? show_once() : show_live(options);
}
