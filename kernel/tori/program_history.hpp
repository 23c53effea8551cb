// SPDX-License-Identifier: MIT
// How the programs that a torus has begun have behaved (docs/roles.md). Torus-local; nothing in it is more
// than a hint.
#pragma once
#include "substrate/roles.hpp"
#include <array>
#include <cstdint>
#include <string_view>

namespace torc {

// Of one program: a key of its name, 1..65535, and what it wants and uses of a core, all in sixteenths. In 32
// bits; the key stays with the stub of a program that has moved, the values travel with the notice of its
// end.
class Habit final {
public:
    constexpr Habit() = default;
    constexpr explicit Habit(std::uint32_t raw)
        : raw_{raw}
    {
    }
    constexpr Habit(std::uint16_t name, std::uint16_t core_share, RoleVector const& wanted)
        : raw_{std::uint32_t{name} << 16 | nibble(core_share) << 12 | nibble(wanted[0]) << 8
              | nibble(wanted[1]) << 4 | nibble(wanted[2])}
    {
    }
    constexpr std::uint32_t raw() const { return raw_; }
    constexpr bool is_known() const { return values() != 0; } // nobody wants nothing
    constexpr std::uint16_t values() const { return static_cast<std::uint16_t>(raw_); }
    constexpr Habit with(std::uint16_t values) const { return Habit{(raw_ & 0xffff'0000) | values}; }
    static constexpr Habit of_unknown(std::uint16_t name) { return Habit{std::uint32_t{name} << 16}; }
    constexpr std::uint16_t name() const { return static_cast<std::uint16_t>(raw_ >> 16); }
    constexpr std::uint16_t core_share() const { return value(12); }
    constexpr RoleVector wanted() const { return {value(8), value(4), value(0), 0}; }

private:
    static constexpr std::uint32_t nibble(std::uint16_t value)
    {
        return std::min(value, std::uint16_t{1023}) >> 6;
    }
    // The middle of the range, so that the lowest is next to nothing and the highest nearly all.
    constexpr std::uint16_t value(unsigned bit) const
    {
        return static_cast<std::uint16_t>((raw_ >> bit & 15) << 6 | 32);
    }
    std::uint32_t raw_{0}; // 0: nothing is known
};

// FNV-1a, folded; never 0.
constexpr std::uint16_t program_key(std::string_view name)
{
    std::uint32_t hash = 0x811c9dc5;
    for (char const c : name)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193;
    auto const folded = static_cast<std::uint16_t>(hash >> 16 ^ hash);
    return folded != 0 ? folded : std::uint16_t{1};
}

class ProgramHistory final {
public:
    void note(Habit habit)
    {
        if (!habit.is_known())
            return;
        Kept& kept = entries_[habit.name() % entries_.size()];
        RoleVector const wanted = habit.wanted();
        if (kept.name != habit.name()) {
            kept = {habit.name(), habit.core_share(), wanted};
            return;
        }
        kept.core_share = middle(kept.core_share, habit.core_share());
        for (std::size_t role = 0; role < wanted.size(); ++role)
            kept.wanted[role] = middle(kept.wanted[role], wanted[role]);
    }
    // What to expect of a program of that name; `otherwise` if it has none.
    Newcomer expect(std::uint16_t name, Newcomer const& otherwise) const
    {
        Kept const& kept = entries_[name % entries_.size()];
        if (kept.name != name)
            return otherwise;
        return {otherwise.weight, kept.core_share, true, kept.wanted};
    }

private:
    static constexpr std::uint16_t middle(std::uint16_t a, std::uint16_t b)
    {
        return static_cast<std::uint16_t>((a + b) / 2);
    }
    struct Kept {
        std::uint16_t name{0}, core_share{0};
        RoleVector wanted{};
    };
    std::array<Kept, 64> entries_{}; // two names that fall on one place forget each other
};

} // namespace torc
