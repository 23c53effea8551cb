#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What several cores cost and give: Torc against Debian's Linux, counted in instructions of each core.

    tests/bench/tori.py [--torc-only] [--only CASE,CASE...] [--append TEXT]

All cores share one clock under icount, so a QEMU plugin (count.c) counts what each core executes between marks of the
program (tori.c). Summed: over all cores, as both ends of a pipe work for one round
trip. Busiest: the core that has most to do, which is how long it takes where cores run side by side.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(ROOT / "tests/bench"))
import run
from console import Console
from qemu import LINUX, Machine

BUILD = ROOT / "build/bench"
PROGRAM, PLUGIN = BUILD / "tori", BUILD / "count.so"
MORE = {run.TORC: "", LINUX: ""}  # on the kernel's command line
LIMITS = {run.TORC: 200, LINUX: 900}


def make():
    BUILD.mkdir(parents=True, exist_ok=True)
    for command, source, target in (
            (["aarch64-linux-gnu-gcc", "-O2", "-std=gnu17", "-Wall", "-Wextra", "-static", "-pthread"], "tori.c", PROGRAM),
            (["gcc", "-O2", "-std=gnu17", "-Wall", "-Wextra", "-shared", "-fPIC"], "count.c", PLUGIN)):
        source = ROOT / "tests/bench" / source
        if run.is_old(target, source, run.LOAD):
            subprocess.run(command + ["-o", target, source], check=True)


class Row:
    """The counts of each core between two marks, how often the step ran between them, and where the marks were."""

    def __init__(self, count, core, before, after):
        self.count = count
        self.core = core
        before = before + [0] * (len(after) - len(before))  # cores are numbered as they are seen
        self.cores = [b - a for a, b in zip(before, after)]

    def own(self):
        return self.cores[self.core] / self.count

    def summed(self):
        return sum(self.cores) / self.count


def boot(kernel, cores, arguments, append=""):
    """{row name: Row}, and the instructions from each wake-up to the mark behind it."""
    return read_marks(*run_counted(kernel, cores, arguments, append))


def run_counted(kernel, cores, arguments, append="", plugin="", memory="1G"):
    """(what the program says, what the plugin has written)."""
    with tempfile.TemporaryDirectory(prefix="torc-bench-") as folder:
        initrd, marks = pathlib.Path(folder) / "initrd", pathlib.Path(folder) / "marks"
        initrd.write_bytes(run.initramfs(PROGRAM))
        machine = Machine(kernel=kernel, initrd=initrd, cpus=cores, cpu="cortex-a72", memory=memory, gic=3, el=1, icount=True, seed=1,
                          append=f"console=ttyAMA0 quiet loglevel=3 panic=-1 nokaslr {append} {MORE[kernel]} -- cores={cores} {arguments}",
                          options=["-plugin", f"{PLUGIN},out={marks}{plugin}"])
        with Console(machine, LIMITS[kernel]) as console:
            console.wait_for(r"row done", LIMITS[kernel])
            console.exit_status(30)
            text = console.text
        return text, marks.read_text()


def read_marks(text, marks):
    names = [(name, int(count)) for name, count in re.findall(r"row (\w+) (\d+)", text) if name not in ("done", "wake_up")]
    spans, latencies, before = [], [], None
    for line in marks.splitlines():
        number, core, slept, *counts = map(int, line.split()[1:])
        if number == 0:
            before = core, counts
        elif number == 1:
            spans.append((*before, counts))
        else:
            latencies.append(counts[core] - slept)
    rows = {name: Row(count, *span) for (name, count), span in zip(names, spans) if count}
    return rows, latencies


def address_of(name):
    symbols = subprocess.run(["aarch64-linux-gnu-nm", "-C", ROOT / "build/torc.elf"], check=True, capture_output=True, text=True).stdout
    return next(line.split()[0] for line in symbols.splitlines() if line.endswith(" T " + name))


