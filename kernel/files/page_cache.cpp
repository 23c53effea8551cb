// SPDX-License-Identifier: MIT
#include "kernel/files/page_cache.hpp"
#include "arch/memory.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/tori/page_loans.hpp"
#include <algorithm>

namespace torc {

Result<Paddr> new_page(Inode& inode)
{
    if (inode.filesystem->pages >= inode.filesystem->page_limit)
        return unexpected{Status::NoSpace};
    return this_torus().frames.take(FrameKind::File);
}

Result<void> add_page(Inode& inode, std::uint64_t index, Paddr frame)
{
    if (auto added = inode.file().pages.insert(index, frame); !added) {
        this_torus().frames.release(frame);
        return added;
    }
    ++inode.filesystem->pages;
    ++file_records().cached_pages;
    return {};
}

Result<Paddr> inode_page(Inode& inode, std::uint64_t index, Create create)
{
    if (inode.kind != InodeKind::Regular || inode.dynamic)
        return unexpected{Status::NoSuchDevice};
    if (index >= (inode.size + page_size - 1) / page_size)
        return unexpected{Status::OutOfRange};
    Paddr const present = inode.file().pages.find(index);
    if (present.raw() != 0)
        return present;
    if (create == Create::No)
        return unexpected{Status::NotFound};
    Paddr const frame = TRY(new_page(inode));
    arch::page_clear(FramePool::pointer(frame));
    TRY(add_page(inode, index, frame));
    return frame;
}

std::span<std::uint64_t const> resident_run(Inode& inode, std::uint64_t index)
{
    std::uint64_t const end = (inode.size + page_size - 1) / page_size;
    if (inode.kind != InodeKind::Regular || inode.dynamic || index >= end)
        return {};
    auto const run = inode.file().pages.run(index);
    return run.size() <= end - index ? run : run.first(end - index);
}

void map_attach(Inode& inode, Mapping& mapping)
{
    inode.file().mappings.push_back(mapping);
    if (inode.is_far) [[unlikely]]
        far_mappings_changed(inode);
}

namespace {

Mapping* mapping_after(FileBody& body, Mapping& mapping)
{
    auto const next = std::next(body.mappings.iterator_to(mapping));
    return next == body.mappings.end() ? nullptr : &*next;
}

// What is under way, as the restart record keeps it.
struct Cutting {
    Inode& inode;
    std::uint64_t first, end; // pages
    std::uint64_t cursor; // user address where the unmapping of zap_next goes on
};

bool unmap_step(Cutting& cut)
{
    return unmap_pages_step(cut.inode, cut.first, cut.end, cut.cursor);
}

// Other tori that may have the pages and have not said yet that they have forgotten them.
Loan* awaited_loan(Cutting const& cut)
{
    Loan* const loan = cut.inode.file().loan;
    return loan != nullptr && loan->asked != 0 ? loan : nullptr;
}

bool cut_step(Cutting& cut)
{
    return unmap_step(cut) && awaited_loan(cut) == nullptr && drop_pages(cut.inode, cut.first, cut.end);
}

void keep(Thread& thread, Cutting const& cut)
{
    RestartRecord& record = thread.restart;
    if (record.kind != CallKind::Truncate) {
        record.kind = CallKind::Truncate;
        record.object = reinterpret_cast<std::uint64_t>(&cut.inode); // SAFETY: counted until the cutting ends
        record.extra[0] = cut.first;
        record.extra[1] = cut.end;
        retain(cut.inode);
        cut.inode.file().turn.holder = &thread;
    }
    record.cursor = cut.cursor;
}

void finish(Thread& thread, Inode& inode)
{
    if (thread.restart.kind != CallKind::Truncate)
        return;
    thread.restart.clear();
    inode.file().turn.give_up();
    release(inode);
}

Outcome cut_pages(Thread& thread, Cutting cut)
{
    while (!cut_step(cut)) {
        Loan* const loan = cut.inode.file().zap_next == nullptr ? awaited_loan(cut) : nullptr;
        if (loan == nullptr && !must_yield(thread))
            continue;
        keep(thread, cut);
        return loan != nullptr ? block(thread, loan->waiting, OnSignal::Never) : Outcome::again();
    }
    finish(thread, cut.inode);
    return 0;
}

Cutting kept(Thread const& thread)
{
    RestartRecord const& record = thread.restart;
    return {*reinterpret_cast<Inode*>(record.object), record.extra[0], record.extra[1],
        record.cursor}; // SAFETY: keep()
}

Outcome start_cutting(Thread& thread, Inode& inode, std::uint64_t first, std::uint64_t end)
{
    FileBody& body = inode.file();
    body.zap_next = body.mappings.empty() ? nullptr : &body.mappings.front();
    if (body.loan != nullptr && !body.pages.empty() && first < end)
        recall_pages(*body.loan, first, end);
    return cut_pages(thread, {inode, first, end, 0});
}

// Zeroes [start, end) of one page, if it is there.
void clear_part(Inode& inode, std::uint64_t start, std::uint64_t end)
{
    Paddr const frame = inode.file().pages.find(start / page_size);
    if (frame.raw() != 0 && start < end)
        __builtin_memset(
            static_cast<std::byte*>(FramePool::pointer(frame)) + start % page_size, 0, end - start);
}

} // namespace

bool unmap_pages_step(Inode& inode, std::uint64_t first, std::uint64_t last, std::uint64_t& cursor)
{
    FileBody& body = inode.file();
    if (body.zap_next == nullptr)
        return true;
    Mapping& mapping = *body.zap_next;
    std::uint64_t const base = mapping.offset / page_size;
    std::uint64_t const pages = (mapping.end - mapping.start) / page_size;
    std::uint64_t const from = std::clamp(first, base, base + pages) - base;
    std::uint64_t const to = std::clamp(last, base, base + pages) - base;
    std::uint64_t const end = mapping.start + to * page_size;
    std::uint64_t const start = std::max(mapping.start + from * page_size, cursor);
    cursor = start < end ? mapping.space->zap_step(mapping, start, end) : end;
    if (cursor >= end) {
        cursor = 0;
        body.zap_next = mapping_after(body, mapping);
    }
    return body.zap_next == nullptr;
}

void map_detach(Inode& inode, Mapping& mapping)
{
    FileBody& body = inode.file();
    if (body.zap_next == &mapping)
        body.zap_next = mapping_after(body, mapping);
    body.mappings.erase(body.mappings.iterator_to(mapping));
    if (inode.is_far) [[unlikely]]
        far_mappings_changed(inode);
}

Outcome wait_for_turn(Thread& thread, Inode& inode)
{
    return block(thread, inode.file().turn.waiting, OnSignal::KillOnly);
}

Outcome set_inode_size(Thread& thread, Inode& inode, std::uint64_t size)
{
    if (!inode.file().turn.free_for(thread))
        return wait_for_turn(thread, inode);
    std::uint64_t const before = inode.size;
    inode.size = size;
    inode.modified = inode.changed = file_time_now();
    if (size >= before)
        return 0;
    clear_part(inode, size, align_up(size, page_size));
    return start_cutting(thread, inode, align_up(size, page_size) / page_size, PageTree::page_limit);
}

Outcome punch_hole(Thread& thread, Inode& inode, std::uint64_t start, std::uint64_t end)
{
    if (!inode.file().turn.free_for(thread))
        return wait_for_turn(thread, inode);
    inode.modified = inode.changed = file_time_now();
    std::uint64_t const first = align_up(start, page_size);
    std::uint64_t const last = align_down(end, page_size);
    if (first > last) { // within one page
        clear_part(inode, start, end);
        return 0;
    }
    clear_part(inode, start, first);
    clear_part(inode, last, end);
    return start_cutting(thread, inode, first / page_size, last / page_size);
}

bool cutting(Thread const& thread)
{
    return thread.restart.kind == CallKind::Truncate;
}

Outcome go_on_cutting(Thread& thread)
{
    return cut_pages(thread, kept(thread));
}

void abandon_cutting(Thread& thread)
{
    Cutting cut = kept(thread);
    while (!unmap_step(cut)) { }
    if (Loan* const loan = awaited_loan(cut))
        return leave_cutting(*loan); // with the turn and the reference
    while (!cut_step(cut)) { }
    finish(thread, cut.inode);
}

} // namespace torc
