// SPDX-License-Identifier: MIT
// Copies between the kernel and the user half of the current space, by LDTR/STTR with fixups: they never
// fault the kernel. Raw: portable code uses copy_in/copy_out (kernel/memory/user_access.hpp), which resolve
// faults and go on.
#pragma once
#include <cstddef>
#include <cstdint>

namespace torc::arch {

extern "C" {
// Each returns the bytes NOT copied (0: all done); what comes before them has been copied.
std::size_t user_copy_in(void* to, std::uint64_t from, std::size_t size);
std::size_t user_copy_out(std::uint64_t to, void const* from, std::size_t size);
std::size_t user_clear(std::uint64_t to, std::size_t size);
// Copies up to and including the NUL, at most `size` bytes. Returns bytes copied; *faulted is set when an
// access failed after them.
std::size_t user_copy_string(char* to, std::uint64_t from, std::size_t size, bool* faulted);
}

// Whether EL0 could read, or write, the byte there now.
bool user_reaches(std::uint64_t address, bool writes);

} // namespace torc::arch
