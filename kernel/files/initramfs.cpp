// SPDX-License-Identifier: MIT
// The initramfs: newc archives, each plain or in a gzip member or lz4 legacy frame, one after another with
// zeros between them, as Linux takes them. Everything that unpacking needs beyond the files themselves
// (inflate's window, lz4's block) lies in a reserved range that is backed only meanwhile.
#include "arch/memory.hpp"
#include "kernel/files/cpio_reader.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/log.hpp"
#include "kernel/memory/record_backing.hpp"
#include <algorithm>
#include <lz4.h>
#include <memory>
#include <zlib.h>

namespace torc {
namespace {

enum class Format : std::uint8_t { End, Newc, Gzip, Lz4, Unknown };

constexpr std::size_t inflate_chunk = 32 * 1024; // of output, a step
constexpr std::size_t newc_chunk = 64 * 1024; // of input, a step
constexpr std::size_t lz4_block = 8u << 20; // what a block of a legacy frame unpacks to at most
constexpr std::size_t scratch_size = lz4_block;

bool starts_with(std::span<std::byte const> bytes, std::initializer_list<unsigned> magic)
{
    if (bytes.size() < magic.size())
        return false;
    return std::equal(
        magic.begin(), magic.end(), bytes.begin(), [](unsigned m, std::byte b) { return std::byte(m) == b; });
}

Format format_of(std::span<std::byte const> bytes)
{
    if (bytes.empty())
        return Format::End;
    if (bytes.front() == std::byte{'0'})
        return Format::Newc;
    if (starts_with(bytes, {0x1f, 0x8b}))
        return Format::Gzip;
    if (starts_with(bytes, {0x02, 0x21, 0x4c, 0x18}))
        return Format::Lz4;
    return Format::Unknown;
}

// For the message only.
char const* foreign_name(std::span<std::byte const> bytes)
{
    if (starts_with(bytes, {0xfd, '7', 'z', 'X', 'Z'}))
        return "xz";
    if (starts_with(bytes, {0x28, 0xb5, 0x2f, 0xfd}))
        return "zstd";
    if (starts_with(bytes, {'B', 'Z', 'h'}))
        return "bzip2";
    if (starts_with(bytes, {0x5d, 0, 0}))
        return "lzma";
    if (starts_with(bytes, {0x04, 0x22, 0x4d, 0x18}))
        return "an lz4 frame that is not a legacy one (lz4 -l)";
    return nullptr;
}

// Memory for the time of one archive: inflate's needs from the front, or one whole lz4 block.
class Scratch final {
public:
    bool take(std::size_t bytes)
    {
        if (range_.size() == 0)
            range_ = reserve_records(scratch_size);
        if (held_ != 0 || !range_.commit(0, bytes))
            return false;
        held_ = bytes;
        used_ = 0;
        return true;
    }
    void give_back()
    {
        if (held_ != 0)
            range_.release(0, held_);
        held_ = 0;
    }
    std::byte* carve(std::size_t bytes)
    {
        bytes = (bytes + 15) & ~std::size_t{15};
        if (bytes > held_ - used_)
            return nullptr;
        return range_.at(std::exchange(used_, used_ + bytes));
    }
    std::byte* front() const { return range_.at(0); }

private:
    ReservedRange range_;
    std::size_t held_{0}, used_{0};
};

class Unpacker final {
public:
    void start(std::span<std::byte const> archive) { archive_ = archive; }
    UnpackProgress step();

private:
    std::span<std::byte const> rest() const { return archive_.subspan(at_); }
    void begin();
    void step_newc();
    void step_gzip();
    void step_lz4();
    bool begin_gzip();
    void feed(std::span<std::byte const> bytes); // unpacked ones
    void end_member(); // of a compressed stream
    void stop(std::string_view why);
    void finish();

