// SPDX-License-Identifier: MIT
#pragma once

namespace torc {
struct OutItem;
void run_fails(OutItem& item);
} // namespace torc
