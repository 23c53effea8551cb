// SPDX-License-Identifier: MIT
// The path of a name, written from its end: parents are known, children are not. Goes through mounts up to
// the given root, or to the first root if that one is not on the way; a lazily unmounted place, and for
// getcwd whatever is not below the given root, starts with "(unreachable)".
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/nameless.hpp"
#include "kernel/format.hpp"
#include "kernel/tori/far_inode.hpp"
#include <algorithm>

namespace torc {
namespace {

class BackwardText {
public:
    explicit BackwardText(std::span<char> room)
        : room_{room}
        , start_{room.size()}
    {
    }
    void put(std::string_view text)
    {
        std::size_t const n = std::min(text.size(), start_);
        start_ -= n;
        __builtin_memcpy(room_.data() + start_, text.data() + (text.size() - n), n);
    }
    std::size_t finish() // moved to the front of the room
    {
        std::size_t const length = room_.size() - start_;
        __builtin_memmove(room_.data(), room_.data() + start_, length);
        return length;
    }
    bool empty() const { return start_ == room_.size(); }

private:
    std::span<char> room_;
    std::size_t start_;
};

} // namespace

std::size_t path_text(Path const& path, Path const& root, std::span<char> text, OutsideRoot outside)
{
    BackwardText out{text};
    Path here = path;
    bool detached = false;
    while (here != root) {
        if (here.name == here.mount->root) {
            detached = here.mount != root.mount;
            if (here.mount->on.name == nullptr)
                break;
            here = here.mount->on;
            continue;
        }
        if (here.mount == file_records().nameless) {
            out.put(here.name->text());
            return out.finish();
        }
        if (here.name->parent == nullptr)
            break;
        out.put(here.name->text());
        out.put("/");
        here.name = here.name->parent;
    }
    bool const marked = here != root && (detached || outside == OutsideRoot::Marked);
    if (out.empty())
        out.put("/");
    if (marked)
        out.put("(unreachable)");
    return out.finish();
}

std::size_t path_text(OpenFile const& file, std::span<char> text)
{
    if (file.kind == FileKind::Far) {
        FormatSink sink{text};
        sink.put(far_path(file));
        return sink.size();
    }
    if (file.path.name == nullptr) {
        FormatSink sink{text};
        put_nameless_text(sink, file);
        return sink.size();
    }
    std::size_t length = path_text(file.path, file_records().root, text);
    bool const gone = !file.path.name->linked && file.path.name->parent != nullptr;
    if (gone) {
        FormatSink sink{text.subspan(length)};
        sink.put(" (deleted)");
        length += sink.size();
    }
    return length;
}

} // namespace torc
