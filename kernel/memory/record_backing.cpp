// SPDX-License-Identifier: MIT
#include "kernel/memory/record_backing.hpp"
#include "arch/memory.hpp"
#include "kernel/planes.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

void release(void* context, void* start, std::size_t bytes)
{
    auto& torus = *static_cast<Torus*>(context);
    auto const first = reinterpret_cast<std::uint64_t>(start); // SAFETY: a range commit() backed
    for (std::uint64_t page = first; page < first + bytes; page += page_size)
        torus.frames.release(arch::unmap_reserved(Vaddr{page}));
}

bool commit(void* context, void* start, std::size_t bytes)
{
    auto& torus = *static_cast<Torus*>(context);
    auto const first = reinterpret_cast<std::uint64_t>(start); // SAFETY: within the range reserved below
    for (std::uint64_t page = first; page < first + bytes; page += page_size) {
        Result<Paddr> const frame = torus.frames.take_private(FrameKind::Record);
        if (frame && arch::map_reserved(Vaddr{page}, *frame))
            continue;
        if (frame)
            torus.frames.release(*frame);
        release(context, start, page - first);
        return false;
    }
    return true;
}

} // namespace

Handle plane_prefix(PlaneNumber plane)
{
    TorusId const torus{static_cast<std::uint16_t>(this_torus().number)};
    return {MachineId{}, torus, PlaneId{static_cast<std::uint16_t>(plane)}, CellIndex{}, 0};
}

ReservedRange reserve_records(std::size_t bytes)
{
    Torus& torus = this_torus();
    std::size_t const size = align_up(bytes, page_size);
    void* const base = arch::reserved_pointer(torus.number, torus.reserved);
    torus.reserved += size + page_size;
    return {base, size, Backing{commit, release, &torus}};
}

} // namespace torc
