// SPDX-License-Identifier: MIT
// Tells AddressSanitizer which bytes of a pool or plane hold no live object, so that a use after free is
// reported on the host. Compiles to nothing in the kernel.
#pragma once
#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TORC_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef TORC_ADDRESS_SANITIZER
extern "C" void __asan_poison_memory_region(void const volatile* address, std::size_t bytes);
extern "C" void __asan_unpoison_memory_region(void const volatile* address, std::size_t bytes);
extern "C" int __asan_address_is_poisoned(void const volatile* address);
#endif

namespace torc {

#ifdef TORC_ADDRESS_SANITIZER
inline void poison(void const* start, std::size_t bytes)
{
    __asan_poison_memory_region(start, bytes);
}
inline void unpoison(void const* start, std::size_t bytes)
{
    __asan_unpoison_memory_region(start, bytes);
}
inline bool is_poisoned(void const* address)
{
    return __asan_address_is_poisoned(address) != 0;
}
#else
inline void poison(void const*, std::size_t) { }
inline void unpoison(void const*, std::size_t) { }
inline bool is_poisoned(void const*)
{
    return false;
}
#endif

} // namespace torc
