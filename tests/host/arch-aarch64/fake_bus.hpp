// SPDX-License-Identifier: MIT
// A device that is a few words of memory and a record of what was written. Copies share one device, as
// windows do.
#pragma once
#include "arch-aarch64/mmio.hpp"

#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace torc::arch {

class FakeBus {
public:
    std::uint8_t read8(std::uint32_t offset) const { return static_cast<std::uint8_t>(get(offset)); }
    std::uint32_t read32(std::uint32_t offset) const { return static_cast<std::uint32_t>(get(offset)); }
    std::uint64_t read64(std::uint32_t offset) const { return get(offset); }
    void write8(std::uint32_t offset, std::uint8_t value) const { put(offset, value); }
    void write32(std::uint32_t offset, std::uint32_t value) const { put(offset, value); }
    void write64(std::uint32_t offset, std::uint64_t value) const { put(offset, value); }

    using Write = std::pair<std::uint32_t, std::uint64_t>;
    std::vector<Write>& writes() const { return device_->writes; }
    std::uint64_t& operator[](std::uint32_t offset) const { return device_->words[offset]; }
    // What reading `offset` gives from now on, and does.
    void on_read(std::uint32_t offset, std::function<std::uint64_t()> f) const
    {
        device_->reads[offset] = std::move(f);
    }
    bool wrote(std::uint32_t offset, std::uint64_t value) const
    {
        for (Write const& write : device_->writes) {
            if (write == Write{offset, value})
                return true;
        }
        return false;
    }

private:
    struct Device {
        std::map<std::uint32_t, std::uint64_t> words;
        std::map<std::uint32_t, std::function<std::uint64_t()>> reads;
        std::vector<Write> writes;
    };
    std::uint64_t get(std::uint32_t offset) const
    {
        if (auto const f = device_->reads.find(offset); f != device_->reads.end())
            return f->second();
        return device_->words[offset];
    }
    void put(std::uint32_t offset, std::uint64_t value) const
    {
        device_->writes.emplace_back(offset, value);
        device_->words[offset] = value;
    }

    std::shared_ptr<Device> device_ = std::make_shared<Device>();
};
static_assert(Bus<FakeBus>);

} // namespace torc::arch
