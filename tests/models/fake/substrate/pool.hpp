// SPDX-License-Identifier: MIT
// Records that only their torus touches: from the model's own memory, which lasts for one execution.
#pragma once
#include "tests/models/explore.hpp"

namespace torc {

void* take_memory(std::size_t bytes); // cleared

template <typename T> class Pool {
public:
    T* create() { return new (take_memory(sizeof(T))) T{}; }
};

} // namespace torc
