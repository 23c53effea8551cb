// SPDX-License-Identifier: MIT
#include "arch-aarch64/errata.hpp"

#include "kernel/log.hpp"

namespace torc::arch {
namespace {

constexpr std::uint32_t arm_part(std::uint32_t part)
{
    return 0x41u << 24 | part << 4;
}
constexpr std::uint32_t part_mask = 0xff00'fff0;
constexpr std::uint32_t a53 = arm_part(0xd03), a55 = arm_part(0xd05), a57 = arm_part(0xd07),
                        a72 = arm_part(0xd08);

constexpr std::string_view invalidate{"cleaning a cache line invalidates it too"};
constexpr std::string_view no_stage_2{"the fence must empty the TLB when it switches"};

// 826319 and 819472, 827319, 824069: all the same remedy; the last affected revision of the four counts.
constexpr Erratum table[] = {
    {ErratumId::CleanMustInvalidate, "826319", a53, 0x00, 0x04, invalidate},
    {ErratumId::SpeculativeWalk, "1319367", a72, 0x00, 0xff, no_stage_2},
    {ErratumId::SpeculativeWalk, "1319537", a57, 0x00, 0xff, no_stage_2},
    {ErratumId::SpeculativeWalk, "1530923", a55, 0x00, 0xff, no_stage_2},
};

constinit bool present[static_cast<unsigned>(ErratumId::count_)]{}; // only ever set

} // namespace

void find_errata(std::uint32_t id)
{
    auto const revision = static_cast<std::uint8_t>((id >> 16 & 0xf0) | (id & 0xf));
    for (Erratum const& erratum : table) {
        if ((id & part_mask) != erratum.part || revision < erratum.first || revision > erratum.last)
            continue;
        bool& known = present[static_cast<unsigned>(erratum.id)];
        if (!known)
            log("Processor erratum {}: {}.", erratum.number, erratum.remedy);
        known = true;
    }
}

bool has_erratum(ErratumId id)
{
    return present[static_cast<unsigned>(id)];
}

} // namespace torc::arch
