// SPDX-License-Identifier: MIT
// Making what was written as data visible as instructions.
#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/cache.hpp"
#include "arch-aarch64/errata.hpp"
#include "arch-aarch64/image.hpp"
#include "arch-aarch64/sysreg.hpp"
#include "arch/memory.hpp"

namespace torc::arch {
namespace {

// CTR_EL0 (Arm ARM D19.2.33)
constexpr std::uint64_t no_clean_needed = 1u << 28; // IDC
constexpr std::uint64_t no_invalidate_needed = 1u << 29; // DIC

constexpr std::uint64_t policy_mask = 3u << 14, policy_physical = 3u << 14; // L1Ip: tagged and indexed so

constexpr std::uint64_t line_bytes(std::uint64_t log2_words)
{
    return std::uint64_t{4} << (log2_words & 0xf);
}

void clean_page(std::uint64_t page, std::uint64_t line)
{
    bool const invalidate_too = has_erratum(ErratumId::CleanMustInvalidate);
    for (std::uint64_t at = page; at < page + page_size; at += line) {
        if (invalidate_too)
            dc_civac(at);
        else
            dc_cvau(at);
    }
}

} // namespace

void sync_instructions(void const* page)
{
    std::uint64_t const type = sysreg::CTR_EL0::read();
    std::uint64_t const start = address_of(page);
    if (!(type & no_clean_needed))
        clean_page(start, line_bytes(type >> 16));
    dsb_ish();
    if (type & no_invalidate_needed)
        return;
    if ((type & policy_mask) != policy_physical) {
        ic_ialluis(); // the user's address may have lines of its own
        dsb_ish();
        return;
    }
    std::uint64_t const line = line_bytes(type);
    for (std::uint64_t at = start; at < start + page_size; at += line)
        ic_ivau(at);
    dsb_ish();
}

} // namespace torc::arch
