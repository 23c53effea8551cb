// SPDX-License-Identifier: MIT
#include "kernel/files/file_owner.hpp"
#include "kernel/files/open_file.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/signal_types.hpp"

namespace torc {
namespace {

struct UserOwner { // struct f_owner_ex
    std::int32_t type; // 0 thread, 1 process, 2 process group
    std::int32_t id;
};

Outcome set(OpenFile& file, OwnerKind kind, std::int32_t id)
{
    bool const exists = id == 0 || (kind == OwnerKind::Thread && find_thread(id) != nullptr)
        || (kind == OwnerKind::Process && find_process(id) != nullptr)
        || (kind == OwnerKind::Group && group_find(id) != nullptr);
    if (!exists)
        return Status::NoProcess;
    file.owner_kind = kind;
    file.signal_owner = id;
    return 0;
}

} // namespace

Outcome set_owner(OpenFile& file, std::int32_t who)
{
    if (who == INT32_MIN)
        return Status::BadArgument;
    return who < 0 ? set(file, OwnerKind::Group, -who) : set(file, OwnerKind::Process, who);
}

Outcome get_owner(OpenFile const& file)
{
    return file.owner_kind == OwnerKind::Group ? -file.signal_owner : file.signal_owner;
}

Outcome set_owner_of_kind(OpenFile& file, Uaddr from)
{
    auto const wanted = TRY(copy_in<UserOwner>(from));
    if (wanted.type < 0 || wanted.type > 2)
        return Status::BadArgument;
    return set(file, static_cast<OwnerKind>(wanted.type), wanted.id);
}

Outcome get_owner_of_kind(OpenFile const& file, Uaddr to)
{
    return copy_out(to, UserOwner{static_cast<std::int32_t>(file.owner_kind), file.signal_owner});
}

Outcome set_owner_signal(OpenFile& file, std::uint64_t signal)
{
    if (signal > signal_count)
        return Status::BadArgument;
    file.owner_signal = static_cast<std::uint8_t>(signal);
    return 0;
}

} // namespace torc
