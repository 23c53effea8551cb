#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Torc against Debian's Linux: the same benchmark program, QEMU and command line, one table.

    tests/bench/run.py [--fresh] [--torc-only] [--only ROW,ROW...]

One core, 1 GiB, icount: one guest instruction is one nanosecond of guest time, so the figures are instructions
and repeat to the last digit. Linux takes minutes; its figures are kept in the cache folder by a key made of the
kernel, the program and QEMU, and measured anew with --fresh.
"""
import argparse
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import stat
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import mkinitramfs
from console import Console
from qemu import LINUX, Machine

TORC = ROOT / "build/Image"
PROGRAM = ROOT / "build/bench/bench"
SOURCE = ROOT / "tests/bench/bench.c"
LOAD = ROOT / "tests/bench/load.h"
CACHE = pathlib.Path(os.environ.get("TORC_CACHE") or
                     pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "torc")
MEMORY_KIB = 1 << 20
MIB = 1 << 20
LINUX_LIMIT, TORC_LIMIT = 900, 300


@dataclasses.dataclass
class Row:
    name: str  # as bench.c prints it, or made up of what it prints
    title: str
    bar: float | None
    unit: str = "instructions"


ROWS = [
    Row("null_call", "null call (getppid)", 100),
    Row("write_null", "1-byte write to /dev/null", 200),
    Row("pipe_round_trip", "pipe round trip between two processes", 2500),
    Row("eventfd_round_trip", "eventfd round trip between two processes", 2200),
    Row("signal_self", "signal to self", 1000),
    Row("open_close", "open and close", 1500),
    Row("page_fault", "anonymous 4 KiB fault", 900),
    Row("fork_exit_wait", "fork, exit, wait", 40_000),
    Row("fork_exec_wait", "fork, exec, wait", 110_000),
    Row("timer_load", "timer wake-up under load, worst", 8000),
    Row("timer_idle", "timer wake-up, idle, worst", None),
    Row("boot", "first instruction to first line of /init", 15_000_000),
    Row("memory_used", "RAM of the tree minus MemFree at init", 12, "MiB"),
    Row("image", "Image", 1, "MiB"),
]


def is_old(target, *sources):
    return not target.exists() or target.stat().st_mtime < max(source.stat().st_mtime for source in sources)


def build():
    if is_old(PROGRAM, SOURCE, LOAD):
        PROGRAM.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["aarch64-linux-gnu-gcc", "-O2", "-std=gnu17", "-Wall", "-Wextra", "-static", "-o", PROGRAM, SOURCE], check=True)


def initramfs(program=PROGRAM):
    """An archive whose /init is `program`."""
    archive = mkinitramfs.Archive()
    for folder in ("dev", "proc", "tmp"):
        archive.put(folder, stat.S_IFDIR | 0o755)
    for name, mode, minor, major in (("console", 0o600, 1, 5), ("null", 0o666, 3, 1)):
        archive.put(f"dev/{name}", stat.S_IFCHR | mode, device=(major, minor))
    archive.put("init", stat.S_IFREG | 0o755, program.read_bytes())
    return archive.bytes()


def measure(kernel, limit, only):
    """{row: value or None} as the program prints them."""
    with tempfile.NamedTemporaryFile(prefix="torc-bench-") as initrd:
        initrd.write(initramfs())
        initrd.flush()
        arguments = f" -- only={only}" if only else ""
        # nokaslr: with it Linux would also isolate its page tables, which a Cortex-A72 does not need.
        machine = Machine(kernel=kernel, initrd=initrd.name, cpus=1, cpu="cortex-a72", memory="1G", gic=2, el=1, icount=True, seed=1,
                          append="console=ttyAMA0 quiet loglevel=3 panic=-1 nokaslr" + arguments)
        with Console(machine, limit) as console:
            try:
                console.wait_for(r"bench done", limit)
                console.exit_status(20)
            except AssertionError as error:
                print(f"{'Linux' if kernel == LINUX else 'Torc'} did not finish: {error}", file=sys.stderr)
            text = console.text
    found = re.findall(r"bench (\w+) (\S+) (\S+)", text)
    values = {name: None if value == "none" else float(value) for name, value, _ in found}
    if "memory_free" in values:
        values["memory_used"] = (MEMORY_KIB - values["memory_free"]) / 1024
    values["image"] = image_size(kernel) / MIB
    return values


def image_size(path):
    """Bytes of the file; both kernels' Images are uncompressed."""
    head = path.read_bytes()[:64]
    assert head[56:60] == b"ARM\x64" or struct.unpack_from("<I", head, 56)[0] == 0x644D5241, f"{path} is no arm64 Image"
    return path.stat().st_size


def linux_values(fresh, only):
    version = subprocess.run(["qemu-system-aarch64", "--version"], capture_output=True, check=True).stdout
    key = hashlib.sha256(LINUX.read_bytes() + PROGRAM.read_bytes() + version + only.encode()).hexdigest()[:32]
    kept = CACHE / "bench" / f"{key}.json"
    if kept.exists() and not fresh:
        return json.loads(kept.read_text())
    print("Measuring Linux: this takes some minutes, once.", file=sys.stderr)
    values = measure(LINUX, LINUX_LIMIT, only)
    if "done" in values:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(values))
    return values


def number(value, unit):
    if value is None:
        return "-"
    return f"{value:,.2f}" if unit == "MiB" and value < 10 else f"{value:,.0f}" if value >= 100 or unit == "MiB" else f"{value:,.1f}"


def table(torc, linux):
    lines = ["| row | Torc | Linux 6.1 | Linux / Torc | bar | met |", "|---|---:|---:|---:|---:|---|"]
    for row in ROWS:
        ours, theirs = torc.get(row.name), linux.get(row.name)
        if ours is None and theirs is None:
            continue
        ratio = f"{theirs / ours:,.1f}" if ours and theirs else "-"
        met = "" if row.bar is None or not torc else "no" if ours is None or ours > row.bar else "yes"
        unit = " MiB" if row.unit == "MiB" else ""
        bar = "" if row.bar is None else f"{row.bar:,}{unit}"
        lines.append(f"| {row.title} | {number(ours, row.unit)} | {number(theirs, row.unit)} | {ratio} | {bar} | {met} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fresh", action="store_true", help="measure Linux anew")
    parser.add_argument("--torc-only", action="store_true")
    parser.add_argument("--linux-only", action="store_true")
    parser.add_argument("--only", default="", help="rows, separated by commas")
    options = parser.parse_args()
    build()
    linux = {} if options.torc_only else linux_values(options.fresh, options.only)
    torc = {} if options.linux_only else measure(TORC, TORC_LIMIT, options.only)
    print("Guest instructions on QEMU virt, one Cortex-A72, 1 GiB, icount; less is better.\n")
    print(table(torc, linux))
    return 0 if options.linux_only or "done" in torc else 1


if __name__ == "__main__":
    sys.exit(main())
