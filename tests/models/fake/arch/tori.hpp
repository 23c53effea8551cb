// SPDX-License-Identifier: MIT
#pragma once

namespace torc::arch {
void ring_bell(unsigned torus);
}
