// SPDX-License-Identifier: MIT
// What was written or echoed and not yet sent, as it goes to the line. Programs leave the last part of the
// ring to echo, so that what is typed shows while a program writes as fast as it can.
#pragma once
#include <algorithm>
#include <cstddef>
#include <span>

namespace torc {

class OutputQueue final {
public:
    static constexpr std::size_t capacity = 4096;
    static constexpr std::size_t kept_for_echo = 1024;

    bool empty() const { return head_ == tail_; }
    std::size_t size() const { return head_ - tail_; }
    std::size_t room() const { return capacity - size(); }
    std::size_t room_for_programs() const
    {
        std::size_t const free = room();
        return free > kept_for_echo ? free - kept_for_echo : 0;
    }
    void push(char c) { bytes_[head_++ % capacity] = c; } // only when there is room
    std::span<char const> front() const
    {
        std::size_t const start = tail_ % capacity;
        return {bytes_ + start, std::min(size(), capacity - start)};
    }
    void consume(std::size_t count) { tail_ += count; }
    void clear() { tail_ = head_; }

private:
    std::size_t head_{0}, tail_{0}; // offsets grow for ever
    char bytes_[capacity];
};

} // namespace torc
