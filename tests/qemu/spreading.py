# SPDX-License-Identifier: MIT
"""Threads that compute spread over the cores by the rules of the braid, and then stay (docs/scheduling.md). Under icount all cores run in
turn on one clock: times are the guest's, and a run does not depend on what else the host does."""
import pathlib
import re
import subprocess
import sys
import tempfile

from console import Console
from placement import changed_tree
from qemu import Machine
from testing import cases, limit

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/bench"))
import run as bench

SOURCE, PROGRAM = ROOT / "tests/spreading/spreading.c", ROOT / "build/spreading/spreading"


def spread(arguments, append="", **choices):
    """(of each worker: first and last core, when it left `from` and when it began, in us; what rules had sent at half time and at the end)."""
    if bench.is_old(PROGRAM, SOURCE):
        PROGRAM.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["aarch64-linux-gnu-gcc", "-O2", "-Wall", "-Wextra", "-static", "-pthread", "-o", PROGRAM, SOURCE], check=True)
    with tempfile.TemporaryDirectory() as folder:
        initrd = pathlib.Path(folder, "initrd")
        initrd.write_bytes(bench.initramfs(PROGRAM))
        choices = dict(icount=True, memory="256M", cpus=4) | choices
        with Console(Machine(initrd=initrd, append=f"quiet {append} -- {arguments}", **choices), 100) as console:
            console.wait_for(r"spreading done", 100)
            text = console.text.replace("\r", "")
    workers = [tuple(map(int, found)) for found in re.findall(r"^worker \d+ first (\S+) last (\S+) left (\S+) late (\S+)", text, re.M)]
    return workers, [tuple(map(int, found)) for found in re.findall(r"^sent (\d+) (\d+)", text, re.M)]


def big_and_little(folder, big):
    return changed_tree(folder, [("u", cpu, "capacity-dmips-mhz", "1024" if cpu in big else "485") for cpu in range(4)], cpus=4)


@cases(**{f"{kind}_{where}": dict(kind=kind, big=big, start=start)
          for kind in ("threads", "processes")
          for where, big, start in (("boot_core_is_little", (2, 3), 0x3), ("boot_core_is_big", (0, 1), 0xc))})
@limit(60)
def test_big_cores_within_50_ms(kind, big, start):
    """Two that compute on LITTLE cores are on the two big ones, one on each, within 50 ms of guest time from when they may."""
    with tempfile.TemporaryDirectory() as folder:
        workers, _ = spread(f"kind={kind} count=2 ms=300 from={start}", dtb=big_and_little(folder, big))
    assert len(workers) == 2 and all(start >> first & 1 for first, *_ in workers), workers
    assert sorted(last for _, last, *_ in workers) == sorted(big), workers
    assert all(left <= 50_000 for _, _, left, _ in workers), workers


@cases(four=dict(count=4), six=dict(count=6), nine=dict(count=9), of_two_weights=dict(count=8, more=" nice=5"),
       processes=dict(count=6, kind="processes"), on_one_core=dict(count=6, more=" from=1"),
       big_and_little=dict(count=6, big=(2, 3)))
@limit(120)
def test_a_steady_load_comes_to_rest(count, kind="threads", more="", big=None):
    """All cores compute, and in the second half of the time next to nothing goes elsewhere any more."""
    with tempfile.TemporaryDirectory() as folder:
        choices = dict(dtb=big_and_little(folder, big)) if big else {}
        workers, (half, end) = spread(f"kind={kind} count={count} ms=1200{more}", **choices)
    assert len(workers) == count and {last for _, last, *_ in workers} == {0, 1, 2, 3}, workers
    assert 0 < half[0] <= 4 * count, half
    assert end[0] - half[0] <= 2 and end[1] == half[1], (half, end)


@cases(threads=dict(kind="threads"), processes=dict(kind="processes"))
@limit(60)
def test_nobody_urgent_waits(kind):
    """Four real-time threads that begin on one core, where only the most urgent would run: within some rounds each has a core."""
    workers, _ = spread(f"kind={kind} count=4 ms=200 priority=50")
    assert {last for _, last, *_ in workers} == {0, 1, 2, 3}, workers
    assert all(late <= 20_000 for *_, late in workers), workers
