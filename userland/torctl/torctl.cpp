// SPDX-License-Identifier: MIT
// torctl: shows and sets what the tori of a Torc machine are for. Documented in docs/torctl.md.
#include "userland/tori/proc_file.hpp"
#include "userland/tori/torus_row.hpp"
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>

namespace torc::user {
namespace {

constexpr char usage[]
    = "Usage: torctl COMMAND [ARGUMENT]\n"
      "  list            the tori: role, policy, capacity, load, processes, threads\n"
      "  isolate LIST    these tori run what is pinned to them (taskset -c N), and nothing else\n"
      "  drain LIST      they take no programs\n"
      "  admit LIST      they are open to all programs again\n"
      "  home PID        the tori of a process: its home, where it was born, where threads run\n"
      "  projection N    all that torus N tells of itself\n"
      "  help            this text\n"
      "LIST: 3 or 2,3 or 1-3. isolate, drain and admit are root's. Status: 0, 1 failed, 2 misused.\n";

enum Status : int { done, failed, misused };

constexpr char policy_path[] = "/proc/torc/policy", projections_path[] = "/proc/torc/projections";
char text[131072]; // a projection has up to 22 lines
TorusRow rows[most_tori];

bool read_text(char const* path, std::string_view& found)
{
    long const length = read_file(path, text);
    if (length < 0)
        return false;
    found = {text, static_cast<std::size_t>(length)};
    return true;
}

void put_row(TorusRow const& row)
{
    std::string_view const policy = row.takes_programs ? row.policy : "no programs";
    std::printf("%5u %-8.*s %-11.*s %8u %3u.%u %9u %7u\n", row.number, static_cast<int>(row.role.size()),
        row.role.data(), static_cast<int>(policy.size()), policy.data(), static_cast<unsigned>(row.capacity),
        static_cast<unsigned>(row.load / 1024), static_cast<unsigned>(row.load % 1024 * 10 / 1024),
        static_cast<unsigned>(row.processes), static_cast<unsigned>(row.threads));
}

Status list(char const*)
{
    std::string_view found;
    if (!read_text(tori_path, found))
        return say_why("torctl", tori_path), failed;
    std::puts("torus role     policy      capacity  load processes threads");
    std::size_t const count = read_rows(found, rows);
    for (std::size_t i = 0; i < count; ++i)
        put_row(rows[i]);
    return done;
}

// Why the kernel has not taken a policy, in the user's words.
void say_refusal(char const* list)
{
    switch (errno) {
    case EBUSY:
        std::fputs("torctl: torus 0 has the names of files and the console: it can be neither isolated nor "
                   "drained\n",
            stderr);
        return;
    case EINVAL:
        std::fprintf(stderr, "torctl: \"%s\" is not a list of tori that take programs (torctl list)\n", list);
        return;
    case EACCES:
    case EPERM:
        std::fputs("torctl: only root may change what a torus is for\n", stderr);
        return;
    default:
        say_why("torctl", policy_path);
    }
}

Status set(char const* verb, char const* list)
{
    char wish[256];
    int const length = std::snprintf(wish, sizeof wish, "%s %s\n", verb, list);
    if (length >= static_cast<int>(sizeof wish) || std::strchr(list, '\n') != nullptr)
        errno = EINVAL;
    else if (write_file(policy_path, {wish, static_cast<std::size_t>(length)}))
        return done;
    say_refusal(list);
    return failed;
}
Status isolate(char const* list)
{
    return set("isolate", list);
}
Status drain(char const* list)
{
    return set("drain", list);
}
Status admit(char const* list)
{
    return set("admit", list);
}

bool is_number(char const* word)
{
    return *word != '\0' && std::strlen(word) < 10 && word[std::strspn(word, "0123456789")] == '\0';
}

// The threads, and which torus runs each; those that have ended meanwhile are left out.
void put_threads(char const* pid)
{
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%s/task", pid);
    DIR* const tasks = opendir(path);
    if (tasks == nullptr)
        return;
    while (dirent const* const entry = readdir(tasks)) {
        std::string_view found;
        if (!is_number(entry->d_name))
            continue;
        std::snprintf(path, sizeof path, "/proc/%s/task/%.10s/torc", pid, entry->d_name);
        if (!read_text(path, found))
            continue;
        std::replace(text, text + found.size(), '\n', ' ');
        std::printf("thread %s runs %u\n", entry->d_name, static_cast<unsigned>(number_after(found, "runs")));
    }
    closedir(tasks);
}

Status home(char const* pid)
{
    if (!is_number(pid))
        return std::fprintf(stderr, "torctl: \"%s\" is no number of a process\n", pid), misused;
    char path[64];
    std::string_view found;
    std::snprintf(path, sizeof path, "/proc/%s/torc", pid);
    if (!read_text(path, found)) {
        std::snprintf(path, sizeof path, "/proc/%s", pid);
        int const error = errno;
        if (DIR* const there = error == ENOENT ? opendir("/proc/torc") : nullptr)
            return closedir(there), std::fprintf(stderr, "torctl: there is no process %s\n", pid), failed;
        errno = error;
        return say_why("torctl", "/proc/torc"), failed;
    }
    std::replace(text, text + found.size(), '\n', ' ');
    std::printf("home %u\nbirth %u\n", static_cast<unsigned>(number_after(found, "home")),
        static_cast<unsigned>(number_after(found, "birth")));
    put_threads(pid);
    return done;
}

Status projection(char const* number)
{
    std::string_view found;
    if (!is_number(number))
        return std::fprintf(stderr, "torctl: \"%s\" is no number of a torus\n", number), misused;
    if (!read_text(projections_path, found))
        return say_why("torctl", projections_path), failed;
    bool any = false;
    char start[16];
    std::snprintf(start, sizeof start, "%lu ", std::strtoul(number, nullptr, 10));
    while (!found.empty()) {
        std::string_view line = take_line(found);
        if (!line.starts_with(start))
            continue;
        line.remove_prefix(std::strlen(start));
        std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
        any = true;
    }
    if (!any)
        std::fprintf(stderr, "torctl: there is no torus %s\n", number);
    return any ? done : failed;
}

Status help(char const*)
{
    std::fputs(usage, stdout);
    return done;
}

struct Command {
    std::string_view name;
    bool wants_argument;
    Status (*run)(char const* argument);
};
constexpr Command commands[] = {
    {"list", false, list},
    {"isolate", true, isolate},
    {"drain", true, drain},
    {"admit", true, admit},
    {"home", true, home},
    {"projection", true, projection},
    {"help", false, help},
    {"--help", false, help},
    {"-h", false, help},
};

Status run(int argc, char** argv)
{
    if (argc >= 2)
        for (Command const& command : commands)
            if (command.name == argv[1] && argc == (command.wants_argument ? 3 : 2))
                return command.run(argv[2]);
    std::fputs(usage, stderr);
    return misused;
}

} // namespace
} // namespace torc::user

int main(int argc, char** argv)
{
    return torc::user::run(argc, argv);
}