def rounds(kernel):
    """Each round of core 0 while a thread computes there, and on all of four cores nobody or eight others; so many processes sleep."""
    for processes, computing in ((10, 0), (10_000, 0), (10, 8)) if kernel == run.TORC else ():
        text, lines = run_counted(kernel, 4, f"case=rounds processes={processes} spinners={computing}", memory="1G" if processes < 8000 else "2G",
                                  plugin=",function=0x" + address_of("torc::play_round(torc::Torus&)"))
        lines = lines.splitlines()
        begin, end = (next(i for i, line in enumerate(lines) if line.startswith(f"mark {number}")) for number in (0, 1))
        core = lines[begin].split()[2]
        counts = [int(line.split()[2]) for line in lines[begin:end] if line.startswith(f"call {core} ")]
        made = int(re.search(r"row rounds (\d+)", text)[1]) + computing
        what = f"with {made} processes" + f", {computing} of them computing" * bool(computing)
        yield f"a round, mean of {len(counts)}, {what}", sum(counts) / len(counts), 1000, "instructions"
        yield f"a round, the dearest, {what}", max(counts), 1000, "instructions"


def one_of_many(kernel):
    # Core 0 has the names: with load=1 it also serves what the others open and execute, which counts here.
    alone, _ = boot(kernel, 1, "case=calls")
    for load, what in ((2, "one of 8 loaded cores"), (1, "one of 8 loaded cores that serves their execs")):
        among, _ = boot(kernel, 8, f"case=calls load={load}")
        for name in ("null_call", "pipe_round_trip", "fork_exec_wait"):
            if name in alone and name in among:
                yield f"{name}: {what} / one core", among[name].own() / alone[name].own(), 1.05, "ratio"


def two_cores(case, name, title):
    def measure(kernel):
        rows, _ = boot(kernel, 4, f"case={case}")
        yield title, rows[name].summed() if name in rows else None, 4000, "instructions"

    return measure


def settled(kernel):
    # The thread's own core: the home has nothing to do with it.
    rows, _ = boot(kernel, 4, "case=settled")
    for name in ("wake_nobody", "wait_for_nothing", "read_clock"):
        yield f"{name} on a core away from home", rows[name].own() if name in rows else None, 300, "instructions"


def spreading(name):
    def measure(kernel):
        alone, _ = boot(kernel, 1, f"case={name}")
        among, _ = boot(kernel, 4, f"case={name}")
        yield f"4 {name}: busiest of 4 cores / one core", max(among[name].cores) / sum(alone[name].cores), 0.27, "ratio"

    return measure


def wake_up(kernel):
    _, latencies = boot(kernel, 4, "case=wake load=1", "torc.isolate=3 isolcpus=3")
    yield "FIFO program on an isolated core, worst wake-up", max(latencies, default=None), 3000, "instructions"


CASES = {
    "calls": one_of_many,
    "pipe": two_cores("pipe", "pipe_two_cores", "pipe round trip between two cores, summed"),
    "futex": two_cores("futex", "futex_two_cores", "futex round trip between two cores, summed"),
    "limbs": two_cores("limbs", "futex_two_limbs", "futex round trip between two cores away from home, summed"),
    "settled": settled,
    "processes": spreading("processes"),
    "threads": spreading("threads"),
    "fillers": spreading("fillers"),
    "wake": wake_up,
    "rounds": rounds,
}


def show(value, unit):
    return "-" if value is None else f"{value:.3f}" if unit == "ratio" else f"{value:,.0f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torc-only", action="store_true")
    parser.add_argument("--append", default="", help="further words for Torc's command line")
    parser.add_argument("--only", default="", help="cases, separated by commas: " + ", ".join(CASES))
    options = parser.parse_args()
    chosen = options.only.split(",") if options.only else list(CASES)
    make()
    MORE[run.TORC] = options.append
    kernels = [run.TORC] if options.torc_only else [run.TORC, LINUX]
    print("| row | Torc | Linux 6.1 | bar | met |\n|---|---:|---:|---:|---|")
    for case in chosen:
        try:
            columns = [list(CASES[case](kernel)) for kernel in kernels]
        except AssertionError as error:
            print(f"{case}: {str(error).splitlines()[0]}", file=sys.stderr)
            continue
        for index, (title, value, bar, unit) in enumerate(columns[0]):
            linux = columns[1][index][1] if len(columns) > 1 and index < len(columns[1]) else None
            met = "yes" if value is not None and value <= bar else "no"
            print(f"| {title} | {show(value, unit)} | {show(linux, unit)} | {show(bar, unit)} | {met} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
