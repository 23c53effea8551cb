// SPDX-License-Identifier: MIT
#include "kernel/start.hpp"
#include "arch/clock.hpp"
#include "arch/cpu.hpp"
#include "arch/first_program.hpp"
#include "arch/machine.hpp"
#include "arch/memory.hpp"
#include "arch/tori.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_flags.hpp"
#include "kernel/log.hpp"
#include "kernel/log_reading.hpp"
#include "kernel/machine_records.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/panic.hpp"
#include "kernel/proc/proc.hpp"
#include "kernel/process/exec_strings.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/subsystems.hpp"
#include "kernel/terminal/terminal_records.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/tori/start_tori.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <cstring>

namespace torc {
namespace {

// No board of ours keeps the time without power, and a clock chip is a driver's: until somebody sets it, the
// wall clock starts at `torc.time=SECONDS`, or here, so that new files are not older than the programs.
std::uint64_t realtime_at_boot(dt::CommandLine const& line)
{
    constexpr std::uint64_t start_of_2026 = 1'767'225'600;
    std::uint64_t seconds = 0;
    for (char const digit : line.find("torc.time").value_or(""))
        seconds = digit >= '0' && digit <= '9' ? seconds * 10 + static_cast<unsigned>(digit - '0') : 0;
    return seconds ? seconds : start_of_2026;
}

void require(bool done, char const* what)
{
    if (!done)
        panic("there is not enough memory to start: {}", what);
}

// What there is once for the machine.
void start_machine(Torus& torus, BootInfo const& boot)
{
    torus.machine = create_for_ever<MachineRecords>();
    require(torus.machine != nullptr, "names");
    clock_start(realtime_at_boot(boot.command_line));
}

// Numbers of cores that came up are below it.
unsigned count_tori()
{
    unsigned tori = 1;
    for (unsigned core = 1; core < arch::core_limit(); ++core)
        if (arch::core_is_up(core))
            tori = core + 1;
    return tori;
}

void start_subsystems(Torus& torus, BootInfo const& boot)
{
    torus.tori = count_tori();
    torus.run_queue.open(arch::ticks_per_second());
    torus.charged_at = arch::now_ticks();
    start_machine(torus, boot); // before files, which have times
    char const* what = "";
    bool const opened = open_subsystems(torus, arch::boot_entropy(), what).has_value();
    require(opened, what);
    wake_load(torus);
    require(make_first_filesystems().has_value(), "the first filesystems");
    require(start_terminals(arch::console_name()).has_value(), "the console");
    start_log_readers(boot.command_line.text());
    start_proc(boot.command_line.text());
}

// The archive's entries become files; its pages are memory again.
void unpack_archive(Torus& torus, BootInfo const& boot)
{
    if (boot.archive.empty()) {
        log("There is no initramfs: give one with the boot loader's initrd.");
        return;
    }
    if (Result<void> const begun = unpack_root_start(boot.archive); !begun) {
        log("The initramfs cannot be read: {}.", status_text(begun.error()));
        return;
    }
    UnpackProgress progress;
    do
        progress = unpack_root_step();
    while (!progress.done);
    log("The initramfs has {} files, {} KiB.", progress.files, progress.bytes / 1024);
    Paddr const first = arch::direct_to_physical(boot.archive.data());
    std::uint64_t const start = align_up(first.raw(), page_size),
                        end = align_down(first.raw() + boot.archive.size(), page_size);
    if (start < end)
        torus.frames.add({Paddr{start}, (end - start) / page_size});
}

// ---- the first process ------------------------------------------------------------------------------------

// Its page: code, then strings, then the lists that point at them.
class FirstPage {
public:
    static constexpr std::uint64_t base = 0x10000;
    explicit FirstPage(std::byte* page)
        : page_{page}
    {
        std::span<std::byte const> const code = arch::first_program_code();
        std::memcpy(page_, code.data(), code.size());
        used_ = code.size();
    }
    std::uint64_t add(std::string_view text)
    {
        if (used_ + text.size() + 1 > strings_end)
            return 0;
        std::memcpy(page_ + used_, text.data(), text.size());
        page_[used_ + text.size()] = std::byte{0};
        std::uint64_t const at = base + used_;
        used_ += text.size() + 1;
        return at;
    }
    // Adds a pointer to one of the lists; each ends with 0 because the page is cleared.
    void point(unsigned list, std::uint64_t to)
    {
        if (to == 0 || counts_[list] == list_size - 1)
            return;
        std::memcpy(page_ + strings_end + (list * list_size + counts_[list]++) * 8, &to, 8);
    }
    static std::uint64_t list(unsigned n) { return base + strings_end + n * list_size * 8; }

private:
    static constexpr std::size_t list_size = 64, strings_end = page_size - 3 * list_size * 8;
    std::byte* page_;
    std::size_t used_{0};
    unsigned counts_[3]{};
};
enum List : unsigned { paths, arguments, environment };

// What this kernel or the boot loader means for itself, or Linux does: not the first program's business.
bool is_for_kernel(dt::Argument const& argument)
{
    static constexpr std::string_view known[]
        = {"console", "earlycon", "init", "rdinit", "root", "rootwait", "rootfstype", "ro", "rw", "quiet",
            "debug", "loglevel", "panic", "nokaslr", "nosmp", "maxcpus", "BOOT_IMAGE", "initrd"};
    return argument.name.find('.') != std::string_view::npos
        || std::ranges::find(known, argument.name) != std::end(known);
}

// Words behind "--" are arguments; so is a word before it that nobody knows. One with "=" goes to the
// environment.
void fill_page(FirstPage& page, dt::CommandLine const& line)
{
    if (std::optional<std::string_view> const chosen = line.init_path())
        page.point(paths, page.add(*chosen));
    for (std::string_view const path : {"/init", "/sbin/init", "/etc/init", "/bin/init", "/bin/sh"})
        page.point(paths, page.add(path));
    page.point(arguments, FirstPage::base); // replaced by the path that is tried
    page.point(environment, page.add("HOME=/"));
    page.point(environment, page.add("TERM=linux"));
    for (dt::Argument const& argument : line.kernel())
        if (!is_for_kernel(argument))
            page.point(argument.value ? environment : arguments, page.add(argument.word));
    for (dt::Argument const& argument : line.for_init())
        page.point(arguments, page.add(argument.word));
}

Result<Process*> make_first_process(Torus& torus)
{
    ProcessTable& processes = *torus.processes;
    Process* const process = processes.processes.create();
    Thread* const thread = processes.threads.create();
    if (!process || !thread)
        return unexpected{Status::NoMemory};
    process->pid = thread->id = TRY(processes.pids.take());
    *processes.pids.find(process->pid) = {process, thread};
    thread->frame = arch::Frame{};
    thread->float_state = arch::FloatState{};
    thread->process = process;
    process->add(*thread);
    TRY(signals_open(*process));
    process->start_ticks = arch::now_ticks();
    std::uint64_t const most = processes.process_limit / 2;
    process->limits[Resource::Processes] = process->limits[Resource::SignalsPending] = {most, most};
    thread->space = process->space = TRY(Space::create());
    process->files = TRY(FdTable::create());
    process->fs = TRY(create_fs_context());
    processes.first = process;
    TRY(session_start(*process));
    TRY(process->space->map({.address = FirstPage::base,
        .length = page_size,
        .protection = 7,
        .flags = Mapping::may_write,
        .place = MapRequest::Place::Fixed}));
    return process;
}

// 0, 1 and 2 are the console, if there is one.
void open_console(Thread& thread)
{
    Result<OpenFile*> const console = open_kernel(thread, "/dev/console", open_flag::read_write);
    if (!console) {
        log("/dev/console cannot be opened ({}): the first program starts without input and output.",
            status_text(console.error()));
        return;
    }
    for (unsigned fd = 0; fd < 3; ++fd) {
        if (fd > 0)
            retain(**console);
        (void)thread.process->files->install_at(**console, CloseOnExec::No, fd);
    }
}

Result<void> start_first_process(Torus& torus, BootInfo const& boot)
{
    Process* const process = TRY(make_first_process(torus));
    Thread& thread = *process->leader();
    std::memcpy(thread.name, "torc-init", 10);
    FirstPage page{TRY(new_page(*process->space, FirstPage::base))};
    fill_page(page, boot.command_line);
    arch::set_first_program(thread.frame, FirstPage::base, FirstPage::list(paths), FirstPage::list(arguments),
        FirstPage::list(environment));
    open_console(thread);
    start_thread(thread);
    return {};
}

} // namespace

void run_torus(BootInfo const& boot)
{
    Torus& torus = this_torus();
    count_pages_elsewhere(torus);
    start_subsystems(torus, boot);
    auto const text
        = [&](std::string_view name) { return boot.command_line.find(name).value_or(std::string_view{}); };
    start_tori({.place = text("torc.place"),
        .limbs = text("torc.limbs"),
        .isolated = text("torc.isolate"),
        .strand = text("torc.strand"),
        .moves = text("torc.move")});
    unpack_archive(torus, boot);
    if (Result<void> const started = start_first_process(torus, boot); !started)
        panic("the first process cannot be made: {}", status_text(started.error()));
    log("Memory: {} KiB, {} KiB of it free.", torus.frames.total_pages() * 4, torus.frames.free_pages() * 4);
    arch::enter_user(run_next());
}

} // namespace torc
