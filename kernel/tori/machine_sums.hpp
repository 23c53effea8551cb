// SPDX-License-Identifier: MIT
// What programs are told of all tori together: sums over what each has published of itself. Others' figures
// are a round old, or as old as their sleep, and what a sleep adds is added here.
#pragma once
#include <cstdint>
#include <optional>

namespace torc {
struct Torus;
enum class TorusPolicy : std::uint8_t; // substrate/projection.hpp

// Processes may live on other tori than torus 0.
bool programs_elsewhere(Torus const& torus);
// It is shown as a processor: one that programs may run on.
bool is_processor(Torus const& torus, unsigned number);
// Who comes after `number` among them, round and round; `number` itself when it is the only one.
unsigned next_processor(Torus const& torus, unsigned number);
// Whether it is open to all programs, and if not, how; nullopt: it takes none.
std::optional<TorusPolicy> policy_of(Torus const& torus, unsigned number);

// An affinity that names no torus: all that are open, whichever these are at the moment.
inline constexpr std::uint64_t every_torus = ~0ull;
// The first 64 tori that an affinity may name, a bit each: those that are not being drained.
std::uint64_t processor_mask(Torus const& torus);
// As programs see a thread's affinity; not empty.
std::uint64_t shown_affinity(Torus const& torus, std::uint64_t affinity);

struct ProcessorTimes { // ticks
    std::uint64_t user{0}, nice{0}, kernel{0}, idle{0};
};
// Since the start. False: no processor.
bool processor_times(Torus const& torus, unsigned number, ProcessorTimes& times);

struct MachineSums {
    ProcessorTimes times;
    std::uint64_t interrupts{0}, switches{0}, forks{0}, runnable{0}, threads{0}, anonymous_pages{0};
    std::uint64_t loads[3]{}; // in 1/65536
};
MachineSums sum_processors(Torus const& torus);

} // namespace torc
