# SPDX-License-Identifier: MIT
"""Programs print the same when their threads run on other tori than their process lives on."""
import pathlib
import sys

from testing import limit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "abi"))
import suite

PROGRAMS = ["futex", "futex_bitset", "pthread_sync", "rlimits", "sequences", "sigframe", "sleeping", "stop_continue",
            "thread_company", "thread_exit", "thread_stress", "threads", "wait"]


@limit(400)
def test_threads_elsewhere():
    """Every thread is lent to a torus drawn by lot, and moves every few calls."""
    for name, report in suite.compare_all(PROGRAMS, cpus=4, more=" torc.limbs=random,all"):
        yield name, "\n".join(report) or None


CALLS = ["who", "where", "yield", "clock", "time of day", "wake of nobody", "wait for nothing"]


@limit(150)
def test_calls_without_home():
    """What needs no home is settled where the thread runs: in a fraction of the time of a call that goes home."""
    results, text, _ = suite.run(suite.TORC, ["limb_calls"], limit=50, cpus=2)
    assert "limb_calls" in results, text[-3000:]
    lines = results["limb_calls"].lines
    for call in CALLS:
        assert f"{call}: settled there" in lines, "\n".join(lines)
