// SPDX-License-Identifier: MIT
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_lock.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_closing.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/request_head.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/tori/watch.hpp"
#include "substrate/owner_of.hpp"
#include <utility>

namespace torc {
namespace {

FarFile& far_part(OpenFile const& file)
{
    return *static_cast<FarFile*>(file.data);
}

// The last descriptor here is gone: the references go back, and the record with them.
void far_release(OpenFile& file)
{
    Torus& torus = this_torus();
    FarFile& far = far_part(file);
    drop_errand(far);
    if (file.inode != nullptr)
        release(*file.inode);
    if (far.handle.is_null()) {
        torus.far->files.destroy(&far);
        return;
    }
    far.released_by = file_records().open_files.handle_of(&file);
    if (std::exchange(far.weighing, 0u) != 0)
        far.weight += lent_weight; // the owner has given them by the time it hears of this
    Link& link = *torus.links->links[far.handle.torus().number];
    for (FarWatch& watch : far.watches)
        if (watch.out.waits())
            link.outbox.erase(link.outbox.iterator_to(watch.out));
    if (!far.quiet)
        note_closing(torus, link.torus);
    send_from(torus, link, far.out); // the record goes
}

} // namespace

FileOperations const far_operations{.open = nullptr,
    .release = far_release,
    .read = nullptr,
    .write = nullptr,
    .poll = far_poll,
    .ioctl = nullptr,
    .seek = nullptr,
    .read_directory = nullptr};

Result<OpenFile*> make_far_file()
{
    FarFile* const far = this_torus().far->files.create();
    if (far == nullptr)
        return unexpected{Status::FileTableFull};
    OpenFile* const file = file_records().open_files.create();
    if (file == nullptr) {
        this_torus().far->files.destroy(far);
        return unexpected{Status::FileTableFull};
    }
    file->kind = FileKind::Far;
    file->data = far;
    far->file = file;
    for (FarWatch& watch : far->watches)
        watch.of = far;
    return file;
}

void name_far_file(OpenFile& file, Handle handle, std::uint32_t weight)
{
    far_part(file).handle = handle;
    far_part(file).weight = weight;
}

void close_quietly(OpenFile& file)
{
    far_part(file).quiet = true;
}

Handle far_handle(OpenFile const& file)
{
    return far_part(file).handle;
}

static void ask_for_weight(FarFile& far)
{
    Torus& torus = this_torus();
    // Who has come here with the file, and goes on before touching it, may be the first to do with its owner.
    Result<Link*> const found = link_to(torus, far.handle.torus().number);
    if (far.weighing != 0 || !found || !may_send(**found, 2, Want::Call))
        return;
    Link& link = **found;
    Event call{}, rest{};
    far.weighing = torus.far->next_sequence++;
    call.type = static_cast<std::uint32_t>(EventType::Call);
    call.sequence = far.weighing;
    call.source = file_records().open_files.handle_of(far.file);
    call.target = far.handle;
    call.arguments = {request_head(FarRequest::Weigh), 0, 0, 0, 0};
    rest.type = static_cast<std::uint32_t>(EventType::CallRest);
    (void)link.credits.take();
    ++torus.far->calls_out;
    send_two(torus, link, call, rest);
}

bool weight_answered(OpenFile& file, Event const& event)
{
    FarFile& far = far_part(file);
    if (far.weighing == 0 || far.weighing != event.sequence)
        return false;
    far.weighing = 0;
    far.weight += static_cast<std::uint32_t>(event.arguments[0]);
    return true;
}

std::uint32_t lend_more(Handle handle)
{
    OpenFile* const file = file_records().open_files.find(handle);
    if (file == nullptr)
        return 0;
    file->references += lent_weight;
    return lent_weight;
}

Handle split_far_file(OpenFile& file)
{
    FarFile& far = far_part(file);
    if (far.handle.is_null())
        return Handle{};
    if (far.weight < lent_weight / 2)
        ask_for_weight(far);
    if (far.weight <= split_weight)
        return Handle{};
    far.weight -= split_weight;
    return far.handle;
}

void rejoin_far_file(OpenFile& file)
{
    far_part(file).weight += split_weight;
}

Result<OpenFile*> receive_own_file(Handle handle, std::uint32_t weight)
{
    OpenFile* const file = file_records().open_files.find(handle);
    if (file == nullptr)
        return unexpected{Status::Stale};
    file->references -= weight - 1;
    return file;
}

Handle lend_file(OpenFile& file)
{
    file.references += lent_weight - 1;
    return file_records().open_files.handle_of(&file);
}

Path root_path()
{
    return file_records().root;
}

Result<OpenFile*> open_place(Path const& path)
{
    OpenFile* const file = file_records().open_files.create();
    if (file == nullptr)
        return unexpected{Status::FileTableFull};
    file->kind = FileKind::PathOnly;
    file->inode = path.name->inode;
    retain(*file->inode);
    file->path = path;
    retain(path);
    return file;
}

void drop_far_locks(OpenFile& file)
{
    Torus& torus = this_torus();
    FarFile& far = far_part(file);
    if (far.handle.is_null() || torus.current == nullptr)
        return;
    far.unlocker = torus.processes->processes.handle_of(torus.current->process);
    send_from(torus, *torus.links->links[far.handle.torus().number], far.unlock);
    note_closing(torus, far.handle.torus().number);
}

void make_unlock_event(Torus&, OutItem& item, Event& event)
{
    FarFile const& far = owner_of<&FarFile::unlock>(item);
    event.type = static_cast<std::uint32_t>(EventType::Unlock);
    event.source = far.unlocker;
    event.target = far.handle;
}

void take_unlock(Torus& torus, Link&, Event const& event)
{
    OpenFile* const file = torus.files != nullptr ? torus.files->open_files.find(event.target) : nullptr;
    if (file != nullptr && file->inode != nullptr && file->inode->locks != nullptr)
        drop_locks(*file->inode, far_record_owner(event.source));
}

void make_release_event(Torus& torus, OutItem& item, Event& event)
{
    FarFile& far = owner_of<&FarFile::out>(item);
    event.type = static_cast<std::uint32_t>(EventType::Release);
    event.source = far.released_by;
    event.target = far.handle;
    event.arguments[0] = far.weight;
    torus.far->files.destroy(&far);
}

void take_release(Torus& torus, Link&, Event const& event)
{
    if (torus.files == nullptr || torus.far == nullptr)
        return;
    end_watches(torus, event.source);
    OpenFile* const file = torus.files->open_files.find(event.target);
    std::uint64_t const weight = event.arguments[0];
    if (file == nullptr || weight == 0 || weight > file->references)
        return;
    file->references -= static_cast<std::uint32_t>(weight - 1);
    release(*file);
}

} // namespace torc