    std::span<std::byte const> archive_;
    std::size_t at_{0};
    Format format_{Format::End};
    bool begun_{false}; // format_ is of what at_ lies in
    bool done_{false};
    z_stream stream_{};
    std::byte* output_{nullptr};
    Scratch scratch_;
    CpioReader reader_;
};

void* allocate_for_zlib(void* scratch, unsigned count, unsigned size)
{
    return static_cast<Scratch*>(scratch)->carve(std::size_t{count} * size);
}

void free_for_zlib(void*, void*) { } // all of it at the end

void Unpacker::stop(std::string_view why)
{
    log("initramfs: {} (at byte {} of {}, after {}). What came before stays.", why, at_, archive_.size(),
        reader_.files() != 0 ? reader_.path() : "nothing");
    finish();
}

void Unpacker::finish()
{
    scratch_.give_back();
    done_ = true;
}

void Unpacker::begin()
{
    while (at_ < archive_.size() && archive_[at_] == std::byte{0})
        ++at_;
    format_ = format_of(rest());
    begun_ = true;
    if (format_ == Format::End) {
        if (reader_.state() != CpioReader::State::Between)
            return stop("the archive ends in the middle or without its trailer");
        return finish();
    }
    if (reader_.state() != CpioReader::State::Between)
        return stop("an archive ends without its trailer");
    if (format_ == Format::Unknown) {
        char const* const name = foreign_name(rest());
        if (name != nullptr)
            log("initramfs: it is compressed with {}.", name);
        return stop(name ? "newc archives plain, gzip or lz4 -l are understood" : "this is no newc archive");
    }
    if (format_ == Format::Gzip && !begin_gzip())
        return stop("there is no memory to inflate it");
    if (format_ == Format::Lz4) {
        at_ += 4;
        if (!scratch_.take(lz4_block))
            return stop("there is no memory for an lz4 block");
    }
}

void Unpacker::feed(std::span<std::byte const> bytes)
{
    if (reader_.feed(bytes) != bytes.size())
        stop(reader_.state() == CpioReader::State::Failed ? reader_.error()
                                                          : "something else than an archive is compressed");
}

void Unpacker::end_member()
{
    scratch_.give_back();
    begun_ = false;
}

void Unpacker::step_newc()
{
    auto const piece = rest().first(std::min(rest().size(), newc_chunk));
    std::size_t const taken = reader_.feed(piece);
    at_ += taken;
    if (reader_.state() == CpioReader::State::Failed)
        return stop(reader_.error());
    if (taken < piece.size() || at_ == archive_.size())
        begun_ = false; // something else begins, or it is over
}

bool Unpacker::begin_gzip()
{
    constexpr std::size_t for_inflate = 64 * 1024;
    constexpr int gzip_window = 15 + 16;
    if (!scratch_.take(for_inflate + inflate_chunk))
        return false;
    output_ = scratch_.carve(inflate_chunk);
    stream_ = {};
    stream_.zalloc = allocate_for_zlib;
    stream_.zfree = free_for_zlib;
    stream_.opaque = &scratch_;
    return inflateInit2(&stream_, gzip_window) == Z_OK;
}

void Unpacker::step_gzip()
{
    stream_.next_in
        = const_cast<Bytef*>(reinterpret_cast<Bytef const*>(rest().data())); // SAFETY: zlib only reads it
    stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(rest().size(), ~0u));
    stream_.next_out = reinterpret_cast<Bytef*>(output_); // SAFETY: bytes of our own
    stream_.avail_out = inflate_chunk;
    std::size_t const before = stream_.avail_in;
    int const result = inflate(&stream_, Z_NO_FLUSH);
    at_ += before - stream_.avail_in;
    feed({output_, inflate_chunk - stream_.avail_out});
    if (done_)
        return;
    if (result == Z_STREAM_END)
        return end_member();
    if (result == Z_BUF_ERROR || (result == Z_OK && stream_.avail_in == 0 && stream_.avail_out != 0))
        return stop("the gzip data end too early");
    if (result != Z_OK)
        return stop("the gzip data are damaged");
}

// A legacy frame has no end mark: it is over where no further block can begin.
void Unpacker::step_lz4()
{
    if (rest().size() < 4)
        return end_member();
    std::uint32_t size = 0;
    __builtin_memcpy(&size, rest().data(), 4);
    if (size == 0 || size > LZ4_COMPRESSBOUND(lz4_block))
        return end_member();
    if (size > rest().size() - 4)
        return stop("the lz4 data end too early");
    auto const* from = reinterpret_cast<char const*>(rest().data() + 4); // SAFETY: bytes
    auto* to = reinterpret_cast<char*>(scratch_.front()); // SAFETY: bytes of our own
    int const length = LZ4_decompress_safe(from, to, static_cast<int>(size), lz4_block);
    if (length < 0)
        return stop("the lz4 data are damaged");
    at_ += 4 + size;
    feed({scratch_.front(), static_cast<std::size_t>(length)});
}

UnpackProgress Unpacker::step()
{
    if (!done_ && !begun_)
        begin();
    if (!done_) {
        switch (format_) {
        case Format::Newc:
            step_newc();
            break;
        case Format::Gzip:
            step_gzip();
            break;
        default:
            step_lz4();
        }
    }
    return {reader_.files(), reader_.data_bytes(), at_, done_};
}

// At work only during boot, at torus 0; then its memory goes back.
Unpacker* unpacker = nullptr;
ReservedRange unpacker_range;

} // namespace

Result<void> unpack_root_start(std::span<std::byte const> archive)
{
    std::size_t const bytes = round_to_backing_page(sizeof(Unpacker));
    unpacker_range = reserve_records(bytes);
    if (!unpacker_range.commit(0, bytes))
        return unexpected{Status::NoMemory};
    unpacker
        = std::construct_at(reinterpret_cast<Unpacker*>(unpacker_range.at(0))); // SAFETY: pages of our own
    unpacker->start(archive);
    return {};
}

UnpackProgress unpack_root_step()
{
    UnpackProgress const progress = unpacker->step();
    if (progress.done) {
        std::destroy_at(unpacker);
        unpacker_range.release(0, unpacker_range.size());
        unpacker = nullptr;
    }
    return progress;
}

} // namespace torc
