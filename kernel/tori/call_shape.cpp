// SPDX-License-Identifier: MIT
#include "kernel/tori/call_shape.hpp"
#include "kernel/linux/call_table.hpp"
#include "kernel/tori/far_event.hpp"
#include <array>

namespace torc {
namespace {

struct Row {
    std::uint16_t number; // Linux unistd.h
    CallShape shape;
};

constexpr std::uint8_t first = 1, second = 2, third = 4; // descriptors by place
constexpr CallShape file{.descriptors = first};
constexpr CallShape names{.flags = uses_names};
constexpr CallShape process{.flags = names_process};
constexpr CallShape path_at{.descriptors = first, .flags = uses_names};
constexpr CallShape two_paths_at{.descriptors = first | third, .flags = uses_names};
constexpr CallShape reads{.descriptors = first, .buffer = 2, .size = 3, .writes = true};
constexpr CallShape writes_file{.descriptors = first, .buffer = 2, .size = 3};

constexpr Row rows[] = {
    {17, {.flags = uses_names, .buffer = 1, .size = 2, .writes = true}}, // getcwd
    {25, file}, // fcntl
    {29, file}, // ioctl
    {32, file}, // flock
    {33, path_at}, // mknodat
    {34, path_at}, // mkdirat
    {35, path_at}, // unlinkat
    {36, {.descriptors = second, .flags = uses_names}}, // symlinkat
    {37, two_paths_at}, // linkat
    {38, two_paths_at}, // renameat
    {39, names}, // umount2
    {40, names}, // mount
    {43, names}, // statfs
    {44, file}, // fstatfs
    {45, names}, // truncate
    {46, file}, // ftruncate
    {47, file}, // fallocate
    {48, path_at}, // faccessat
    {49, {.flags = uses_names | moves_directory}}, // chdir
    {50, {.descriptors = first, .flags = moves_directory}}, // fchdir
    {51, {.flags = uses_names | moves_root}}, // chroot
    {52, file}, // fchmod
    {53, path_at}, // fchmodat
    {54, path_at}, // fchownat
    {55, file}, // fchown
    {56, {.descriptors = first, .flags = uses_names | makes_descriptor}}, // openat
    {61, reads}, // getdents64
    {62, file}, // lseek
    {63, reads}, // read
    {64, writes_file}, // write
    {65, file}, // readv
    {66, file}, // writev
    {67, reads}, // pread64
    {68, writes_file}, // pwrite64
    {69, file}, // preadv
    {70, file}, // pwritev
    {71, {.descriptors = first | second}}, // sendfile
    {78, path_at}, // readlinkat
    {79, path_at}, // newfstatat
    {80, file}, // fstat
    {81, names}, // sync
    {82, file}, // fsync
    {83, file}, // fdatasync
    {86, file}, // timerfd_settime
    {87, file}, // timerfd_gettime
    {88, path_at}, // utimensat
    {90, process}, // capget
    {98, process}, // futex: to the torus that has the word's file
    {100, process}, // get_robust_list
    {112, names}, // clock_settime
    {116, names}, // syslog
    {118, process}, // sched_setparam
    {119, process}, // sched_setscheduler
    {120, process}, // sched_getscheduler
    {121, process}, // sched_getparam
    {122, process}, // sched_setaffinity
    {123, process}, // sched_getaffinity
    {127, process}, // sched_rr_get_interval
    {129, process}, // kill
    {130, process}, // tkill
    {131, process}, // tgkill
    {138, process}, // rt_sigqueueinfo
    {140, process}, // setpriority
    {141, process}, // getpriority
    {142, names}, // reboot
    {154, process}, // setpgid
    {155, process}, // getpgid
    {156, process}, // getsid
    {157, process}, // setsid
    {160, names}, // uname
    {161, names}, // sethostname
    {162, names}, // setdomainname
    {170, names}, // settimeofday
    {223, file}, // fadvise64
    {240, process}, // rt_tgsigqueueinfo
    {261, process}, // prlimit64
    {274, process}, // sched_setattr
    {275, process}, // sched_getattr
    {276, two_paths_at}, // renameat2
    {291, path_at}, // statx
    {424, file}, // pidfd_send_signal
    {434, {.flags = names_process | makes_descriptor}}, // pidfd_open
    {439, path_at}, // faccessat2
};

constexpr std::array<CallShape, linux_abi::call_limit> make_shapes()
{
    std::array<CallShape, linux_abi::call_limit> shapes{};
    for (Row const& row : rows)
        shapes[row.number] = row.shape;
    return shapes;
}
constexpr auto shapes = make_shapes();
constexpr CallShape none{};
constexpr CallShape reopen{.descriptors = first, .flags = makes_descriptor};

} // namespace

CallShape const& call_shape(unsigned number)
{
    if (number == static_cast<unsigned>(FarRequest::Reopen))
        return reopen;
    return number < shapes.size() ? shapes[number] : none;
}

} // namespace torc
