// SPDX-License-Identifier: MIT
#include "kernel/files/cpio_reader.hpp"
#include "arch/memory.hpp"
#include "kernel/files/archive_place.hpp"
#include "kernel/files/file_flags.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/name_link.hpp"
#include "kernel/files/page_cache.hpp"
#include "kernel/log.hpp"
#include <algorithm>

namespace torc {

// ---- hard links -----------------------------------------------------------------------------------------

Inode* HardLinks::find(std::uint64_t device, std::uint64_t number) const
{
    for (Page* page = pages_; page != nullptr; page = page->next)
        for (Entry const& entry : std::span{page->entries, page->count})
            if (entry.device == device && entry.number == number)
                return entry.inode;
    return nullptr;
}

Result<void> HardLinks::add(std::uint64_t device, std::uint64_t number, Inode& inode)
{
    if (pages_ == nullptr || pages_->count == Page::size) {
        Paddr const frame = TRY(this_torus().frames.take(FrameKind::File));
        auto* const page = static_cast<Page*>(FramePool::pointer(frame));
        page->next = pages_;
        page->count = 0;
        pages_ = page;
    }
    pages_->entries[pages_->count++] = {device, number, &inode};
    retain(inode);
    return {};
}

void HardLinks::clear()
{
    while (pages_ != nullptr) {
        Page* const page = pages_;
        pages_ = page->next;
        for (Entry const& entry : std::span{page->entries, page->count})
            release(*entry.inode);
        this_torus().frames.release(arch::direct_to_physical(page));
    }
}

// ---- the stream -----------------------------------------------------------------------------------------

namespace {

constexpr std::uint32_t pad4(std::uint64_t n)
{
    return static_cast<std::uint32_t>(-n & 3);
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool parse_hex(char const* text, std::uint32_t& value)
{
    value = 0;
    for (unsigned i = 0; i < 8; ++i) {
        int const digit = hex_digit(text[i]);
        if (digit < 0)
            return false;
        value = value << 4 | static_cast<std::uint32_t>(digit);
    }
    return true;
}

InodeKind kind_of(std::uint32_t mode)
{
    switch (mode & file_mode::type_mask) {
    case file_mode::directory:
        return InodeKind::Directory;
    case file_mode::symlink:
        return InodeKind::Symlink;
    case file_mode::fifo:
        return InodeKind::Fifo;
    case file_mode::char_device:
        return InodeKind::CharDevice;
    case file_mode::block_device:
        return InodeKind::BlockDevice;
    case file_mode::socket:
        return InodeKind::Socket;
    default:
        return InodeKind::Regular;
    }
}

} // namespace

void CpioReader::fail(std::string_view why)
{
    error_ = why;
    state_ = State::Failed;
    drop_target();
    links_.clear();
}

void CpioReader::drop_target()
{
    if (target_ != nullptr)
        release(*target_);
    target_ = nullptr;
}

std::size_t CpioReader::collect(std::span<std::byte const> bytes, char* to, std::size_t wanted)
{
    std::size_t const n = std::min(bytes.size(), wanted - have_);
    __builtin_memcpy(to + have_, bytes.data(), n);
    have_ += n;
    return n;
}

std::size_t CpioReader::skip(std::span<std::byte const> bytes)
{
    std::size_t const n = std::min<std::size_t>(bytes.size(), padding_);
    padding_ -= static_cast<std::uint32_t>(n);
    return n;
}

std::size_t CpioReader::feed(std::span<std::byte const> bytes)
{
    std::size_t done = 0;
    while (state_ != State::Failed) {
        std::size_t taken = 0;
        auto const rest = bytes.subspan(done);
        // A part may be empty (a file without data): it ends without a further byte.
        bool const empty_part
            = (state_ == State::Data || state_ == State::Link) && entry_.size == have_ && padding_ == 0;
        if (rest.empty() && !empty_part)
            break;
        if (padding_ != 0) {
            taken = skip(rest);
        } else if (state_ == State::Between) {
            if (rest.front() == std::byte{0}) {
                taken = 1;
            } else if (rest.front() == std::byte{'0'}) {
                state_ = State::Header;
                have_ = 0;
            } else {
                break;
            }
        } else if (state_ == State::Header) {
            taken = collect(rest, header_, header_size);
            if (have_ == header_size)
                parse_header();
        } else if (state_ == State::Path) {
            taken = collect(rest, path_, entry_.name_size);
            if (have_ == entry_.name_size)
                begin_entry();
        } else {
            taken = state_ == State::Link ? collect(rest, link_, entry_.size) : write_data(rest);
            if (state_ != State::Failed && have_ == entry_.size)
                end_entry();
        }
        done += taken;
    }
    return done;
}

void CpioReader::parse_header()
{
    std::string_view const magic{header_, 6};
    if (magic != "070701" && magic != "070702")
        return fail("there is no newc header where one should be");
    std::uint32_t* const fields[] = {&entry_.number, &entry_.mode, &entry_.uid, &entry_.gid, &entry_.links,
        &entry_.modified, &entry_.size, &entry_.device_major, &entry_.device_minor, &entry_.special_major,
        &entry_.special_minor, &entry_.name_size};
    for (std::size_t i = 0; i < std::size(fields); ++i)
        if (!parse_hex(header_ + 6 + 8 * i, *fields[i]))
            return fail("a header has something else than hexadecimal digits");
    if (entry_.name_size == 0 || entry_.name_size > sizeof path_)
        return fail("an entry's name is empty or too long");
    state_ = State::Path;
    have_ = 0;
}

void CpioReader::begin_entry()
{
    path_length_ = entry_.name_size - 1;
    if (path_[path_length_] != '\0')
        return fail("an entry's name does not end");
    path_length_ = std::string_view{path_, path_length_}.find('\0') == std::string_view::npos
        ? path_length_
        : __builtin_strlen(path_);
    padding_ = pad4(header_size + entry_.name_size);
    have_ = 0;
    if (path() == "TRAILER!!!") {
        links_.clear();
        state_ = State::Between;
        return;
    }
    begin_contents();
}

void CpioReader::begin_contents()
{
    bool const link = kind_of(entry_.mode) == InodeKind::Symlink;
    if (link && (entry_.size == 0 || entry_.size >= sizeof link_))
        return fail("a symbolic link is empty or too long");
    state_ = link ? State::Link : State::Data;
    if (link)
        return; // made when its text is there
    if (auto made = make_entry(); !made) {
        if (made.error() == Status::NoMemory || made.error() == Status::NoSpace)
            return fail("there is no memory for more");
        log("initramfs: cannot make {}: {}.", path(), status_text(made.error()));
    }
}

void CpioReader::end_entry()
{
    if (state_ == State::Link)
        finish_link();
    if (state_ == State::Failed)
        return;
    if (target_ != nullptr)
        finish_inode(*target_);
    drop_target();
    padding_ = pad4(entry_.size);
    state_ = State::Header;
    have_ = 0;
    ++files_;
}

// ---- entries --------------------------------------------------------------------------------------------

void CpioReader::finish_inode(Inode& inode) const
{
    inode.permissions = static_cast<std::uint16_t>(entry_.mode & file_mode::permissions);
    inode.uid = entry_.uid;
    inode.gid = entry_.gid;
    inode.accessed = inode.modified = FileTime{entry_.modified} * 1'000'000'000;
}

// Links without disturbing the time that the archive gave the directory.
static Result<void> link_quietly(ArchivePlace const& place, Inode& inode)
{
    Inode& directory = *place.directory->inode;
    FileTime const modified = directory.modified;
    auto linked = link_name(*place.directory, place.last, place.hash, inode);
    directory.modified = modified;
    if (!linked)
        return unexpected{linked.error()};
    return {};
}

Result<void> CpioReader::make_entry()
{
    ArchivePlace place = TRY(find_archive_place(*file_records().root.name, path()));
    InodeKind const kind = kind_of(entry_.mode);
    if (place.found != nullptr && kind == InodeKind::Directory && place.found->inode->is_directory()) {
        finish_inode(*place.found->inode);
        return {};
    }
    if (place.found != nullptr && !(kind == InodeKind::Regular && place.found->inode->kind == kind)) {
        bool const stays = place.last.empty()
            || (place.found->inode->is_directory() && !place.found->inode->body.directory.names.empty());
        if (stays)
            return unexpected{Status::NotEmpty};
        unlink_name(*place.found);
        place.found = nullptr;
    }
    return kind == InodeKind::Regular ? make_file(place) : make_other(place, kind);
}

Result<void> CpioReader::make_file(ArchivePlace const& place)
{
    std::uint64_t const device = std::uint64_t{entry_.device_major} << 32 | entry_.device_minor;
    Inode* const known = entry_.links > 1 ? links_.find(device, entry_.number) : nullptr;
    if (known != nullptr && place.found == nullptr)
        TRY(link_quietly(place, *known));
    Inode* inode = known ? known : place.found ? place.found->inode : nullptr;
    if (inode != nullptr) {
        retain(*inode);
    } else {
        inode = TRY(create_inode(*place.directory->inode->filesystem, InodeKind::Regular, 0));
        if (auto linked = link_quietly(place, *inode); !linked) {
            release(*inode);
            return linked;
        }
    }
    target_ = inode;
    if (entry_.links > 1 && known == nullptr)
        TRY(links_.add(device, entry_.number, *inode));
    if (entry_.size != 0 || known == nullptr) { // anew; the data of a linked file come with one of its names
        inode->size = 0;
        while (!drop_pages(*inode, 0, PageTree::page_limit)) { }
    }
    return {};
}

Result<void> CpioReader::make_other(ArchivePlace const& place, InodeKind kind)
{
    Inode* const inode = TRY(create_inode(*place.directory->inode->filesystem, kind, 0));
    if (kind == InodeKind::Directory)
        inode->size = 2 * entry_size;
    inode->device = {entry_.special_major & 0xfff, entry_.special_minor & 0xfffff};
    auto linked = link_quietly(place, *inode);
    if (linked)
        finish_inode(*inode);
    release(*inode);
    return linked;
}

void CpioReader::finish_link()
{
    std::string_view const text{link_, entry_.size};
    auto const make = [&]() -> Result<void> {
        ArchivePlace const place = TRY(find_archive_place(*file_records().root.name, path()));
        if (place.found != nullptr && (place.found->inode->is_directory() || place.last.empty()))
            return unexpected{Status::IsDirectory};
        Inode* const inode = TRY(create_inode(*place.directory->inode->filesystem, InodeKind::Symlink, 0777));
        auto done = set_link_text(*inode, text);
        if (!done)
            inode->size = 0;
        if (done && place.found != nullptr)
            unlink_name(*place.found);
        if (done)
            done = link_quietly(place, *inode);
        finish_inode(*inode);
        release(*inode);
        return done;
    };
    if (auto made = make(); !made) {
        if (made.error() == Status::NoMemory || made.error() == Status::NoSpace)
            return fail("there is no memory for more");
        log("initramfs: cannot make {}: {}.", path(), status_text(made.error()));
    }
}

Result<void> CpioReader::write_page(std::byte const* from, std::size_t in_page, std::size_t n)
{
    std::uint64_t const index = have_ / page_size;
    Paddr frame = target_->file().pages.find(index);
    if (frame.raw() == 0) {
        frame = TRY(new_page(*target_));
        auto* const bytes = static_cast<std::byte*>(FramePool::pointer(frame));
        __builtin_memset(bytes, 0, in_page);
        __builtin_memset(bytes + in_page + n, 0, page_size - in_page - n);
        TRY(add_page(*target_, index, frame));
    }
    __builtin_memcpy(static_cast<std::byte*>(FramePool::pointer(frame)) + in_page, from, n);
    target_->size = std::max(target_->size, have_ + n);
    return {};
}

// One page of a file at most. Data of an entry that could not be made, or of anything but a file, is skipped.
std::size_t CpioReader::write_data(std::span<std::byte const> bytes)
{
    std::size_t const in_page = have_ % page_size;
    std::size_t const n = std::min({bytes.size(), page_size - in_page, std::size_t{entry_.size - have_}});
    if (n != 0 && target_ != nullptr && !write_page(bytes.data(), in_page, n)) {
        fail("there is no memory for more");
        return 0;
    }
    have_ += n;
    data_bytes_ += n;
    return n;
}

} // namespace torc
