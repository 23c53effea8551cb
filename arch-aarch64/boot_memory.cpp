// SPDX-License-Identifier: MIT
#include "arch-aarch64/boot_memory.hpp"

#include "arch-aarch64/boot_steps.hpp"
#include "arch-aarch64/image.hpp"
#include "arch-aarch64/kernel_map.hpp"
#include "arch/memory.hpp"
#include "kernel/log.hpp"

#include <algorithm>

namespace torc::arch {
namespace {

// Enough for the tree's map (5), the console's and the power block's windows (5) and the first block of the
// direct map (3).
constexpr unsigned image_page_count = 16;
alignas(page_size) constinit std::byte image_pages[image_page_count][page_size]{};

struct BootMemory {
    unsigned image_pages_used{0};
    dt::FreeRanges* free{nullptr};
    bool has_block{false}; // until then, pages come from the image
    Paddr next{}, end{}; // what is left of the current block
};
constinit BootMemory memory{}; // owner: the boot core, until finish_boot_memory()

Result<Paddr> take_from_image()
{
    if (memory.image_pages_used == image_page_count)
        return unexpected{Status::NoMemory};
    return physical_of_image(image_pages[memory.image_pages_used++]); // bss: cleared
}

// The last whole blocks of the largest range, so that low memory, which some devices need, stays free.
Result<dt::Region> last_blocks(dt::FreeRanges const& free, std::uint64_t blocks)
{
    dt::Region best{};
    for (dt::Region const& range : free.ranges()) {
        if (range.size > best.size && range.base.raw() + range.size <= shared_map_limit)
            best = range;
    }
    std::uint64_t const first = align_up(best.base.raw(), block_size),
                        end = align_down(best.base.raw() + best.size, block_size);
    if (first >= end)
        return unexpected{Status::NoMemory};
    std::uint64_t const size = std::min(blocks * block_size, end - first);
    return dt::Region{Paddr{end - size}, size};
}

} // namespace

Result<dt::Region> take_boot_blocks(std::uint64_t blocks)
{
    if (memory.free == nullptr)
        return unexpected{Status::NoMemory};
    dt::Region const run = TRY(last_blocks(*memory.free, blocks));
    memory.free->remove(run);
    return run;
}

Result<Paddr> take_boot_block()
{
    Paddr const block = TRY(take_boot_blocks(1)).base;
    TRY(map_direct(block, block_size));
    return block;
}

Result<void> start_boot_memory(dt::FreeRanges& free)
{
    memory.free = &free;
    Paddr const block = TRY(take_boot_block());
    memory.next = block;
    memory.end = block + block_size;
    memory.has_block = true;
    return {};
}

Result<Paddr> take_boot_page()
{
    if (!memory.has_block)
        return take_from_image();
    if (memory.next == memory.end)
        return unexpected{Status::NoMemory};
    Paddr const page = memory.next;
    memory.next = memory.next + page_size;
    page_clear(direct(page));
    return page;
}

FrameRange machine_memory()
{
    std::uint64_t first = window_linear, last = 0;
    for (dt::Region const& range : boot_memory_map().mappable.ranges()) {
        first = std::min(first, range.base.raw());
        last = std::max(last, std::min(range.base.raw() + range.size, window_linear));
    }
    return first < last ? FrameRange{Paddr{first}, (last - first) / page_size} : FrameRange{};
}

void finish_boot_memory()
{
    std::uint64_t const left = memory.end - memory.next;
    if (left != 0 && !memory.free->add({memory.next, left}))
        log("{} KiB are lost: memory has too many separate ranges.", left / 1024);
    memory.next = memory.end;
}

} // namespace torc::arch
