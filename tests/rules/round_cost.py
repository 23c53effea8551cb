# SPDX-License-Identifier: MIT
"""What a round costs: AArch64 instructions of the kernel's own code, counted under qemu-aarch64 as the difference between
a program that does one round more and one that does not. Reading the neighbours, the rules, and publishing."""
import pathlib
import subprocess
import tempfile

from strand_order import kernel_compiler
from testing import limit

SOURCES = ["substrate/braid.cpp", "substrate/braid_layout.cpp", "substrate/constraints.cpp", "substrate/diffusion_gains.cpp"]
LIMIT = 1000 # with four neighbours
SETTLING = 1100 # all four of them have nominated it; carrying it out costs far more

PROGRAM = """
#include "substrate/braid.hpp"
#include "substrate/published_projection.hpp"
using namespace torc;

constexpr Shape shape{{SHAPE}};
constexpr std::size_t tori = shape.count();
struct Torus {
    Braid braid;
    TorusState state;
    std::array<PublishedProjection const*, max_neighbours> neighbours{};
    std::array<Glimpse, max_neighbours> heard{};
    Proposals proposals;
    Projection projection;
    PublishedProjection published;
};
constinit Torus all[tori]{};
extern "C" void* memset(void*, int, std::size_t);
extern "C" void* memcpy(void*, void const*, std::size_t);

// What a torus does in a round, and nothing else: in one of eight it reads and publishes more, and does not look
// around (kernel/tori/rounds.hpp).
__attribute__((noinline)) void round(Torus& self)
{
    Neighbourhood const& hood = self.braid.neighbourhood();
    std::uint8_t const* there = hood.slot_there.data();
    PublishedProjection const* const* from = self.neighbours.data();
    std::span<Glimpse> const heard{self.heard.data(), hood.neighbours};
    bool const elsewhere = self.braid.epoch() % 8 == 7;
    self.state.looks_around = !elsewhere;
    if (elsewhere)
        for (Glimpse& glimpse : heard)
            (void)(*from++)->read(glimpse, *there++);
    else
        for (Glimpse& glimpse : heard)
            (void)(*from++)->read<brief_constraints>(glimpse, *there++);
    self.braid.round(self.state, heard, self.proposals);
    self.braid.project(self.state, self.projection);
    if (elsewhere)
        self.published.publish_rules(self.projection, hood.neighbours, {48});
    else
        self.published.publish_briefly(self.projection, hood.neighbours);
}

// Each "all" is a round of every torus, each "one" of the first.
extern "C" int main(int count, char** rounds)
{
    DiffusionGains const gains = gains_for(shape, Capacities::equal);
    for (std::size_t self = 0; self < tori; ++self) {
        Neighbourhood const hood = neighbourhood_of(shape, self);
        all[self].braid.join({{0}, {static_cast<std::uint16_t>(self)}, 1}, hood, gains);
        for (std::size_t slot = 0; slot < hood.neighbours; ++slot)
            all[self].neighbours[slot] = &all[hood.position[slot]].published;
        TorusState& state = all[self].state;
        state.load = LOAD;
        state.lightest = 1024;
        STATE
        all[self].braid.project(state, all[self].projection);
        all[self].published.publish(all[self].projection);
    }
    for (int step = 1; step < count; ++step)
        for (std::size_t self = 0; self < (rounds[step][0] == 'a' ? tori : 1); ++self)
            round(all[self]);
    return 0;
}
"""

CASES = {
    "rest, 4 neighbours": ("8, 1, 1", "10240", ""),
    "shares over every edge, 4 neighbours": ("8, 1, 1", "self == 0 ? 100'000'000 : 10240", ""),
    "every rule has something to say, 4 neighbours":
        ("8, 1, 1", "self == 0 ? 100'000'000 : 10240",
         "state.misfit_weight = 1024; state.misfit = self == 0 ? Role::io : Role::compute;"
         "state.role = self == 0 ? RoleVector{1024, 0, 0, 0} : RoleVector{0, 1024, 0, 0};"
         "state.waiting = self == 0 ? 50 : 0; state.frames_wanted = self == 0 ? 100 : 0;"
         "state.frames_spare = 1000;"),
    # Once the fluid rests: nobody carries the proposal out.
    "one process settles, 4 neighbours": ("8, 1, 1", "self == 0 ? 14336 : 10240", "", 100),
    "rest, 8 neighbours": ("8, 8, 1", "10240", ""),
    "rest, 12 neighbours": ("5, 5, 5", "10240", ""),
}


def count(program, rounds, folder):
    log = pathlib.Path(folder, "log")
    subprocess.run(["qemu-aarch64", "-one-insn-per-tb", "-d", "exec,nochain", "-D", log, program, *rounds], check=True, timeout=60)
    with log.open("rb") as lines:
        return sum(line.startswith(b"Trace") for line in lines)


def compile_for_kernel(source, folder):
    compiled = pathlib.Path(folder, source.name + ".o")
    subprocess.run([*kernel_compiler(), "-fno-lto", "-c", source, "-o", compiled], check=True)
    return compiled


def measure(shape, load, state, parts, folder, first=3):
    """The dearest of eight rounds, one after the other: some rules take turns."""
    source, program = pathlib.Path(folder, "round.cpp"), pathlib.Path(folder, "round")
    source.write_text(PROGRAM.replace("SHAPE", shape).replace("LOAD", load).replace("STATE", state))
    subprocess.run(["aarch64-linux-gnu-gcc", "-static", compile_for_kernel(source, folder), *parts, "-o", program], check=True)
    return max(count(program, ["all"] * steps + ["one"], folder) - count(program, ["all"] * steps, folder) for steps in range(first, first + 8))


@limit(300)
def test_a_round_is_cheap():
    with tempfile.TemporaryDirectory() as folder:
        parts = [compile_for_kernel(pathlib.Path(source), folder) for source in SOURCES]
        costs = {name: measure(*case[:3], parts, folder, *case[3:]) for name, case in CASES.items()}
    for name, cost in costs.items():
        print(f"{cost:6} instructions: {name}")
    bad = [f"{name}: {cost}" for name, cost in costs.items()
           if "4 neighbours" in name and cost > (SETTLING if "settles" in name else LIMIT)]
    assert not bad, "a round costs too many instructions: " + ", ".join(bad)


if __name__ == "__main__":
    test_a_round_is_cheap()
