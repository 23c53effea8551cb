// SPDX-License-Identifier: MIT
// execve(2): the new address space is built whole, in grains, beside the old one; only when nothing can fail
// any more does the thread change over. Until the headers have been read a failure is an errno and the
// program goes on. A file whose headers promise what cannot be mapped kills it by SIGSEGV, although it could
// go on: Linux has emptied the old space by then, and a shell must not take a broken program for a script.
#pragma once
#include "kernel/files/open_file.hpp"
#include "kernel/process/credentials.hpp"
#include "kernel/process/elf.hpp"
#include "kernel/process/restart_record.hpp"
#include "kernel/result.hpp"
#include "substrate/handle.hpp"
#include <cstdint>

namespace torc {
class Space;
class FdTable;
struct Thread;

inline constexpr unsigned script_depth = 5; // #! naming #! naming ...
inline constexpr std::size_t header_bytes = 256; // of a file that decide what it is (BINPRM_BUF_SIZE)
inline constexpr std::size_t longest_string = 128 * 1024; // MAX_ARG_STRLEN

// What one program file brings into a space.
struct LoadedImage {
    OpenFile* file{nullptr};
    ElfHeader header{};
    std::uint64_t bias{0};
    std::uint64_t low{~0ull}, high{0}; // of all PT_LOADs, before the bias
    std::uint64_t headers_address{0}; // of the program headers in memory
    std::uint16_t next_segment{0};
    bool placed{false};
    bool unloadable{false}; // a PT_LOAD that cannot be mapped was seen
};

// The exec goes on at another torus (kernel/tori/travel.cpp).
struct TravelState {
    enum Step : std::uint8_t { begins, sent, answered, rehoming, settled };
    unsigned target{0}; // this torus: it stays
    std::uint8_t step{0};
    bool kills{false}; // it has failed, too late to go on
    bool taken{false}; // what was lent is the target's
    std::uint32_t sequence{0};
    std::int64_t outcome{0};
    std::uint64_t frames[3]{}; // the document, its files, its stack or what is at rest; 0: none
    Handle home;
};

inline constexpr std::uint64_t execve_number = 221; // asm-generic/unistd.h

struct ExecState { // pool record: an exec under way
    ExecState() { path[0] = '\0'; } // provided, so that the buffers are not cleared first
    enum class Phase : std::uint8_t {
        Strings,
        Travel, // on to another torus
        Open,
        LayOut,
        Script,
        Scan,
        OpenInterpreter,
        Load,
        ScanInterpreter,
        LoadInterpreter,
        Break,
        StartTables,
        Tables,
        Alone, // the other threads end
        Commit,
        DropOld
    } phase{};
    Space* space{nullptr};
    Space* old{nullptr};
    FdTable* files{nullptr}; // a copy, when others share the descriptors
    std::uint64_t files_cursor{0};
    bool closing_copy{false};
    LoadedImage program, interpreter;
    OpenFile* opening{nullptr}; // one of the two, where the names are (open_far_program)
    std::uint64_t stack_top{0}, string_floor{0},
        string_point{0}; // strings grow down from stack_top; floor: E2BIG below
    std::uint64_t name_address{0};
    std::uint32_t argument_count{0}, environment_count{0};
    std::uint32_t string_index{0}; // next one to push, counted from the end
    std::uint64_t string_done{0}; // bytes of it pushed so far
    std::uint64_t string_length{0};
    enum class Part : std::uint8_t { Name, Environment, Arguments, Done } part{};
    std::uint8_t scripts{0};
    std::uint8_t stack_protection{3};
    bool name_pushed{false};
    bool secure{false};
    Credentials credentials; // of the process from the change on
    std::uint64_t argv{0}, envp{0}; // user addresses in the old space
    std::uint64_t break_end{0}; // highest end of bss
    std::uint64_t table_point{0}; // the final stack pointer
    std::uint64_t scan_point{0}; // next string for the pointer tables
    std::uint32_t table_index{0};
    TravelState travel;
    std::uint8_t header[header_bytes];
    char path[4096]; // of what is executed: the script, then its interpreter
    char name[16]{};
};

// The thread dies in the middle: one grain of giving the unfinished space back; true when done.
bool exec_abandon_step(Thread& thread);

} // namespace torc
