// SPDX-License-Identifier: MIT
// What was typed and not yet read: a ring of bytes in which the ends of lines are marked. Bytes before
// `lines_end` belong to complete lines; the rest is the line being edited. Outside canonical mode nothing is
// marked and everything counts as readable. Offsets grow for ever; the ring's place is the offset modulo its
// size.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace torc {

class InputQueue final {
public:
    static constexpr std::size_t capacity = 8192;
    static constexpr std::size_t line_limit = 4096; // bytes of one line with its end

    std::size_t size() const { return head_ - tail_; }
    std::size_t room() const { return capacity - size(); }
    std::size_t line_bytes() const { return head_ - lines_end_; } // being edited
    std::size_t bytes_in_lines() const { return lines_end_ - tail_; }

    void push(std::uint8_t byte) { bytes_[head_++ % capacity] = static_cast<char>(byte); }
    // Ends the line being edited with this byte; 0 stands for the end of file: it is not read itself.
    void push_line_end(std::uint8_t byte)
    {
        set_mark(head_);
        push(byte);
        lines_end_ = head_;
    }
    void replace_last(std::uint8_t byte) { bytes_[(head_ - 1) % capacity] = static_cast<char>(byte); }
    void drop_line(std::size_t left) { head_ = lines_end_ + left; } // keeps its first `left` bytes
    std::uint8_t line_byte(std::size_t i) const { return at(lines_end_ + i); }
    void clear()
    {
        clear_marks(size());
        tail_ = lines_end_ = head_;
    }

    // Canonical mode comes or goes: what is there becomes one unmarked run, or one line.
    void forget_lines();
    void make_one_line();

    // The bytes a read of `wanted` takes from the first line: never the end-of-file mark.
    struct Line {
        std::size_t bytes{0};
        std::size_t consumed{0}; // more than bytes when an end of file goes with them
    };
    Line first_line(std::size_t wanted) const;
    // From the front, as far as the ring goes without a wrap.
    std::span<char const> front(std::size_t most) const
    {
        std::size_t const start = tail_ % capacity;
        return {bytes_ + start, std::min({most, size(), capacity - start})};
    }
    void consume(std::size_t count);
    std::size_t readable_in_lines() const; // FIONREAD: without end-of-file marks

private:
    std::uint8_t at(std::size_t offset) const { return static_cast<std::uint8_t>(bytes_[offset % capacity]); }
    bool is_marked(std::size_t offset) const
    {
        std::size_t const place = offset % capacity;
        return marks_[place / 64] >> (place % 64) & 1;
    }
    void set_mark(std::size_t offset)
    {
        std::size_t const place = offset % capacity;
        marks_[place / 64] |= 1ull << (place % 64);
    }
    std::size_t next_mark(std::size_t from, std::size_t end) const; // `end` if there is none before it
    void clear_marks(std::size_t count); // of the first bytes

    std::size_t head_{0}, lines_end_{0}, tail_{0};
    std::uint64_t marks_[capacity / 64]{};
    char bytes_[capacity];
};

} // namespace torc
