// SPDX-License-Identifier: MIT
// The one way a kernel function fails: Result<T> with a Status. errno exists only in kernel/linux/,
// which translates a Status by one table (kernel/linux/errno.cpp).
#pragma once
#include <cstdint>
#include <expected>
#include <utility>

namespace torc {

// Named after what went wrong; each has exactly one Linux errno (in brackets). As wide as a register: with a
// byte, every Result of two words would be copied byte by byte (arm64 with strict alignment).
enum class Status : std::uint64_t {
    NotPermitted = 1, // EPERM
    NotFound, // ENOENT
    NoProcess, // ESRCH
    Interrupted, // EINTR
    Io, // EIO
    NoDevice, // ENXIO: the address names no device
    ArgumentsTooLong, // E2BIG
    BadExecutable, // ENOEXEC
    BadDescriptor, // EBADF
    NoChild, // ECHILD
    WouldBlock, // EAGAIN
    NoMemory, // ENOMEM
    AccessDenied, // EACCES
    BadAddress, // EFAULT
    NotBlockDevice, // ENOTBLK
    Busy, // EBUSY
    Exists, // EEXIST
    CrossDevice, // EXDEV
    NoSuchDevice, // ENODEV
    NotDirectory, // ENOTDIR
    IsDirectory, // EISDIR
    BadArgument, // EINVAL
    FileTableFull, // ENFILE: the system's
    TooManyFiles, // EMFILE: the process's
    NotTerminal, // ENOTTY
    TextBusy, // ETXTBSY
    FileTooBig, // EFBIG
    NoSpace, // ENOSPC
    IllegalSeek, // ESPIPE
    ReadOnly, // EROFS
    TooManyLinks, // EMLINK
    BrokenPipe, // EPIPE
    OutOfDomain, // EDOM
    OutOfRange, // ERANGE
    Deadlock, // EDEADLK
    NameTooLong, // ENAMETOOLONG
    NotImplemented, // ENOSYS
    NotEmpty, // ENOTEMPTY
    Loop, // ELOOP
    NoData, // ENODATA
    Overflow, // EOVERFLOW
    BadInterpreter, // ELIBBAD
    NotSocket, // ENOTSOCK
    NotSupported, // EOPNOTSUPP
    FamilyNotSupported, // EAFNOSUPPORT
    TimedOut, // ETIMEDOUT
    Stale, // ESTALE: a handle whose object is gone
    Quota, // EDQUOT
    Elsewhere, // no errno: the object is another torus's, and the run loop makes it a far call
    Cancelled, // ECANCELED
    NotYet, // no errno: it is on its way from another torus, and the run loop makes the call wait for it
};

// A short English word for messages ("no such file").
char const* status_text(Status status);

template <typename T> using Result = std::expected<T, Status>;
using std::unexpected;

// Propagates a failure; yields the value. Not for coroutines.
#define TRY(expression)                                                                                      \
    ({                                                                                                       \
        auto try_result_ = (expression);                                                                     \
        if (!try_result_) [[unlikely]]                                                                       \
            return ::torc::unexpected{try_result_.error()};                                                  \
        *std::move(try_result_);                                                                             \
    })

} // namespace torc
