// SPDX-License-Identifier: MIT
#pragma once
#include "kernel/address.hpp"
#include "kernel/result.hpp"
#include "substrate/pool.hpp"

namespace torc {

enum class FrameKind : std::uint8_t { Special };

// May have no memory, as the scenario chooses.
class FramePool {
public:
    Result<Paddr> take_cleared(FrameKind)
    {
        if (refuses_ != 0 && model::choose(2) == 1) {
            --refuses_;
            return unexpected{Status::NoMemory};
        }
        return Paddr{reinterpret_cast<std::uint64_t>(take_memory(768))};
    }
    void release(Paddr) { }
    static void* pointer(Paddr frame) { return reinterpret_cast<void*>(frame.raw()); }
    static Paddr frame_of(void const* p) { return Paddr{reinterpret_cast<std::uint64_t>(p)}; }
    void may_refuse(unsigned times) { refuses_ = times; }

private:
    unsigned refuses_{0};
};

} // namespace torc
