// SPDX-License-Identifier: MIT
#include "userland/tori/proc_file.hpp"
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>

namespace torc::user {

long read_file(char const* path, std::span<char> room)
{
    int const fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    std::size_t length = 0;
    while (length < room.size()) {
        ssize_t const got = read(fd, room.data() + length, room.size() - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            int const error = errno;
            close(fd);
            errno = error;
            return got < 0 ? -1 : static_cast<long>(length);
        }
        length += static_cast<std::size_t>(got);
    }
    close(fd);
    return static_cast<long>(length);
}

bool write_file(char const* path, std::string_view text)
{
    int const fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool const written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    int const error = errno;
    close(fd);
    errno = error;
    return written;
}

void say_why(char const* program, char const* path)
{
    if (errno == ENOENT || errno == ENOTDIR)
        std::fprintf(
            stderr, "%s: there is no %s: this kernel is not Torc, or /proc is not mounted\n", program, path);
    else
        std::fprintf(stderr, "%s: %s: %s\n", program, path, std::strerror(errno));
}

std::uint64_t uptime_ms()
{
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000
        + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

} // namespace torc::user
