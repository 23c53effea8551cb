// SPDX-License-Identifier: MIT
#include "kernel/result.hpp"

namespace torc {

char const* status_text(Status status)
{
    switch (status) {
    case Status::NotPermitted:
        return "not permitted";
    case Status::NotFound:
        return "no such file";
    case Status::Io:
        return "input/output error";
    case Status::ArgumentsTooLong:
        return "arguments too long";
    case Status::BadExecutable:
        return "not an AArch64 program";
    case Status::NoMemory:
        return "out of memory";
    case Status::AccessDenied:
        return "access denied";
    case Status::BadAddress:
        return "bad address";
    case Status::NotDirectory:
        return "not a directory";
    case Status::IsDirectory:
        return "is a directory";
    case Status::BadArgument:
        return "malformed";
    case Status::NoSpace:
        return "no space left";
    case Status::Loop:
        return "too many levels of links or interpreters";
    case Status::BadInterpreter:
        return "its interpreter is not usable";
    case Status::Overflow:
        return "too large";
    default:
        return "failed";
    }
}

} // namespace torc
