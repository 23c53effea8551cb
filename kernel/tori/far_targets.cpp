// SPDX-License-Identifier: MIT
#include "kernel/tori/far_targets.hpp"
#include "kernel/files/descriptor.hpp"
#include "kernel/files/far_file.hpp"
#include "kernel/files/fs_context.hpp"
#include "kernel/tori/call_shape.hpp"

namespace torc {

Handle place_handle(OpenFile const* place)
{
    return place != nullptr ? far_handle(*place) : Handle{};
}

namespace {

// What a descriptor argument names. Local files and numbers that are free name nothing there.
Result<Handle> object_of(Thread const& thread, int fd)
{
    Process const& process = *thread.process;
    if (fd == at_flag::current_directory)
        return place_handle(process.fs->far_directory);
    OpenFile const* const file = process.files->get(fd);
    if (file == nullptr)
        return Handle{};
    if (file->kind != FileKind::Far)
        return unexpected{Status::BadArgument}; // two owners
    Handle const handle = far_handle(*file);
    if (handle.is_null())
        return unexpected{Status::BadDescriptor}; // it is being opened
    return handle;
}

} // namespace

Result<Targets> targets_of(Thread const& thread, std::uint64_t asked)
{
    CallShape const& shape = call_shape(static_cast<unsigned>(thread.frame.x[8]));
    Targets targets;
    if (shape.flags & names_process) {
        targets.owner = static_cast<unsigned>(asked);
        return targets;
    }
    if (shape.descriptors == 1 && shape.flags == 0) { // most of them
        targets.objects[0] = TRY(object_of(thread, static_cast<int>(thread.frame.x[0])));
        if (targets.objects[0].is_null())
            return unexpected{Status::BadArgument};
        targets.owner = targets.objects[0].torus().number;
        return targets;
    }
    unsigned n = 0;
    bool found = shape.flags & uses_names;
    for (unsigned place = 0; place < 6 && n < 2; ++place) {
        if (!(shape.descriptors >> place & 1))
            continue;
        Handle const handle = TRY(object_of(thread, static_cast<int>(thread.frame.x[place])));
        targets.objects[n++] = handle;
        if (!handle.is_null()) {
            if (found && n == 2 && targets.owner != handle.torus().number)
                return unexpected{Status::CrossDevice};
            targets.owner = handle.torus().number;
            found = true;
        }
    }
    if (!found) // a call that no far file serves
        return unexpected{Status::BadArgument};
    if (shape.descriptors == 0)
        targets.objects[0] = place_handle(thread.process->fs->far_directory);
    return targets;
}

} // namespace torc
