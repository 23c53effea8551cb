// SPDX-License-Identifier: MIT
#include "kernel/proc/hole_text.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/filesystem.hpp"
#include "kernel/proc/ask_page.hpp"
#include "kernel/proc/process_state.hpp"
#include "kernel/proc/process_tree.hpp"
#include "kernel/process/session_records.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {
namespace {

Terminal const* terminal_of(std::int32_t session_id)
{
    for (Session const& session : this_torus().sessions->session_bucket(session_id))
        if (session.id == session_id)
            return session.terminal;
    return nullptr;
}

void put_path(FormatSink& out, OpenFile const& file)
{
    char path[1024];
    put_escaped(out, {path, path_text(file, path)}, "\n");
}

void put_hole(FormatSink& out, TextHole const& hole)
{
    OpenFile const* const file = file_records().open_files.find(hole.object); // nullptr: closed, or elsewhere
    switch (hole.kind) {
    case HoleKind::Path:
        if (file != nullptr)
            put_path(out, *file);
        break;
    case HoleKind::Device:
        put_hex(out, file != nullptr ? file->inode->filesystem->device : 0, 2);
        break;
    case HoleKind::Terminal:
        put_terminal(out, terminal_of(static_cast<std::int32_t>(hole.number)));
        break;
    case HoleKind::Description: // the whole text, of whatever torus: proc_elsewhere.cpp
        break;
    }
}

} // namespace

void put_filled(FormatSink& out, AskPage const& page)
{
    std::string_view const text{page.text, std::min<std::size_t>(page.length, sizeof page.text)};
    std::size_t at = 0;
    std::uint32_t const count = std::min<std::uint32_t>(page.holes.count, TextHoles::limit);
    for (std::uint32_t i = 0; i < count; ++i) {
        TextHole const& hole = page.holes.list[i];
        std::size_t const next = std::clamp<std::size_t>(hole.at, at, text.size());
        out.put(text.substr(at, next - at));
        put_hole(out, hole);
        at = next;
    }
    out.put(text.substr(at));
}

} // namespace torc
