// SPDX-License-Identifier: MIT
#include "tests/host/arch/fake_machine.hpp"
#include "arch/memory.hpp"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace torc {
namespace {

FakeMachine* the_machine = nullptr;

void require(bool holds, char const* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "fake machine: %s\n", what);
    std::abort();
}

std::byte* map(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset)
{
    void* const p = mmap(at, bytes, protection, flags, file, offset);
    require(p != MAP_FAILED, "the host has no address space left");
    return static_cast<std::byte*>(p);
}

} // namespace

FakeMachine::FakeMachine(std::size_t ram_bytes)
    : ram_bytes_{ram_bytes}
    , file_{memfd_create("fake-ram", 0)}
{
    require(the_machine == nullptr, "two at a time");
    require(
        ram_bytes % block_size == 0 && ftruncate(file_, static_cast<off_t>(ram_bytes)) == 0, "bad RAM size");
    direct_ = map(nullptr, ram_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    window_ = map(nullptr, ram_bytes, PROT_NONE, MAP_SHARED, file_, 0);
    std::memset(direct_, 0xa5, ram_bytes); // RAM is not cleared at boot
    reserved_ = map(nullptr, reserved_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    the_machine = this;
}

FakeMachine::~FakeMachine()
{
    munmap(direct_, ram_bytes_);
    munmap(window_, ram_bytes_);
    munmap(reserved_, reserved_bytes);
    close(file_);
    the_machine = nullptr;
}

FakeMachine& FakeMachine::current()
{
    require(the_machine != nullptr, "the test has made none");
    return *the_machine;
}

void FakeMachine::take_over_memory()
{
    FrameRange const all{Paddr{ram_base}, ram_bytes_ / page_size};
    require(torus.frames.create({&all, 1}).has_value(), "the frame pool refuses the RAM");
}

Paddr FakeMachine::direct_physical(void const* p) const
{
    return Paddr{ram_base + static_cast<std::uint64_t>(static_cast<std::byte const*>(p) - direct_)};
}

Paddr FakeMachine::window_physical(void const* p) const
{
    return Paddr{ram_base + static_cast<std::uint64_t>(static_cast<std::byte const*>(p) - window_)};
}

void FakeMachine::set_private(Paddr block, bool is_private) const
{
    require(block.aligned(block_size), "a block that is none");
    mprotect(direct(block), block_size, is_private ? PROT_NONE : PROT_READ | PROT_WRITE);
    mprotect(window(block), block_size, is_private ? PROT_READ | PROT_WRITE : PROT_NONE);
}

void FakeMachine::map_reserved(Vaddr page, Paddr frame, bool writable)
{
    require(!reserved_frames_.contains(page.raw()), "a reserved page mapped twice");
    map(reinterpret_cast<void*>(page.raw()), page_size, PROT_READ | (writable ? PROT_WRITE : 0),
        MAP_SHARED | MAP_FIXED, file_, static_cast<off_t>(frame.raw() - ram_base));
    reserved_frames_[page.raw()] = frame;
}

Paddr FakeMachine::unmap_reserved(Vaddr page)
{
    auto const found = reserved_frames_.find(page.raw());
    require(found != reserved_frames_.end(), "a reserved page unmapped that is not mapped");
    Paddr const frame = found->second;
    reserved_frames_.erase(found);
    map(reinterpret_cast<void*>(page.raw()), page_size, PROT_NONE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    return frame;
}

namespace arch {

Result<void> make_private(Paddr block)
{
    FakeMachine::current().set_private(block, true);
    return {};
}

void make_shared(Paddr block)
{
    FakeMachine::current().set_private(block, false);
}

Result<void> map_reserved(Vaddr page, Paddr frame, ReservedUse use)
{
    FakeMachine::current().map_reserved(page, frame, use == ReservedUse::ReadWrite);
    return {};
}

Paddr unmap_reserved(Vaddr page)
{
    return FakeMachine::current().unmap_reserved(page);
}

void* direct(Paddr p)
{
    return FakeMachine::current().direct(p);
}

Paddr direct_to_physical(void const* p)
{
    return FakeMachine::current().direct_physical(p);
}

void* private_pointer(unsigned, Paddr p)
{
    return FakeMachine::current().window(p);
}

Paddr private_physical(unsigned, void const* p)
{
    return FakeMachine::current().window_physical(p);
}

void* reserved_pointer(unsigned, std::uint64_t offset)
{
    return FakeMachine::current().reserved(offset);
}

void sync_instructions(void const*)
{
    ++FakeMachine::current().instruction_syncs;
}

void page_clear(void* page)
{
    std::memset(page, 0, page_size);
}

void page_copy(void* to, void const* from)
{
    std::memcpy(to, from, page_size);
}

} // namespace arch
} // namespace torc
