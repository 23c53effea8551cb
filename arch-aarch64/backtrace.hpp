// SPDX-License-Identifier: MIT
// Who called whom, by frame pointers, with names from the image's own symbol table (made by
// tools/symbols.py).
#pragma once
#include <cstdint>
#include <string_view>

namespace torc::arch {

struct Symbol {
    std::string_view name; // empty: not an address in a function
    std::uint32_t offset{0}; // how far into it
};
Symbol find_symbol(std::uint64_t address);

// A chain of frame records ({caller's x29, return address}) on one kernel stack. Every record is checked to
// lie on the stack or the emergency stack of `stack_top`, above the one before, so that a broken chain just
// ends.
class Backtrace final {
public:
    Backtrace(std::uint64_t frame_pointer, std::uint64_t stack_top)
        : record_{frame_pointer}
        , stack_top_{stack_top}
    {
    }
    // The next return address, or 0 at the end.
    std::uint64_t next();

private:
    bool is_on_stack(std::uint64_t address) const;
    std::uint64_t record_;
    std::uint64_t stack_top_;
};

} // namespace torc::arch
