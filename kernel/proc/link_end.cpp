// SPDX-License-Identifier: MIT
#include "kernel/proc/link_end.hpp"
#include "kernel/files/far_file.hpp"
#include "kernel/files/fd_table.hpp"
#include "kernel/files/fs_context.hpp"
#include "kernel/proc/process_tree.hpp"

namespace torc {
namespace {

LinkEnd end_at(OpenFile const* file)
{
    return {file != nullptr && file->kind == FileKind::Far ? far_handle(*file) : Handle{}};
}

// A place in the tree: of the names' torus, or kept there.
LinkEnd end_at_place(Path const& path, OpenFile const* far)
{
    if (far != nullptr)
        return end_at(far);
    return {Handle{}, path.name == nullptr};
}

} // namespace

LinkEnd far_end_of(ProcNode const& node, ProcSubject const& subject)
{
    Process const& process = *subject.process;
    if (node.kind >= ProcClass::Descriptor)
        return end_at(process.files != nullptr && node.number < FdTable::limit
                ? process.files->get(static_cast<int>(node.number))
                : nullptr);
    auto const follow = process_tree::node(node.file).follow;
    if (follow == process_files::follow_executable)
        return end_at(process.executable);
    if (process.fs == nullptr)
        return {};
    if (follow == process_files::follow_directory)
        return end_at_place(process.fs->directory, process.fs->far_directory);
    return end_at_place(process.fs->root, process.fs->far_root);
}

} // namespace torc
