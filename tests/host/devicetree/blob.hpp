// SPDX-License-Identifier: MIT
// Makes device-tree blobs in memory, good ones and broken ones. The bytes lie on the heap in a block of
// exactly their size, so that AddressSanitizer sees any access outside.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torc::dt::test {

using Bytes = std::vector<unsigned char>;

inline void append_cell(Bytes& to, std::uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        to.push_back(static_cast<unsigned char>(value >> shift));
}

inline void store_cell(Bytes& in, std::size_t at, std::uint32_t value)
{
    for (int i = 0; i < 4; i++)
        in[at + i] = static_cast<unsigned char>(value >> (24 - 8 * i));
}

// The exact bytes on the heap, 8-byte aligned.
class Blob final {
public:
    explicit Blob(Bytes const& bytes)
        : Blob{std::span{bytes}}
    {
    }
    explicit Blob(std::span<unsigned char const> bytes)
        : bytes_{static_cast<std::byte*>(operator new(bytes.size(), std::align_val_t{8}))}
        , size_{bytes.size()}
    {
        if (size_ != 0)
            std::memcpy(bytes_.get(), bytes.data(), size_);
    }
    operator std::span<std::byte const>() const { return {bytes_.get(), size_}; }

private:
    struct Free {
        void operator()(std::byte* bytes) const { operator delete(bytes, std::align_val_t{8}); }
    };
    std::unique_ptr<std::byte, Free> bytes_;
    std::size_t size_;
};

// Builder{}.node("cpus").cells("#address-cells", {1}).end()...blob(); the root is opened and closed by
// itself.
class Builder final {
public:
    Builder() { node(""); }
    Builder& node(std::string_view name)
    {
        append_cell(structure_, 1);
        structure_.insert(structure_.end(), name.begin(), name.end());
        structure_.push_back(0);
        pad();
        return *this;
    }
    Builder& end()
    {
        append_cell(structure_, 2);
        return *this;
    }
    Builder& property(std::string_view name, std::string_view value = {})
    {
        append_cell(structure_, 3);
        append_cell(structure_, static_cast<std::uint32_t>(value.size()));
        append_cell(structure_, name_offset(name));
        structure_.insert(structure_.end(), value.begin(), value.end());
        pad();
        return *this;
    }
    Builder& cells(std::string_view name, std::initializer_list<std::uint32_t> values)
    {
        Bytes bytes;
        for (std::uint32_t value : values)
            append_cell(bytes, value);
        return property(name, {reinterpret_cast<char const*>(bytes.data()), bytes.size()});
    }
    Builder& strings(std::string_view name, std::initializer_list<std::string_view> values)
    {
        std::string bytes;
        for (std::string_view value : values)
            bytes.append(value).push_back('\0');
        return property(name, bytes);
    }
    Builder& text(std::string_view name, std::string_view value) { return strings(name, {value}); }
    Builder& reserve(std::uint64_t base, std::uint64_t size)
    {
        for (std::uint64_t value : {base, size}) {
            append_cell(reservations_, static_cast<std::uint32_t>(value >> 32));
            append_cell(reservations_, static_cast<std::uint32_t>(value));
        }
        return *this;
    }
    Builder& raw_cell(std::uint32_t value)
    {
        append_cell(structure_, value);
        return *this;
    }
    // Closes the root.
    Bytes bytes() const { return assemble(true); }
    Bytes unclosed_bytes() const { return assemble(false); }
    Blob blob() const { return Blob{bytes()}; }

private:
    Bytes assemble(bool close_root) const
    {
        constexpr std::uint32_t header_size = 40;
        Bytes structure = structure_;
        if (close_root)
            append_cell(structure, 2);
        append_cell(structure, 9);
        Bytes reservations = reservations_;
        reservations.resize(reservations.size() + 16);
        auto structure_at = header_size + static_cast<std::uint32_t>(reservations.size());
        auto strings_at = structure_at + static_cast<std::uint32_t>(structure.size());
        auto total = strings_at + static_cast<std::uint32_t>(strings_.size());
        Bytes all;
        for (std::uint32_t value : {0xd00dfeedu, total, structure_at, strings_at, header_size, 17u, 16u, 0u,
                 static_cast<std::uint32_t>(strings_.size()), static_cast<std::uint32_t>(structure.size())})
            append_cell(all, value);
        all.insert(all.end(), reservations.begin(), reservations.end());
        all.insert(all.end(), structure.begin(), structure.end());
        all.insert(all.end(), strings_.begin(), strings_.end());
        return all;
    }
    void pad()
    {
        while (structure_.size() % 4 != 0)
            structure_.push_back(0);
    }
    std::uint32_t name_offset(std::string_view name)
    {
        std::string wanted{name};
        wanted.push_back('\0');
        std::size_t at = strings_.find(wanted);
        if (at == std::string::npos) {
            at = strings_.size();
            strings_ += wanted;
        }
        return static_cast<std::uint32_t>(at);
    }
    Bytes structure_;
    Bytes reservations_;
    std::string strings_;
};

} // namespace torc::dt::test
