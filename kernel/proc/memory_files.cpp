// SPDX-License-Identifier: MIT
// /proc/meminfo and vmstat. There is no swap and no list of pages by age: all that programs hold is active.
#include "kernel/files/file_api.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/torus.hpp"

namespace torc::fixed_files {
namespace {

constexpr std::uint64_t user_half_kib = 1ull << 38;

std::uint64_t used(FrameKind kind)
{
    return this_torus().frames.used(kind);
}

std::uint64_t anonymous_pages()
{
    return sum_processors(this_torus()).anonymous_pages;
}

// Columns as Linux has them: 16 for the name, at least 8 for the number.
void put_kib(FormatSink& out, std::string_view name, std::uint64_t kib)
{
    format_to(out, "{:<16}{:>8} kB\n", name, kib);
}
void put_pages(FormatSink& out, std::string_view name, std::uint64_t pages)
{
    put_kib(out, name, pages * (page_size / 1024));
}

// To a program of this torus, with what the others would lend.
std::uint64_t available_pages()
{
    Torus const& torus = this_torus();
    FramePool const& frames = torus.frames;
    std::uint64_t const here
        = frames.free_pages() > frames.reserve_pages() ? frames.free_pages() - frames.reserve_pages() : 0;
    return here + pages_to_lend(torus);
}

void put_totals(ProcText& text)
{
    put_pages(text.out, "MemTotal:", machine_pages(this_torus()));
    put_pages(text.out, "MemFree:", machine_free_pages(this_torus()));
    put_pages(text.out, "MemAvailable:", available_pages());
    put_pages(text.out, "Buffers:", 0);
    put_pages(text.out, "Cached:", cached_pages());
    put_pages(text.out, "SwapCached:", 0);
}

void put_ages(ProcText& text)
{
    put_pages(text.out, "Active:", anonymous_pages() + cached_pages());
    put_pages(text.out, "Inactive:", 0);
    put_pages(text.out, "Active(anon):", anonymous_pages() + cached_pages()); // tmpfs counts as such
    put_pages(text.out, "Inactive(anon):", 0);
    put_pages(text.out, "Active(file):", 0);
    put_pages(text.out, "Inactive(file):", 0);
}

void put_swap(ProcText& text)
{
    put_pages(text.out, "Unevictable:", 0);
    put_pages(text.out, "Mlocked:", 0);
    put_pages(text.out, "SwapTotal:", 0);
    put_pages(text.out, "SwapFree:", 0);
    put_pages(text.out, "Dirty:", 0);
    put_pages(text.out, "Writeback:", 0);
}

void put_kinds(ProcText& text)
{
    put_pages(text.out, "AnonPages:", anonymous_pages());
    put_pages(text.out, "Shmem:", cached_pages());
    put_pages(text.out, "KReclaimable:", 0);
    put_pages(text.out, "Slab:", used(FrameKind::Record));
    put_pages(text.out, "SReclaimable:", 0);
    put_pages(text.out, "SUnreclaim:", used(FrameKind::Record));
}

// Memory is promised without a limit, so nobody counts what was.
void put_rest(ProcText& text)
{
    put_pages(text.out, "PageTables:", used(FrameKind::Table));
    put_pages(text.out, "CommitLimit:", machine_pages(this_torus()) / 2);
    put_pages(text.out, "Committed_AS:", anonymous_pages() + cached_pages());
    put_kib(text.out, "VmallocTotal:", user_half_kib);
    put_kib(text.out, "VmallocUsed:", this_torus().reserved / 1024);
}

template <FrameKind kind> void put_count(FormatSink& out, std::string_view name)
{
    format_to(out, "{} {}\n", name, used(kind));
}

void put_page_counts(ProcText& text)
{
    format_to(text.out, "nr_free_pages {}\n", this_torus().frames.free_pages());
    put_count<FrameKind::Anonymous>(text.out, "nr_anon_pages");
    format_to(text.out, "nr_file_pages {}\nnr_shmem {}\n", cached_pages(), cached_pages());
    put_count<FrameKind::Record>(text.out, "nr_slab_unreclaimable");
    put_count<FrameKind::Table>(text.out, "nr_page_table_pages");
}

void put_traffic(ProcText& text)
{
    text.out.put("nr_dirty 0\nnr_writeback 0\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\n");
}

} // namespace

Result<bool> meminfo(ProcText& text)
{
    return make_records<put_totals, put_ages, put_swap, put_kinds, put_rest>(text);
}

Result<bool> vmstat(ProcText& text)
{
    return make_records<put_page_counts, put_traffic>(text);
}

} // namespace torc::fixed_files
