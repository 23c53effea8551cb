// SPDX-License-Identifier: MIT
// A fake machine with the file subsystem started, people who make system calls on it, and a count of
// everything that must be back where it was when a test ends.
#pragma once
#include "kernel/files/file_records.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/process.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace torc {

inline constexpr std::int64_t call_blocks = -100'000; // the thread waits in a queue
inline constexpr std::int64_t call_interrupted = -100'001;

// One process with one thread and 16 MiB of memory to pass arguments in.
class Person {
public:
    static constexpr std::uint64_t memory = 0x1000'0000, memory_size = 16u << 20;
    Person();
    ~Person();

    // Runs a call to its end, or until it blocks; when run again with the same arguments it goes on.
    std::int64_t call(CallHandler handler, std::uint64_t a0 = 0, std::uint64_t a1 = 0, std::uint64_t a2 = 0,
        std::uint64_t a3 = 0, std::uint64_t a4 = 0, std::uint64_t a5 = 0);
    bool waits() const { return thread.state == ThreadState::Blocked; }

    std::uint64_t put(
        void const* bytes, std::size_t size); // into its memory; good for a few MiB of further puts
    std::uint64_t put(std::string const& text) { return put(text.c_str(), text.size() + 1); }
    std::uint64_t room(std::size_t size);
    std::string get(std::uint64_t address, std::size_t size);
    template <typename T> T get(std::uint64_t address)
    {
        T value;
        std::string const bytes = get(address, sizeof value);
        std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }

    // The calls as tests want to say them. Paths are relative to the directory of the test.
    std::int64_t open(std::string const& path, std::uint32_t flags, std::uint32_t mode = 0644);
    std::int64_t close(std::int64_t fd) { return call(linux_abi::call_close, fd); }
    std::int64_t write(std::int64_t fd, std::string const& text);
    std::string read(std::int64_t fd, std::size_t size); // "!errno" for an error
    std::int64_t mkdir(std::string const& path, std::uint32_t mode = 0755);
    std::int64_t unlink(std::string const& path, int flags = 0);
    std::int64_t rename(std::string const& from, std::string const& to, unsigned flags = 0);
    std::int64_t link(std::string const& from, std::string const& to, int flags = 0);
    std::int64_t symlink(std::string const& text, std::string const& path);
    std::string readlink(std::string const& path);
    std::int64_t stat_mode(std::string const& path, int flags = 0); // st_mode, or -errno
    std::uint32_t links(std::string const& path);
    std::uint64_t size(std::string const& path);
    std::int64_t make(std::string const& path, std::string const& text = ""); // a file with contents
    std::string contents(std::string const& path);
    std::vector<std::string> list(std::string const& path);
    void remove_all_in(std::string const& directory);

    Process& process;
    Thread& thread;

private:
    std::uint64_t next_{memory};
};

class FilesTest : public ::testing::Test {
protected:
    enum class Place { OwnFilesystem, Root }; // where /t is
    explicit FilesTest(Place place = Place::OwnFilesystem);
    ~FilesTest() override;
    static FakeMachine& machine();
    // Makes every grain end, so that calls run in as many pieces as they can.
    static void interrupt_always(bool on) { machine().interrupt_pending = on; }

    std::unique_ptr<Person> me;

private:
    Place const place_;
    std::map<std::string, std::uint64_t> before_;
};

std::map<std::string, std::uint64_t> count_objects();

} // namespace torc
