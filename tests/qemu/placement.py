# SPDX-License-Identifier: MIT
"""Programs spread over the cores by themselves (docs/scheduling.md)."""
import re
import subprocess
import tempfile

from console import Console
from cores import virt_tree
from qemu import Machine
from testing import cases, limit

# Says on which processor it begins, counts to $1, and says where it ends.
PREPARE = (
    "mount -t proc proc /proc; echo '#!/bin/sh' >/tmp/job; "
    "echo 'w=$1; read -r a </proc/self/stat; set -- $a; shift 38; echo at $1; set -- $w' >>/tmp/job; "
    "echo 'i=0; while [ $i -lt $1 ]; do i=$((i+1)); done; read -r a </proc/self/stat; set -- $a; shift 38; echo on $1' >>/tmp/job; "
    "chmod +x /tmp/job; "
)


def jobs(number, at_once, work):
    """A command that runs so many jobs; nothing else runs meanwhile."""
    return f"yes {work} | head -{number} >/tmp/work; xargs -P{at_once} -n1 /tmp/job </tmp/work"


def run(*commands, **choices):
    """What each command prints, run by the first program, one after the other. QEMU's icount runs all cores in turn on one clock, so every
    run is like the other."""
    choices = dict(icount=True, memory="256M", cpus=4) | choices
    script = PREPARE + "; ".join(f"echo begin {number}; {command}" for number, command in enumerate(commands))
    append = f'quiet rdinit=/bin/sh -- -c "{script}; echo all done; poweroff -f"'
    with Console(Machine(append=append, **choices), 50) as console:
        console.wait_for(r"\nall done", 50)
        text = console.text.replace("\r", "").split("\nall done")[0]
    return re.split(r"begin \d+\n", text)[1:]


def places(text, which="on"):
    return [int(number) for number in re.findall(rf"^{which} (\d+)", text, re.M)]


def time_of_four_jobs(cpus):
    """(guest seconds that all cores together spent, where they began)."""
    begin, four, end = run("cat /proc/uptime", jobs(4, 4, 6000), "cat /proc/uptime", cpus=cpus)
    return float(end.split()[0]) - float(begin.split()[0]), places(four, "at")


@limit(60)
def test_four_jobs_on_four_cores():
    """The cores share them, and all together do no more than one core alone would."""
    alone, where = time_of_four_jobs(1)
    assert where == [0, 0, 0, 0]
    together, where = time_of_four_jobs(4)
    assert len(set(where)) >= 3, where # as below: one core may have got two
    assert together < alone * 1.1, (alone, together)


@cases(two=dict(cpus=2), eight=dict(cpus=8))
@limit(60)
def test_as_many_jobs_as_cores(cpus):
    """Whoever is done makes room: three times as many jobs leave no core out, either."""
    once, thrice = run(jobs(cpus, cpus, 3000), jobs(3 * cpus, cpus, 1000), cpus=cpus, memory="512M")
    # One may be doubled: a program that waits long for its first pages looks like none.
    assert len(set(places(once, "at"))) >= max(2, cpus - 1), once
    assert len(places(thrice)) == 3 * cpus and len(set(places(thrice, "at"))) >= max(2, cpus - 1), thrice


@limit(60)
def test_what_a_shell_waits_for_stays():
    """No program leaves a torus that has nothing else to do."""
    assert places(run("for i in 1 2 3 4 5 6; do /tmp/job 1; done")[0]) == [0] * 6


@limit(60)
def test_affinity():
    processors, cpuinfo, stat, one_by_one, several, none = run(
        "nproc", "grep -c ^processor /proc/cpuinfo", "cat /proc/stat", "for i in 8 2 4 1; do taskset $i /tmp/job 1; done",
        jobs(4, 4, 1000).replace("xargs", "taskset c xargs"), "taskset f0 true 2>&1")
    assert processors == cpuinfo == "4\n", (processors, cpuinfo)
    assert len(re.findall(r"^cpu\d", stat, re.M)) == 4, stat
    assert places(one_by_one) == [3, 1, 2, 0], one_by_one
    assert len(places(several)) == 4 and set(places(several)) == {2, 3}, several
    assert "Invalid argument" in none, none


def changed_tree(folder, changes, **choices):
    tree = virt_tree(folder, Machine(initrd=None, memory="256M", icount=True, **choices))
    for kind, cpu, name, value in changes:
        subprocess.run(["fdtput", "-t", kind, tree, f"/cpus/cpu@{cpu}", name, value], check=True)
    return tree


@cases(boot_core_is_little=dict(big=(2, 3)), boot_core_is_big=dict(big=(0, 1)))
@limit(60)
def test_big_cores_first(big):
    """Two programs that compute run on the two big cores. Twelve begin on all, half of them or more on the big ones (who computes leaves the
    LITTLE ones and makes room there); where they end says less, as QEMU's LITTLE cores are no slower."""
    with tempfile.TemporaryDirectory() as folder:
        changes = [("u", cpu, "capacity-dmips-mhz", "1024" if cpu in big else "485") for cpu in range(4)]
        two, twelve = run(jobs(2, 2, 3000), jobs(12, 12, 3000), dtb=changed_tree(folder, changes, cpus=4))
    assert sorted(places(two)) == sorted(big), two
    where = places(twelve, "at")
    assert len(where) == 12 and set(where) == {0, 1, 2, 3} and sum(torus in big for torus in where) >= 6, twelve


@limit(60)
def test_a_tree_that_says_nonsense():
    changes = [("u", 0, "capacity-dmips-mhz", "0"), ("s", 1, "torc,role", "gaming")]
    with tempfile.TemporaryDirectory() as folder:
        log, two = run("dmesg", jobs(2, 2, 3000), cpus=2, dtb=changed_tree(folder, changes, cpus=2))
    assert "cpu@0 in the device tree: its capacity-dmips-mhz is not one number from 1 to 1048576; that is not counted." in log, log
    assert "cpu@1 in the device tree: its torc,role is not" in log, log
    assert sorted(places(two)) == [0, 1], two


@limit(60)
def test_who_computes_is_lent():
    """Four programs that begin on one core, and execute no other: when their affinity lets them, they compute on four."""
    four, = run("for i in 1 2 3 4; do taskset 1 sh -c 'taskset -p f $$ >/tmp/mask; set -- 9000; . /tmp/job' & done; wait")
    assert places(four, "at") == [0] * 4 and len(set(places(four))) >= 3, four
