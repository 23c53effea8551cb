// SPDX-License-Identifier: MIT
// The small texts of a process, some of which can be written: comm, limits, oom_score_adj ...
#include "kernel/memory/out_of_memory.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/proc/process_files.hpp"
#include "kernel/proc/process_state.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <cstring>

namespace torc {
namespace {

struct LimitRow {
    std::string_view name, unit;
};
constexpr LimitRow limit_rows[] = {
    // in the order of Resource
    {"Max cpu time", "seconds"},
    {"Max file size", "bytes"},
    {"Max data size", "bytes"},
    {"Max stack size", "bytes"},
    {"Max core file size", "bytes"},
    {"Max resident set", "bytes"},
    {"Max processes", "processes"},
    {"Max open files", "files"},
    {"Max locked memory", "bytes"},
    {"Max address space", "bytes"},
    {"Max file locks", "locks"},
    {"Max pending signals", "signals"},
    {"Max msgqueue size", "bytes"},
    {"Max nice priority", ""},
    {"Max realtime priority", ""},
    {"Max realtime timeout", "us"},
};
static_assert(sizeof limit_rows / sizeof *limit_rows == static_cast<unsigned>(Resource::count_));

void put_limit(FormatSink& out, std::uint64_t value)
{
    if (value == unlimited)
        format_to(out, "{:<20} ", "unlimited");
    else
        format_to(out, "{:<20} ", value);
}

} // namespace

namespace process_files {

Result<bool> comm(ProcText& text)
{
    put_escaped(text.out, text.subject.name(), "\n\\");
    text.out.put('\n');
    return false;
}

Result<void> set_comm(Thread& writer, ProcSubject const& subject, std::string_view text)
{
    if (writer.process != subject.process || subject.thread == nullptr)
        return unexpected{Status::BadArgument};
    Thread& thread = *subject.thread;
    std::size_t const length = std::min(text.size(), sizeof thread.name - 1);
    std::memset(thread.name, 0, sizeof thread.name);
    std::memcpy(thread.name, text.data(), length);
    return {};
}

Result<bool> limits(ProcText& text)
{
    if (text.cursor == 0) {
        format_to(text.out, "{:<25} {:<20} {:<20} {:<10}\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    } else {
        LimitRow const& row = limit_rows[text.cursor - 1];
        Limit const& limit = text.subject.process->limits.values[text.cursor - 1];
        format_to(text.out, "{:<25} ", row.name);
        put_limit(text.out, limit.soft);
        put_limit(text.out, limit.hard);
        if (!row.unit.empty())
            format_to(text.out, "{:<10}", row.unit);
        text.out.put('\n');
    }
    return ++text.cursor <= static_cast<unsigned>(Resource::count_);
}

Result<bool> personality(ProcText& text)
{
    format_to(text.out, "{:08x}\n", text.subject.process->personality);
    return false;
}

// Where a thread waits in the kernel: it has no stack there, so there is nothing to name.
Result<bool> wchan(ProcText& text)
{
    text.out.put('0');
    return false;
}

// What a thread waits for, as proc(5) says: the call's number and arguments, or -1 outside of one, and its
// stack pointer and program counter. Its registers are nowhere to be seen while it runs, here or at its limb.
Result<bool> syscall(ProcText& text)
{
    Thread const* const thread = text.subject.thread;
    if (thread == nullptr) { // a zombie
        text.out.put("-1 0x0 0x0\n");
        return false;
    }
    bool const asks = thread == &text.reader;
    if (!asks && (thread->state == ThreadState::Runnable || thread->state == ThreadState::Lent)) {
        text.out.put("running\n");
        return false;
    }
    auto const& frame = thread->frame;
    if (asks || thread->in_call) {
        format_to(text.out, "{}", static_cast<unsigned>(frame.x[8]));
        for (unsigned i = 0; i < 6; ++i)
            format_to(text.out, " 0x{:x}", frame.x[i]);
    } else {
        text.out.put("-1");
    }
    format_to(text.out, " 0x{:x} 0x{:x}\n", frame.sp, frame.pc);
    return false;
}

Result<bool> oom_score(ProcText& text)
{
    std::int64_t const points = memory_points(*text.subject.process);
    auto const total = static_cast<std::int64_t>(machine_pages(this_torus()));
    std::int64_t const score = points == spared ? 0 : (1000 + points * 1000 / total) * 2 / 3;
    format_to(text.out, "{}\n", score < 0 ? 0 : score);
    return false;
}

Result<bool> oom_score_adjustment(ProcText& text)
{
    format_to(text.out, "{}\n", text.subject.process->oom_score_adjustment);
    return false;
}

Result<void> set_oom_score_adjustment(Thread& writer, ProcSubject const& subject, std::string_view text)
{
    std::int64_t const wanted = TRY(parse_number(text));
    if (wanted < -1000 || wanted > 1000)
        return unexpected{Status::BadArgument};
    Process& process = *subject.process;
    bool const lowers = wanted < process.oom_score_least;
    bool const privileged = writer.process->credentials.capable(Capability::SysResource);
    if (lowers && !privileged)
        return unexpected{Status::AccessDenied};
    process.oom_score_adjustment = static_cast<std::int16_t>(wanted);
    if (privileged)
        process.oom_score_least = process.oom_score_adjustment;
    return {};
}

} // namespace process_files
} // namespace torc
