// SPDX-License-Identifier: MIT
#include "kernel/terminal/input_queue.hpp"

namespace torc {

std::size_t InputQueue::next_mark(std::size_t from, std::size_t end) const
{
    while (from < end) {
        std::size_t const place = from % capacity;
        std::uint64_t const word = marks_[place / 64] >> (place % 64);
        if (word != 0)
            return std::min(end, from + static_cast<std::size_t>(__builtin_ctzll(word)));
        from += 64 - place % 64;
    }
    return end;
}

void InputQueue::clear_marks(std::size_t count)
{
    for (std::size_t i = next_mark(tail_, tail_ + count); i < tail_ + count;
        i = next_mark(i, tail_ + count)) {
        std::size_t const place = i % capacity;
        marks_[place / 64] &= ~(1ull << (place % 64));
    }
}

void InputQueue::forget_lines()
{
    clear_marks(size());
    lines_end_ = tail_;
}

void InputQueue::make_one_line()
{
    clear_marks(size());
    if (size() != 0)
        set_mark(head_ - 1);
    lines_end_ = head_;
}

InputQueue::Line InputQueue::first_line(std::size_t wanted) const
{
    if (wanted == 0 || lines_end_ == tail_)
        return {};
    std::size_t const limit = std::min(lines_end_, tail_ + wanted);
    std::size_t const end = next_mark(tail_, limit);
    bool const ended = end < limit;
    std::size_t const bytes = end - tail_ + (ended && at(end) != 0);
    // The end of file goes with the line's last bytes, also when they fill the caller's buffer exactly.
    bool const end_of_file_next = !ended && limit < lines_end_ && is_marked(limit) && at(limit) == 0;
    return {bytes, (ended ? end + 1 : limit) - tail_ + end_of_file_next};
}

void InputQueue::consume(std::size_t count)
{
    clear_marks(count);
    tail_ += count;
    if (lines_end_ < tail_) // outside canonical mode
        lines_end_ = tail_;
}

std::size_t InputQueue::readable_in_lines() const
{
    std::size_t count = bytes_in_lines();
    for (std::size_t i = next_mark(tail_, lines_end_); i < lines_end_; i = next_mark(i + 1, lines_end_))
        count -= at(i) == 0;
    return count;
}

} // namespace torc
