// SPDX-License-Identifier: MIT
// Threads of a torus in a model: functions that are called again when something has woken them.
#pragma once
#include "tests/models/explore.hpp"

namespace torc {

struct Task {
    bool waits{false};
};

class WaitQueue {
public:
    bool empty() const { return count_ == 0; }
    void add(Task& task)
    {
        task.waits = true;
        tasks_[count_++] = &task;
    }
    unsigned wake(unsigned count = ~0u)
    {
        unsigned const woken = std::min(count, count_);
        for (unsigned i = 0; i < woken; ++i)
            tasks_[i]->waits = false;
        for (unsigned i = woken; i < count_; ++i)
            tasks_[i - woken] = tasks_[i];
        count_ -= woken;
        return woken;
    }
    void wake_one() { wake(1); }
    void wake_all() { wake(); }

private:
    Task* tasks_[4]{};
    unsigned count_{0};
};

} // namespace torc
