// SPDX-License-Identifier: MIT
// futex(2)'s numbers, and the little language of FUTEX_WAKE_OP: pure.
#pragma once
#include <cstdint>

namespace torc {

inline constexpr std::uint32_t futex_command = ~(128u | 256u); // what is left without the flags
enum FutexCommand : std::uint32_t { // linux/futex.h
    futex_wait = 0,
    futex_wake = 1,
    futex_requeue = 3,
    futex_compare_requeue = 4,
    futex_wake_op = 5,
    futex_lock_pi = 6,
    futex_unlock_pi = 7,
    futex_try_lock_pi = 8,
    futex_wait_bitset = 9,
    futex_wake_bitset = 10,
    futex_lock_pi2 = 13,
};

struct FutexChange {
    enum Change : std::uint32_t { set, add, or_, and_not, exclusive_or, change_count };
    enum Compare : std::uint32_t { equal, not_equal, less, at_most, greater, at_least, compare_count };
    std::uint32_t change, compare;
    std::int32_t operand, reference;

    static constexpr std::int32_t sign_extend(std::uint32_t twelve_bits)
    {
        return static_cast<std::int32_t>(twelve_bits << 20) >> 20;
    }
    static constexpr FutexChange decode(std::uint32_t word)
    {
        FutexChange decoded{
            word >> 28 & 7, word >> 24 & 15, sign_extend(word >> 12 & 0xfff), sign_extend(word & 0xfff)};
        if (word >> 31) // the operand is a bit's number
            decoded.operand = static_cast<std::int32_t>(1u << (decoded.operand & 31));
        return decoded;
    }
    constexpr bool is_known() const { return change < change_count && compare < compare_count; }
    constexpr std::uint32_t apply(std::uint32_t old) const
    {
        auto const by = static_cast<std::uint32_t>(operand);
        switch (change) {
        case set:
            return by;
        case add:
            return old + by;
        case or_:
            return old | by;
        case and_not:
            return old & ~by;
        default:
            return old ^ by;
        }
    }
    constexpr bool compares(std::uint32_t old) const
    {
        auto const value = static_cast<std::int32_t>(old);
        switch (compare) {
        case equal:
            return value == reference;
        case not_equal:
            return value != reference;
        case less:
            return value < reference;
        case at_most:
            return value <= reference;
        case greater:
            return value > reference;
        default:
            return value >= reference;
        }
    }
};
static_assert(FutexChange::decode(0x1100'5003).apply(2) == 7 && FutexChange::decode(0x1100'5003).compares(2));
static_assert(FutexChange::decode(0x8000'4000).apply(0) == 16);
static_assert(FutexChange::decode(0x0000'0fff).reference == -1);

} // namespace torc
