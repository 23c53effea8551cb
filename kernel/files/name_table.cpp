// SPDX-License-Identifier: MIT
#include "kernel/files/name_table.hpp"
#include "kernel/files/file_records.hpp"

namespace torc {

BucketPage* NameTable::new_page()
{
    BucketPage* page = file_records().bucket_pages.allocate();
    if (page != nullptr)
        for (auto& bucket : page->buckets)
            bucket = nullptr;
    return page;
}

Result<void> NameTable::start()
{
    pages_[0] = new_page();
    if (pages_[0] == nullptr)
        return unexpected{Status::NoMemory};
    low_size_ = buckets_ = BucketPage::size;
    return {};
}

Result<void> NameTable::insert(Name& name)
{
    if (buckets_ == 0)
        TRY(start());
    Name*& first = bucket(place(*name.parent, name.hash));
    name.next_in_bucket = first;
    first = &name;
    if (++count_ > buckets_)
        grow();
    return {};
}

void NameTable::remove(Name& name)
{
    Name** link = &bucket(place(*name.parent, name.hash));
    while (*link != &name)
        link = &(*link)->next_in_bucket;
    *link = name.next_in_bucket;
    name.next_in_bucket = nullptr;
    --count_;
    // Far below the size it grew at, so that a table at the edge does not swing.
    if (count_ < buckets_ / 4 && buckets_ > BucketPage::size)
        shrink();
}

// One bucket more: splits the one that its names hide in so far. Without memory the chains just stay longer.
void NameTable::grow()
{
    if (buckets_ == page_limit * BucketPage::size)
        return;
    if (buckets_ % BucketPage::size == 0) {
        BucketPage* page = new_page();
        if (page == nullptr)
            return;
        pages_[buckets_ / BucketPage::size] = page;
    }
    std::uint32_t const source = buckets_ - low_size_;
    Name* name = bucket(source);
    bucket(source) = nullptr;
    if (++buckets_ == low_size_ * 2)
        low_size_ *= 2;
    while (name != nullptr) {
        Name* const next = name->next_in_bucket;
        Name*& first = bucket(place(*name->parent, name->hash));
        name->next_in_bucket = first;
        first = name;
        name = next;
    }
}

void NameTable::shrink()
{
    if (buckets_ == low_size_)
        low_size_ /= 2;
    std::uint32_t const last = --buckets_;
    Name** end = &bucket(last - low_size_);
    while (*end != nullptr)
        end = &(*end)->next_in_bucket;
    *end = bucket(last);
    bucket(last) = nullptr;
    if (last % BucketPage::size == 0) {
        file_records().bucket_pages.free(pages_[last / BucketPage::size]);
        pages_[last / BucketPage::size] = nullptr;
    }
}

void NameTable::clear_pages()
{
    for (unsigned i = 0; i * BucketPage::size < buckets_; ++i) {
        file_records().bucket_pages.free(pages_[i]);
        pages_[i] = nullptr;
    }
    buckets_ = 0;
    low_size_ = BucketPage::size;
}

} // namespace torc
