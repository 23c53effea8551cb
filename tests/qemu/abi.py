# SPDX-License-Identifier: MIT
"""Every program of tests/abi prints on Torc what it prints on Debian's kernel; each counts as one test."""
import pathlib
import sys

from testing import limit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "abi"))
import suite


@limit(540)
def test_programs():
    for name, report in suite.compare_all(suite.names()):
        yield name, "\n".join(report) or None


@limit(540)
def test_programs_elsewhere():
    """The same with every program moved to another torus at exec, so that all files, names and devices are far away."""
    for name, report in suite.compare_all(suite.names(), cpus=2, more=" torc.place=1"):
        yield name, "\n".join(report) or None


@limit(540)
def test_programs_on_the_move():
    """The same with every process moved to a torus drawn by lot, once, somewhere in the middle."""
    for name, report in suite.compare_all(suite.names(), cpus=4, more=" torc.move=random"):
        yield name, "\n".join(report) or None


@limit(60)
def test_no_room_to_move():
    """Other tori have too little memory for it: each move is undone, and the program sees nothing of that."""
    for name, report in suite.compare_all(["keeping"], cpus=4, memory="96M", more=" torc.move=random"):
        yield name, "\n".join(report) or None


@limit(300)
def test_little_room():
    """Some of them on all of four tori, where everybody waits for room and credits all the time."""
    chosen = ["chdir", "directories", "exec", "fork", "kill", "mmap_file", "orphans", "pipes", "readwrite", "rename", "session", "sigchld",
              "stop_continue", "terminal", "terminal_jobs", "vfork", "wait"]
    for name, report in suite.compare_all(chosen, cpus=4, more=" torc.place=random torc.strand=tight"):
        yield name, "\n".join(report) or None
