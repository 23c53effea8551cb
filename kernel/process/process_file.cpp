// SPDX-License-Identifier: MIT
#include "kernel/process/process_file.hpp"
#include "kernel/files/anonymous_file.hpp"
#include "kernel/files/descriptor.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/format.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/poll/poll_table.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

constexpr std::uint32_t readable = poll_event::in | poll_event::read_normal;

std::uint32_t poll_process(OpenFile& file, PollTable* table)
{
    Process* const process = process_of(file);
    if (process == nullptr || process->state == ProcessState::Zombie)
        return readable;
    if (table != nullptr)
        table->wait_in(process->watchers, readable);
    return 0;
}

bool describe_process(OpenFile& file, std::uint64_t&, FormatSink& out)
{
    Process const* const process = process_of(file);
    std::int32_t const pid = process != nullptr ? process->pid : -1;
    format_to(out, "Pid:\t{}\nNSpid:\t{}\n", pid, pid);
    return false;
}

// Its record knows whether it is there.
Status absence_at_birth(std::int32_t pid)
{
    Torus& torus = this_torus();
    if (torus.far == nullptr || keeper_of(pid) == torus.number)
        return Status::NoProcess;
    torus.far->elsewhere = keeper_of(pid);
    return Status::Elsewhere;
}

} // namespace

constinit FileOperations const process_operations{.poll = poll_process, .describe = describe_process};

Result<OpenFile*> open_process_file(Process const& process, std::uint32_t flags)
{
    OpenFile* const file = TRY(create_anonymous_file(FileKind::Process, flags));
    file->node = this_torus().processes->processes.handle_of(&process).raw();
    return file;
}

Process* process_of(OpenFile const& file)
{
    return this_torus().processes->processes.find(Handle::from_raw(file.node));
}

Result<void> give_process_descriptor(Thread& maker, Process const& child, Uaddr number)
{
    OpenFile& file = *TRY(open_process_file(child, 0));
    FdTable& files = *maker.process->files;
    Result<int> const fd = files.install(file, CloseOnExec::Yes, descriptor_limit(maker));
    if (!fd) {
        release(file);
        return unexpected{fd.error()};
    }
    Result<void> const told = copy_out(number, *fd);
    if (!told)
        release(*files.remove(static_cast<unsigned>(*fd)));
    return told;
}

void process_file_ready(Process& process)
{
    process.watchers.wake(~0u, readable);
}

Outcome linux_abi::call_pidfd_open(Thread& thread, Arguments const& arguments)
{
    std::int32_t const pid = arguments.as_int(0);
    auto const flags = static_cast<std::uint32_t>(arguments[1]);
    if (flags & ~open_flag::nonblock || pid <= 0)
        return Status::BadArgument;
    PidDirectory::Entry const* const entry = find_number(pid);
    if (entry == nullptr || (entry->process == nullptr && entry->thread == nullptr)) // lent
        return absence_at_birth(pid);
    if (entry->process == nullptr) // a thread that is not the first of its process
        return Status::BadArgument;
    OpenFile& file = *TRY(open_process_file(*entry->process, flags));
    return give_descriptor(thread, file, open_flag::close_on_exec);
}

} // namespace torc
