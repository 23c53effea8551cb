// SPDX-License-Identifier: MIT
// Of a torus what kernel/tori/links.cpp touches.
#pragma once
#include "kernel/memory/frame_pool.hpp"
#include "kernel/process/wait_queue.hpp"

namespace torc {

struct TorusLinks;
struct FarRecords;
struct PublicPages;

struct Torus {
    unsigned number{0};
    bool bell{false};
    TorusLinks* links{nullptr};
    FarRecords* far{nullptr};
    FramePool frames;
    void* machine{nullptr};
    PublicPages* pages{nullptr};
    struct {
        bool asleep{false};
    } rounds;
    struct {
        static unsigned runnable() { return 0; } // it goes on looking
    } run_queue;
};

Torus& this_torus();

} // namespace torc
