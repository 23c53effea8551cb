// SPDX-License-Identifier: MIT
// Lines of a torus's log on their way to torus 0: a ring of bytes with one writer and one reader. Nobody
// waits: a line that finds no room is lost and counted.
//
// Ordering. The writer acquires `tail_` before it writes over what the reader has taken, and releases `head_`
// behind the bytes; the reader the other way round.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace torc {

class LinePipe final {
public:
    static constexpr std::size_t longest = 512; // of a line; the rest is cut off

    struct Header {
        std::uint64_t ticks;
        std::uint16_t priority;
        std::uint16_t length;
        std::uint32_t reserved;
    };

    // The writer's.
    void put(std::uint64_t ticks, std::uint16_t priority, std::string_view text)
    {
        text = text.substr(0, longest);
        std::uint32_t const head = head_.load(std::memory_order_relaxed);
        std::uint32_t const used = head - tail_.load(std::memory_order_acquire);
        if (capacity - used < sizeof(Header) + text.size()) {
            lost_.store(lost_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
            return;
        }
        Header const header{ticks, priority, static_cast<std::uint16_t>(text.size()), 0};
        write(head, &header, sizeof header);
        write(head + sizeof header, text.data(), text.size());
        head_.store(
            head + static_cast<std::uint32_t>(sizeof header + text.size()), std::memory_order_release);
    }

    // The reader's: the oldest line. False: there is none. What the writer says is not trusted.
    bool take(Header& header, std::span<char, longest> text)
    {
        std::uint32_t const tail = tail_.load(std::memory_order_relaxed);
        std::uint32_t const used = head_.load(std::memory_order_acquire) - tail;
        if (used < sizeof header || used > capacity)
            return false;
        read(tail, &header, sizeof header);
        header.length = static_cast<std::uint16_t>(
            std::min<std::size_t>({header.length, longest, used - sizeof header}));
        read(tail + sizeof header, text.data(), header.length);
        tail_.store(
            tail + static_cast<std::uint32_t>(sizeof header + header.length), std::memory_order_release);
        return true;
    }
    // How many were lost since it was last asked.
    std::uint32_t take_lost()
    {
        std::uint32_t const lost = lost_.load(std::memory_order_relaxed);
        return lost - std::exchange(told_lost_, lost);
    }

private:
    static constexpr std::size_t capacity = 2048; // a power of two

    void write(std::uint32_t at, void const* from, std::size_t size)
    {
        std::size_t const offset = at % capacity, first = std::min(size, capacity - offset);
        std::memcpy(bytes_ + offset, from, first);
        std::memcpy(bytes_, static_cast<char const*>(from) + first, size - first);
    }
    void read(std::uint32_t at, void* to, std::size_t size) const
    {
        std::size_t const offset = at % capacity, first = std::min(size, capacity - offset);
        std::memcpy(to, bytes_ + offset, first);
        std::memcpy(static_cast<char*>(to) + first, bytes_, size - first);
    }

    alignas(64) std::atomic<std::uint32_t> head_{0}; // the writer's
    std::atomic<std::uint32_t> lost_{0}; // likewise
    alignas(64) std::atomic<std::uint32_t> tail_{0}; // the reader's
    std::uint32_t told_lost_{0}; // likewise
    alignas(64) char bytes_[capacity]{};
};

} // namespace torc
