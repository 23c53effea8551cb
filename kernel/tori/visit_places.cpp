// SPDX-License-Identifier: MIT
#include "kernel/tori/visit_places.hpp"
#include "kernel/files/far_file.hpp"
#include "kernel/files/fd_table.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/open_path.hpp"
#include "kernel/proc/proc_asks.hpp"
#include "kernel/tori/call_shape.hpp"
#include "kernel/tori/page_loans.hpp"
#include "kernel/tori/travel.hpp"
#include "kernel/tori/watch.hpp"
#include "kernel/torus.hpp"
#include <utility>

namespace torc {
namespace {

void put_object(Visitor const& visitor, unsigned n, unsigned place)
{
    OpenFile* const object = visitor.objects[n];
    if (object == nullptr)
        return;
    retain(*object);
    (void)this_torus().far->descriptors->install_at(*object, CloseOnExec::No, place); // there are 64 places
}

// Regular files and directories that are only read: but for locks, which are told of apart, nobody sees when
// they are closed.
void take_file(Visitor& visitor, OpenFile& made)
{
    bool const plain = made.kind == FileKind::Regular || made.kind == FileKind::Directory
        || made.kind == FileKind::PathOnly;
    visitor.made_quiet = plain && !made.can_write && !made.denies_writing;
    visitor.made = lend_file(made);
}

Outcome reopen_visit(Visitor& visitor, Arguments const& arguments)
{
    OpenFile* const file = visitor.objects[0];
    if (file == nullptr)
        return Status::NotFound;
    return reopen_file(visitor.thread, *file, static_cast<std::uint32_t>(arguments[2]),
        static_cast<std::uint32_t>(arguments[3]));
}

} // namespace

void lay_out(Visitor& visitor)
{
    FarRecords& far = *this_torus().far;
    FsContext& places = far.places;
    places.umask = visitor.head.umask;
    if (visitor.about_a_file)
        return put_object(visitor, 0, 0);
    places.root = visitor.root != nullptr ? visitor.root->path : root_path();
    places.directory = root_path();
    retain(places.root);
    std::uint8_t const descriptors = call_shape(visitor.head.number).descriptors;
    unsigned n = 0;
    for (unsigned place = 0; place < 6 && n < 2; ++place) {
        if (!(descriptors >> place & 1))
            continue;
        bool const is_directory
            = static_cast<std::int32_t>(visitor.thread.frame.x[place]) == at_flag::current_directory;
        if (!is_directory)
            put_object(visitor, n, place);
        else if (visitor.objects[n] != nullptr)
            places.directory = visitor.objects[n]->path;
        ++n;
    }
    if (descriptors == 0 && visitor.objects[0] != nullptr)
        places.directory = visitor.objects[0]->path;
    retain(places.directory);
}

bool take_made(Visitor& visitor, Outcome outcome)
{
    FarRecords& far = *this_torus().far;
    std::uint8_t const flags = call_shape(visitor.head.number).flags;
    if (!outcome.finished() || outcome.failed())
        return true;
    OpenFile* made = nullptr;
    if (flags & makes_descriptor) {
        auto const place = static_cast<unsigned>(outcome.value());
        visitor.made_closes_on_exec = far.descriptors->close_on_exec(place) == CloseOnExec::Yes;
        made = far.descriptors->remove(place);
    } else if (flags & (moves_directory | moves_root)) {
        Result<OpenFile*> const file
            = open_place(flags & moves_root ? far.places.root : far.places.directory);
        if (!file)
            return false;
        made = *file;
    }
    if (made != nullptr)
        take_file(visitor, *made);
    return true;
}

void clear_away(Visitor const& visitor)
{
    FarRecords& far = *this_torus().far;
    if (visitor.about_a_file) {
        if (OpenFile* const file = far.descriptors->remove(0))
            release(*file);
        return;
    }
    for (unsigned fd = far.descriptors->next_used(0); fd < FdTable::limit;
        fd = far.descriptors->next_used(fd + 1))
        release(*far.descriptors->remove(fd));
    release(std::exchange(far.places.root, Path{}));
    release(std::exchange(far.places.directory, Path{}));
}

Outcome run_request(Visitor& visitor, FarRequest request, Arguments const& arguments)
{
    switch (request) {
    case FarRequest::Watch:
        return watch_visit(visitor, arguments);
    case FarRequest::Adopt:
        return adopt_visit(visitor, arguments);
    case FarRequest::Learn:
        return learn_visit(visitor);
    case FarRequest::Borrow:
        return borrow_visit(visitor, arguments);
    case FarRequest::OpenProgram:
        return open_program_visit(visitor, arguments);
    case FarRequest::Unmap:
        return unmap_visit(visitor, arguments);
    case FarRequest::Reopen:
        return reopen_visit(visitor, arguments);
    case FarRequest::Hear:
    case FarRequest::Weigh:
    case FarRequest::FindAdopter:
    case FarRequest::Number:
    case FarRequest::FindGroup: // these are answered in passing
        return 0;
    case FarRequest::Ask:
        return ask_visit(visitor, arguments);
    case FarRequest::Rehome:
        return rehome_visit(arguments);
    }
    return Status::NotImplemented;
}

} // namespace torc
