// SPDX-License-Identifier: MIT
// Sets that watch sets: no loops, at most five sets above one another, and few ways from a file to the top,
// so that one wake-up stays a bounded piece of work. The bounds are Linux's.
#include "kernel/files/file_records.hpp"
#include "kernel/poll/epoll_set.hpp"
#include <algorithm>

namespace torc {
namespace {

constexpr unsigned most_nests = 4, too_deep = ~0u / 2;

// Sets below this one on the longest way down; too_deep also when the way leads to `from`. Each set is looked
// at once in a search.
unsigned depth_below(EpollSet& set, EpollSet const& from, std::uint64_t search, unsigned level)
{
    if (set.mark == search)
        return set.depth;
    set.mark = search;
    unsigned deepest = 0;
    if (set.nested != 0)
        for (EpollItem& item : set.items) {
            if (item.file->kind != FileKind::Epoll)
                continue;
            EpollSet& inner = *item.file->epoll;
            if (&inner == &from || level > most_nests)
                deepest = too_deep;
            else
                deepest = std::max(deepest, depth_below(inner, from, search, level + 1) + 1);
            if (deepest > most_nests)
                break;
        }
    return set.depth = deepest;
}

unsigned depth_above(EpollSet& set, std::uint64_t search)
{
    if (set.mark == search)
        return set.depth;
    unsigned highest = 0;
    for (EpollItem* item = set.file != nullptr ? first_item(*set.file) : nullptr; item != nullptr;
        item = item->next_of_file)
        highest = std::max(highest, depth_above(*item->set, search) + 1);
    set.mark = search;
    return set.depth = highest;
}

// Counts the ways that end at each level above a file.
class WayCount final {
public:
    bool few_above(OpenFile const& file, unsigned level)
    {
        if (level > most_nests)
            return false;
        for (EpollItem const* item = first_item(file); item != nullptr; item = item->next_of_file) {
            OpenFile const* const outer = item->set->file;
            bool const ends = outer == nullptr || outer->first_item == 0;
            if (!(ends ? count(level) : few_above(*outer, level + 1)))
                return false;
        }
        return true;
    }

private:
    bool count(unsigned level)
    {
        constexpr unsigned limits[most_nests + 1] = {1000, 500, 100, 50, 10};
        return level == 0 || ++counts_[level] <= limits[level];
    }
    unsigned counts_[most_nests + 1]{};
};

} // namespace

Result<void> check_nesting(EpollSet& set, EpollSet& inner)
{
    std::uint64_t const search = ++file_records().epoll_searches;
    unsigned const below = depth_below(inner, set, search, 0);
    if (below > most_nests || below + 1 + depth_above(set, search) > most_nests)
        return unexpected{Status::Loop};
    return {};
}

Result<void> check_ways(EpollItem const& item)
{
    OpenFile const& file = *item.file;
    bool const is_set = file.kind == FileKind::Epoll;
    // Of a set those to what it watches count: it has to watch something.
    if (is_set && file.epoll->items.empty())
        return {};
    if (!WayCount{}.few_above(file, is_set ? 1 : 0))
        return unexpected{Status::BadArgument};
    return {};
}

} // namespace torc
