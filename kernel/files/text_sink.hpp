// SPDX-License-Identifier: MIT
// Text into a bounded buffer, for generated files and messages: what does not fit is noted, never written
// past the end.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torc {

class TextSink {
public:
    explicit TextSink(std::span<char> buffer)
        : buffer_{buffer}
    {
    }
    TextSink& put(std::string_view text);
    TextSink& put(char c) { return put(std::string_view{&c, 1}); }
    TextSink& decimal(std::uint64_t value, unsigned width = 0, char fill = ' '); // right-aligned
    TextSink& signed_decimal(std::int64_t value);
    TextSink& hex(std::uint64_t value, unsigned width = 0, char fill = '0');
    TextSink& octal(std::uint64_t value, unsigned width = 0, char fill = '0');
    TextSink& padded(std::string_view text, unsigned width); // left-aligned, filled with spaces
    TextSink& escaped(
        std::string_view text, std::string_view which); // \ooo for these and controls, as in /proc/mounts

    std::size_t size() const { return used_; }
    std::size_t room() const { return buffer_.size() - used_; }
    bool overflowed() const { return overflowed_; }
    std::string_view text() const { return {buffer_.data(), used_}; }
    void rewind(std::size_t size) // forget what came after
    {
        used_ = size;
        overflowed_ = false;
    }

private:
    TextSink& number(std::uint64_t value, unsigned base, unsigned width, char fill, bool negative);
    std::span<char> buffer_;
    std::size_t used_{0};
    bool overflowed_{false};
};

} // namespace torc
