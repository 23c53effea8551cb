// SPDX-License-Identifier: MIT
// sendfile between files of two tori: the bytes travel in the pages of questions (kernel/proc/ask_page.hpp),
// some 2.5 KiB each. Restart record: done (sent so far), cursor (the offset at the beginning), object
// (waiters of a poll of the far end), step.
#pragma once
#include "kernel/linux/outcome.hpp"

namespace torc {
struct Thread;

Outcome send_between(Thread& thread, Arguments const& arguments);

} // namespace torc
