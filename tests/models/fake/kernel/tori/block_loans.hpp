// SPDX-License-Identifier: MIT
#pragma once

namespace torc {
struct Link;
struct OutItem;
void blocks_fail(Link& link, OutItem& item);
} // namespace torc
