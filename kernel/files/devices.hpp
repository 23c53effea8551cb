// SPDX-License-Identifier: MIT
// devtmpfs: one filesystem that every mount of it shows, with a node for each device the kernel knows.
#pragma once
#include "kernel/files/inode.hpp"
#include "kernel/result.hpp"
#include <cstdint>
#include <string_view>

namespace torc {

// A character device in it, at boot or when its driver comes: "ttyAMA0", 0600, {204, 64}.
Result<void> add_device_node(std::string_view name, std::uint16_t permissions, Device device);

} // namespace torc
