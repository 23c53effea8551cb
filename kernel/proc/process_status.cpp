// SPDX-License-Identifier: MIT
// /proc/PID/status: a line a fact, for people and for ps (proc(5)).
#include "kernel/files/fs_context.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/proc/process_files.hpp"
#include "kernel/proc/process_state.hpp"
#include "kernel/proc/process_tree.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

std::string_view state_text(char letter)
{
    switch (letter) {
    case 'R':
        return "R (running)";
    case 'S':
        return "S (sleeping)";
    case 'D':
        return "D (disk sleep)";
    case 'T':
        return "T (stopped)";
    case 'Z':
        return "Z (zombie)";
    default:
        return "X (dead)";
    }
}

void put_name(ProcText& text)
{
    text.out.put("Name:\t");
    put_escaped(text.out, text.subject.name(), "\n\\");
    text.out.put('\n');
    if (FsContext const* const context = text.subject.process->fs)
        format_to(text.out, "Umask:\t{:04o}\n", context->umask);
    format_to(text.out, "State:\t{}\n", state_text(state_letter(text)));
}

void put_ids(ProcText& text)
{
    Process const& process = *text.subject.process;
    format_to(text.out, "Tgid:\t{}\nNgid:\t0\nPid:\t{}\nPPid:\t{}\nTracerPid:\t0\n", process.pid,
        text.subject.id(), parent_of(process));
}

void put_users(ProcText& text)
{
    Credentials const& who = text.subject.process->credentials;
    format_to(text.out, "Uid:\t{}\t{}\t{}\t{}\n", who.uid, who.euid, who.suid, who.fsuid);
    format_to(text.out, "Gid:\t{}\t{}\t{}\t{}\n", who.gid, who.egid, who.sgid, who.fsgid);
}

// Linux shows what the table has room for.
std::uint32_t descriptor_room(ProcSubject const& subject)
{
    std::uint32_t room = 64, number = 64;
    if (subject.process->files == nullptr)
        return 0;
    while (process_files::next_descriptor(subject, number) && number >= room)
        number = room *= 2;
    return room;
}

void put_groups(ProcText& text)
{
    Credentials const& who = text.subject.process->credentials;
    format_to(text.out, "FDSize:\t{}\nGroups:\t", descriptor_room(text.subject));
    for (std::uint32_t i = 0; i < who.group_count; ++i)
        format_to(text.out, "{} ", who.groups[i]);
    text.out.put(who.group_count == 0 ? " \n" : "\n");
}

void put_namespace_ids(ProcText& text)
{
    Process const& process = *text.subject.process;
    format_to(text.out, "NStgid:\t{}\nNSpid:\t{}\nNSpgid:\t{}\nNSsid:\t{}\n", process.pid, text.subject.id(),
        process.group != nullptr ? process.group->id : 0,
        process.group != nullptr ? process.group->session->id : 0);
}

void put_kib(FormatSink& out, std::string_view name, std::uint64_t pages)
{
    format_to(out, "{}:\t{:>8} kB\n", name, pages * (page_size / 1024));
}

void put_sizes(ProcText& text)
{
    Space const* const space = text.subject.space();
    if (space == nullptr)
        return;
    put_kib(text.out, "VmPeak", space->peak_mapped);
    put_kib(text.out, "VmSize", space->mapped_pages());
    put_kib(text.out, "VmLck", space->locked_pages);
    put_kib(text.out, "VmPin", 0);
}

void put_resident(ProcText& text)
{
    Space* const space = text.subject.space();
    if (space == nullptr)
        return;
    std::uint64_t const file = space->resident_file_pages();
    put_kib(text.out, "VmHWM", space->peak_resident);
    put_kib(text.out, "VmRSS", space->resident_pages());
    put_kib(text.out, "RssAnon", space->resident_pages() - file);
    put_kib(text.out, "RssFile", file);
    put_kib(text.out, "RssShmem", 0);
}

