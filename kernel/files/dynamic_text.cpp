// SPDX-License-Identifier: MIT
// Reading generated files: a buffer of whole records per open file, refilled as the reader moves on. Seeking
// back starts from the first record again.
#include "kernel/files/dynamic_node.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include <algorithm>

namespace torc {
namespace {

DynamicOperations const& dynamic_of(OpenFile const& file)
{
    return *file.inode->filesystem->dynamic;
}

Result<void> open_text(Thread& thread, OpenFile& file)
{
    DynamicOperations const& operations = dynamic_of(file);
    if (operations.check_open != nullptr)
        return operations.check_open(thread, file.inode->body.node);
    return {};
}

void release_text(OpenFile& file)
{
    if (file.text != nullptr)
        file_records().generated_texts.destroy(file.text);
}

void rewind(GeneratedText& buffer)
{
    buffer.start = buffer.cursor = buffer.length = 0;
    buffer.ended = false;
}

// Whole records behind what the buffer had. False at the end of the file.
Result<bool> refill(Thread& thread, OpenFile& file)
{
    GeneratedText& buffer = *file.text;
    if (buffer.ended)
        return false;
    buffer.start += buffer.length;
    buffer.length = 0;
    while (!buffer.ended) {
        FormatSink sink{std::span{buffer.text}.subspan(buffer.length)};
        std::uint64_t cursor = buffer.cursor;
        Result<bool> const more = dynamic_of(file).generate(thread, file.inode->body.node, cursor, sink);
        if (!more && buffer.length != 0)
            break; // what there is comes first; then this is tried again
        if (!more)
            return unexpected{more.error()};
        if (sink.cut_off() && buffer.length != 0)
            break; // this record comes first next time
        buffer.cursor = cursor;
        buffer.ended = !*more;
        buffer.length += sink.size();
        if (buffer.length > GeneratedText::size / 2 || must_yield(thread))
            break;
    }
    return buffer.length != 0;
}

Outcome read_text(Thread& thread, OpenFile& file, IoRequest& io)
{
    if (file.text == nullptr && (file.text = file_records().generated_texts.create()) == nullptr)
        return Status::NoMemory;
    GeneratedText& buffer = *file.text;
    if (io.offset < buffer.start || io.offset == 0)
        rewind(buffer);
    while (io.buffer.left() != 0) {
        if (io.offset >= buffer.start + buffer.length) {
            auto const filled = refill(thread, file);
            if (!filled && filled.error() == Status::NotYet) {
                keep_progress(thread, io);
                return filled.error();
            }
            if (!filled)
                return io_failed(io, filled.error());
            if (!*filled && buffer.ended)
                break;
            if (must_yield(thread))
                return yield_io(thread, io);
            continue;
        }
        std::size_t const at = io.offset - buffer.start;
        std::size_t const n = std::min(io.buffer.left(), buffer.length - at);
        std::size_t const moved = io.buffer.put(buffer.text + at, n);
        io.offset += moved;
        io.done += moved;
        if (moved < n)
            return io_failed(io, Status::BadAddress);
    }
    return io_result(io);
}

Outcome write_text(Thread& thread, OpenFile& file, IoRequest& io)
{
    DynamicOperations const& operations = dynamic_of(file);
    if (operations.write == nullptr)
        return Status::BadArgument;
    char text[512];
    std::size_t const n = std::min(io.buffer.left(), sizeof text);
    if (io.buffer.take(text, n) < n)
        return Status::BadAddress;
    io.done += TRY(operations.write(thread, file.inode->body.node, {text, n}));
    return io_result(io);
}

Outcome seek_text(OpenFile& file, std::int64_t offset, Whence whence)
{
    if (whence > Whence::Current)
        return Status::BadArgument;
    return seek_plain(file, offset, whence, 0);
}

} // namespace

constinit FileOperations const dynamic_text_operations{
    .open = open_text, .release = release_text, .read = read_text, .write = write_text, .seek = seek_text};

} // namespace torc
