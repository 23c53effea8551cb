#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A crowd of processes on many tori (crowd.c), and whether it did what it does on one: make stress.

    tests/stress/crowd.py [--cpus 8] [--workers 250] [--pieces 10000] [--seed 1] [--memory 2G]
                          [--kernel linux] [--append TEXT] [--limit SECONDS] [--restless] [--alone]

Prints the guest's console. --alone: does it on one core as well, and compares the checksums. The exit status says whether all
pieces were done, nothing was kept, and the checksums agree.
"""
import argparse
import pathlib
import re
import stat
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from console import Console
from mkinitramfs import Archive
from qemu import LINUX, Machine

PROGRAM = ROOT / "build/stress/crowd"
TORC = ROOT / "build/Image"


def make():
    folder = ROOT / "tests/stress"
    sources = [folder / "crowd.c", folder / "crowd_kinds.c"]
    newest = max(file.stat().st_mtime for file in [*sources, folder / "crowd.h"])
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < newest:
        PROGRAM.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["aarch64-linux-gnu-gcc", "-O2", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-static", "-pthread",
                        "-o", PROGRAM, *sources], check=True)


def initramfs():
    archive = Archive()
    archive.put("crowd", stat.S_IFREG | 0o755, PROGRAM.read_bytes())
    archive.put("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    return archive.bytes()


def run(cpus, workers, pieces, seed=1, memory="2G", kernel=TORC, append="", limit=300.0, restless=False, show=print):
    """(checksum or None, complaints). `show` gets each line of the console."""
    make()
    with tempfile.TemporaryDirectory(prefix="torc-crowd-") as folder:
        initrd = pathlib.Path(folder) / "initrd"
        initrd.write_bytes(initramfs())
        machine = Machine(kernel=kernel, initrd=initrd, cpus=cpus, cpu="cortex-a72", memory=memory,
                          append=f"{append} rdinit=/crowd -- {workers} {pieces} {seed} {cpus if restless else 0}")
        with Console(machine, limit) as console:
            line = ""
            while not line.endswith("complete") and not line.endswith("INCOMPLETE"):
                line = console.wait_for(r"([^\r\n]*)\r?\n", limit).group(1)
                show(line)
            status = console.exit_status(30)
            text = console.text.replace("\r", "")
    found = re.search(r"checksum (\w+) of", text)
    complaints = re.findall(r"^(?:kept|crowd: process|crowd: nothing|crowd: INCOMPLETE|panic).*$", text, re.M)
    if status != 0:
        complaints.append(f"QEMU's exit status is {status}")
    return found.group(1) if found else None, complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpus", type=int, default=8)
    parser.add_argument("--workers", type=int, default=250, help="each has up to twelve descendants at a time")
    parser.add_argument("--pieces", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory", default="2G")
    parser.add_argument("--kernel", default=str(TORC), help="an arm64 Image, or 'linux' for Debian's")
    parser.add_argument("--append", default="")
    parser.add_argument("--limit", type=float, default=1800, help="seconds, then it has failed")
    parser.add_argument("--restless", action="store_true", help="cores are drained and isolated meanwhile")
    parser.add_argument("--alone", action="store_true")
    options = parser.parse_args()
    kernel = LINUX if options.kernel == "linux" else options.kernel
    sums = set()
    bad = []
    for cpus in [options.cpus] + [1] * options.alone:
        print(f"---- {cpus} core{'s' * (cpus > 1)} ----", flush=True)
        checksum, complaints = run(cpus, options.workers, options.pieces, options.seed, options.memory, kernel, options.append,
                                   options.limit, options.restless)
        sums.add(checksum)
        bad += complaints
    if len(sums) > 1:
        bad.append(f"checksums differ: {sums}")
    print("\n" + ("\n".join(bad) or "all right"))
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