void put_parts(ProcText& text)
{
    Space* const space = text.subject.space();
    if (space == nullptr)
        return;
    MemorySizes const sizes = memory_sizes(*space);
    put_kib(text.out, "VmData", sizes.data);
    put_kib(text.out, "VmStk", sizes.stack);
    put_kib(text.out, "VmExe", sizes.code);
    put_kib(text.out, "VmLib", sizes.libraries);
    put_kib(text.out, "VmPTE", space->table().table_pages());
    put_kib(text.out, "VmSwap", 0);
}

void put_threads(ProcText& text)
{
    Process const& process = *text.subject.process;
    if (process.space != nullptr)
        text.out.put("HugetlbPages:\t       0 kB\nCoreDumping:\t0\nTHP_enabled:\t0\n");
    format_to(text.out, "Threads:\t{}\nSigQ:\t{}/{}\n", process.thread_count, process.queued_signals,
        process.limits[Resource::SignalsPending].soft);
}

void put_set(FormatSink& out, std::string_view name, std::uint64_t set)
{
    out.put(name);
    out.put(":\t");
    put_hex(out, set, 16);
    out.put('\n');
}

void put_signals(ProcText& text)
{
    SignalSets const sets = signal_sets(text.subject);
    put_set(text.out, "SigPnd", sets.pending);
    put_set(text.out, "ShdPnd", sets.shared_pending);
    put_set(text.out, "SigBlk", sets.blocked);
    put_set(text.out, "SigIgn", sets.ignored);
    put_set(text.out, "SigCgt", sets.caught);
}

void put_capabilities(ProcText& text)
{
    Credentials const& who = text.subject.process->credentials;
    put_set(text.out, "CapInh", who.inheritable);
    put_set(text.out, "CapPrm", who.permitted);
    put_set(text.out, "CapEff", who.effective);
    put_set(text.out, "CapBnd", who.bounding);
    put_set(text.out, "CapAmb", who.ambient);
}

void put_rest(ProcText& text)
{
    format_to(text.out, "NoNewPrivs:\t{}\nSeccomp:\t0\nSeccomp_filters:\t0\n",
        text.subject.process->no_new_privileges ? 1 : 0);
    text.out.put("Speculation_Store_Bypass:\tunknown\nSpeculationIndirectBranch:\tunknown\n");
}

// As Linux shows a set: 32 bits a group, the highest first; then as ranges.
void put_processors(ProcText& text)
{
    Torus const& torus = this_torus();
    Thread const* const thread = text.subject.thread;
    std::uint64_t const set = shown_affinity(torus, thread != nullptr ? thread->affinity : every_torus);
    text.out.put("Cpus_allowed:\t");
    if (torus.tori > 32) {
        put_hex(text.out, set >> 32, 8);
        text.out.put(',');
    }
    put_hex(text.out, set & 0xffff'ffff, torus.tori > 32 ? 8 : (torus.tori + 3) / 4);
    text.out.put("\nCpus_allowed_list:\t");
    char const* between = "";
    for (unsigned first = 0; first < 64; ++first) {
        if (!(set >> first & 1))
            continue;
        unsigned last = first;
        while (last + 1 < 64 && (set >> (last + 1) & 1))
            ++last;
        format_to(text.out, "{}{}", between, first);
        if (last != first)
            format_to(text.out, "-{}", last);
        between = ",";
        first = last;
    }
    text.out.put('\n');
}

void put_places(ProcText& text)
{
    ResourceUse const use = use_of(text.subject);
    put_processors(text);
    text.out.put("Mems_allowed:\t1\nMems_allowed_list:\t0\n");
    format_to(text.out, "voluntary_ctxt_switches:\t{}\nnonvoluntary_ctxt_switches:\t{}\n",
        use.voluntary_switches, use.involuntary_switches);
}

} // namespace

namespace process_files {

Result<bool> status(ProcText& text)
{
    return make_records<put_name, put_ids, put_users, put_groups, put_namespace_ids, put_sizes, put_resident,
        put_parts, put_threads, put_signals, put_capabilities, put_rest, put_places>(text);
}

} // namespace process_files
} // namespace torc
