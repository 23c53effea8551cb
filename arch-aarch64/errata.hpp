// SPDX-License-Identifier: MIT
// Processor errata that this kernel works around at run time, in one table, found by MIDR_EL1. Two more are
// the build's: 835769 (A53, multiply-accumulate after a load; -mfix-cortex-a53-835769) and 843419 (A53, ADRP
// at the end of a page; --fix-cortex-a53-843419). Not here: errata of revisions that no supported board has
// (A76 before r4p0).
#pragma once
#include <cstdint>
#include <string_view>

namespace torc::arch {

enum class ErratumId : std::uint8_t {
    CleanMustInvalidate, // a clean by address may write back a line that a snoop has just taken
    SpeculativeWalk, // a walk may use both the old and the new translation regime: matters with stage 2
    count_
};

struct Erratum {
    ErratumId id;
    std::string_view number; // Arm's, from the core's software developer errata notice
    std::uint32_t part; // MIDR_EL1 implementer and part
    std::uint8_t first, last; // variant << 4 | revision, both included
    std::string_view remedy;
};

// What a core with this MIDR_EL1 has; logged when it is new. What any core has, all work around.
void find_errata(std::uint32_t main_id);
bool has_erratum(ErratumId id);

} // namespace torc::arch
