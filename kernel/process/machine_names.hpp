// SPDX-License-Identifier: MIT
// What uname(2) and /proc/version say. The system is called Linux and the release is that of the Linux whose
// ABI this is, because programs (glibc first of all) decide by it what they may use.
#pragma once
#include <string_view>

namespace torc {

inline constexpr std::string_view kernel_system = "Linux";
inline constexpr std::string_view kernel_release = "6.1.0-torc";

std::string_view kernel_version(); // with the date of the build
struct MachineNames; // kernel/machine_records.hpp
void set_host_name(MachineNames& names, std::string_view name); // cut at 64 characters
void set_domain_name(MachineNames& names, std::string_view name);

} // namespace torc
