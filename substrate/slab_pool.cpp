// SPDX-License-Identifier: MIT
// The slow paths: a slab is backed, emptied or given back.
#include "substrate/slab_pool.hpp"

namespace torc {

namespace {
constexpr std::uint32_t slabs_per_table_page = backing_page / 16;
constexpr unsigned grain = 32; // table entries dropped at a time: a bounded step
}

void SlabPool::open(ReservedRange range, std::uint32_t limit)
{
    invariant(table_ == nullptr && range.size() >= bytes_for(geometry_, limit));
    slab_limit_ = (limit + geometry_.records - 1) / geometry_.records;
    limit_ = limit;
    table_range_ = range.carve(slab_limit_ * sizeof(Slab));
    record_range_ = range;
    table_ = static_cast<Slab*>(static_cast<void*>(table_range_.at(0)));
    records_ = record_range_.at(0);
}

// Makes partial_ name a slab with a free record, or changes nothing.
bool SlabPool::offer_slab()
{
    if (spare_ != 0) {
        Slab& slab = table_[spare_ - 1];
        spare_ = 0;
        link(partial_, slab);
        return true;
    }
    if (vacant_ != 0) {
        std::uint32_t const number = vacant_ - 1;
        Slab& slab = table_[number];
        unlink(vacant_, slab);
        if (back(number))
            return true;
        link(vacant_, slab);
        return false;
    }
    if (!raise_high_water())
        return false;
    if (back(high_water_ - 1))
        return true;
    lower_high_water();
    return false;
}

bool SlabPool::back(std::uint32_t number)
{
    auto const offset = static_cast<std::size_t>(number) << geometry_.slab_shift;
    if (!record_range_.commit(offset, geometry_.slab_bytes()))
        return false;
    poison(records_ + offset, geometry_.slab_bytes());
    // Only the first bytes of a record carry the link; a fresh record is unpoisoned when it is taken.
    table_[number] = {.live = 0, .fresh = 0, .free_head = 0, .backed = 1, .next = 0, .previous = 0};
    link(partial_, table_[number]);
    return true;
}

bool SlabPool::raise_high_water()
{
    if (high_water_ == slab_limit_)
        return false;
    if (high_water_ % slabs_per_table_page == 0
        && !table_range_.commit(high_water_ * sizeof(Slab), backing_page))
        return false;
    table_[high_water_++] = {};
    return true;
}

// Drops unbacked slabs at the top, so that a pool that emptied gives its table back as well.
void SlabPool::lower_high_water()
{
    for (unsigned step = 0; step < grain && high_water_ != 0 && table_[high_water_ - 1].backed == 0; ++step) {
        Slab& top = table_[high_water_ - 1];
        if (vacant_ == high_water_ || top.next != 0 || top.previous != 0)
            unlink(vacant_, top);
        --high_water_;
        if (high_water_ % slabs_per_table_page == 0)
            table_range_.release(high_water_ * sizeof(Slab), backing_page);
    }
}

// A slab lost its last record: it stays when it is the only one to allocate from, or becomes the spare.
void SlabPool::emptied(Slab& slab)
{
    bool const alone = partial_ == number_of(slab) + 1 && slab.next == 0;
    if (alone) {
        resting_ = partial_;
        return;
    }
    unlink(partial_, slab);
    if (spare_ == 0)
        spare_ = number_of(slab) + 1;
    else
        give_back(slab);
}

void SlabPool::give_back(Slab& slab)
{
    auto const offset = static_cast<std::size_t>(number_of(slab)) << geometry_.slab_shift;
    unpoison(records_ + offset, geometry_.slab_bytes()); // the pages may serve someone else
    record_range_.release(offset, geometry_.slab_bytes());
    slab.backed = 0;
    link(vacant_, slab);
    lower_high_water();
}

bool SlabPool::trim()
{
    if (spare_ != 0) {
        Slab& slab = table_[spare_ - 1];
        spare_ = 0;
        give_back(slab);
    }
    if (resting_ != 0 && resting_ <= high_water_) {
        Slab& slab = table_[resting_ - 1];
        if (slab.backed != 0 && slab.live == 0) {
            unlink(partial_, slab);
            give_back(slab);
        }
    }
    resting_ = 0;
    lower_high_water();
    return high_water_ != 0 && table_[high_water_ - 1].backed == 0;
}

void SlabPool::link(std::uint32_t& list, Slab& slab)
{
    std::uint32_t const name = number_of(slab) + 1;
    slab.next = list;
    slab.previous = 0;
    if (list != 0)
        table_[list - 1].previous = name;
    list = name;
}

void SlabPool::unlink(std::uint32_t& list, Slab& slab)
{
    if (slab.next != 0)
        table_[slab.next - 1].previous = slab.previous;
    if (slab.previous != 0)
        table_[slab.previous - 1].next = slab.next;
    else
        list = slab.next;
    slab.next = slab.previous = 0;
}

} // namespace torc
