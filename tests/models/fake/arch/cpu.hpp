// SPDX-License-Identifier: MIT
#pragma once

namespace torc::arch {
bool interrupt_pending();
}
