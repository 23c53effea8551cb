// SPDX-License-Identifier: MIT
#include "kernel/log.hpp"

namespace torc {

void LogRing::write(char const* from, std::size_t count)
{
    for (std::size_t i = 0; i < count; i++)
        bytes_[head_++ % capacity] = from[i];
}

void LogRing::read(std::size_t at, char* to, std::size_t count) const
{
    for (std::size_t i = 0; i < count; i++)
        to[i] = bytes_[(at + i) % capacity];
}

LogRing::Header LogRing::header_at(std::size_t offset) const
{
    unsigned char raw[header_size];
    for (std::size_t i = 0; i < header_size; i++)
        raw[i] = static_cast<unsigned char>(bytes_[(offset + i) % capacity]);
    Header header{0, static_cast<std::uint16_t>(raw[8] | raw[9] << 8),
        static_cast<std::uint16_t>(raw[10] | raw[11] << 8)};
    for (unsigned i = 8; i-- > 0;)
        header.ticks = header.ticks << 8 | raw[i];
    return header;
}

void LogRing::drop_oldest()
{
    tail_ += size_at(tail_);
    first_sequence_++;
}

void LogRing::append(std::uint64_t ticks, std::string_view text, std::uint16_t priority)
{
    text = text.substr(0, longest_line);
    while (capacity - (head_ - tail_) < header_size + text.size())
        drop_oldest();
    char raw[header_size];
    for (unsigned i = 0; i < 8; i++)
        raw[i] = static_cast<char>(ticks >> (8 * i));
    raw[8] = static_cast<char>(text.size());
    raw[9] = static_cast<char>(text.size() >> 8);
    raw[10] = static_cast<char>(priority);
    raw[11] = static_cast<char>(priority >> 8);
    write(raw, header_size);
    write(text.data(), text.size());
    next_sequence_++;
}

LogRing::Line LogRing::at_or_after(std::uint64_t sequence) const
{
    if (sequence >= next_sequence_)
        return {};
    bool const from_found
        = found_sequence_ >= first_sequence_ && found_sequence_ <= sequence && found_offset_ >= tail_;
    std::size_t offset = from_found ? found_offset_ : tail_;
    std::uint64_t number = from_found ? found_sequence_ : first_sequence_;
    for (; number < sequence; number++)
        offset += size_at(offset);
    found_sequence_ = number;
    found_offset_ = offset;
    Header const header = header_at(offset);
    read(offset + header_size, line_, header.length);
    return {number, header.ticks, {line_, header.length}, header.priority, true};
}

} // namespace torc
