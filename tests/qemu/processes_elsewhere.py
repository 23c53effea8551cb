# SPDX-License-Identifier: MIT
"""Programs on all tori look like the programs of one machine: /proc, ps, kill -1, nproc, totals."""
import pathlib
import re
import sys

from console import Shell
from qemu import Machine
from testing import limit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "abi"))
import suite

SLEEPERS = 9


def elsewhere():
    return Shell(Machine(cpus=4, memory="256M", append="torc.place=random"))


def start_sleepers(shell):
    shell.check(f"for i in $(seq {SLEEPERS}); do sleep 1000 & done; sleep 0.5")
    return [int(line.split()[0]) for line in shell.check("ps").split("\n") if "sleep 1000" in line]


def moves(shell):
    return [int(n) for n in re.findall(r"moved-in (\d+)", shell.check("cat /proc/torc/tori"))]


@limit(60)
def test_everybody_sees_everybody():
    with elsewhere() as shell:
        sleepers = start_sleepers(shell)
        assert len(sleepers) == SLEEPERS and sum(moves(shell)[1:]) > 0
        found = shell.check("find /proc -maxdepth 1 -name '[0-9]*'").split()
        numbers = [int(path.split("/")[-1]) for path in found]
        assert numbers == sorted(numbers) and set(sleepers) < set(numbers), numbers
        for pid in sleepers:
            stat = shell.check(f"cat /proc/{pid}/stat").split()
            assert stat[:3] == [str(pid), "(sleep)", "S"] and len(stat) == 52, stat
            assert stat[6] != "0", "it has a terminal"
            assert shell.check(f"tr '\\0' ' ' </proc/{pid}/cmdline") == "sleep 1000 "
            links = shell.check(f"cd /proc/{pid} && for l in exe cwd root fd/1; do readlink $l; done").split()
            assert links == ["/bin/busybox", "/", "/", "/dev/console"], links
            assert "/bin/busybox\n" in shell.check(f"cat /proc/{pid}/maps")
            assert shell.check(f"ls /proc/{pid}/fd | tr '\\n' ' '").split() == ["0", "1", "2"]
            assert f"Pid:\t{pid}\n" in shell.check(f"cat /proc/{pid}/status")
            assert shell.check(f"ls /proc/{pid}/task").strip() == str(pid)
            assert shell.run(f"cat /proc/{pid}/nothing")[1] == 1


@limit(60)
def test_everybody_sees_itself():
    with elsewhere() as shell:
        for _ in range(8):
            assert shell.check("cat /proc/self/stat").split()[1:3] == ["(cat)", "R"]
            assert shell.check("cat /proc/thread-self/comm").strip() == "cat"
            assert shell.check("readlink /proc/self/exe").strip() == "/bin/busybox"
            assert shell.check("cd /tmp; readlink /proc/self/cwd; cd /").strip() == "/tmp"
            assert "[stack]" in shell.check("cat /proc/self/maps")
            assert shell.check("cat /proc/self/mounts").startswith("rootfs / rootfs")
            written = shell.check("sh -c 'echo 7 >/proc/self/oom_score_adj; cat /proc/$$/oom_score_adj'")
            assert written.strip() == "7"


@limit(60)
def test_kill_reaches_all_and_spares_the_sender():
    with elsewhere() as shell:
        assert len(start_sleepers(shell)) == SLEEPERS
        shell.check("kill -TERM -1; sleep 0.5; true")
        assert shell.run("ps | grep -c '[s]leep 1000'")[0].strip().endswith("0")
        assert shell.check("echo here").strip().endswith("here")


@limit(60)
def test_processors_and_totals():
    with elsewhere() as shell:
        assert shell.check("nproc").strip() == "4"
        assert shell.check("taskset 4 nproc").strip() == "1"
        assert re.findall(r"^cpu\S*", shell.check("cat /proc/stat"), re.M) == ["cpu", "cpu0", "cpu1", "cpu2", "cpu3"]
        assert shell.check("grep -c ^processor /proc/cpuinfo").strip() == "4"
        start_sleepers(shell)
        threads = int(shell.check("cat /proc/loadavg").split()[3].split("/")[1])
        assert threads >= SLEEPERS + 2, threads
        assert re.search(r"list:\t2\n", shell.check("taskset 4 cat /proc/self/status"))
        assert shell.check("taskset 4 cat /proc/self/status | grep -c .") and moves(shell)[2] > 0


@limit(60)
def test_objects_of_all_tori():
    with elsewhere() as shell:
        start_sleepers(shell)
        rows = [line.replace(" :", "").split() for line in shell.check("cat /proc/torc/objects-all").strip().split("\n")]
        names = [line.split()[0] for line in shell.check("cat /proc/torc/objects").strip().split("\n")]
        assert [row[0] for row in rows] == names, rows
        for row in rows:
            assert len(row) == 8 and int(row[1]) == sum(map(int, row[4:])), row
        spaces = next(row for row in rows if row[0] == "space")
        assert int(spaces[1]) > SLEEPERS and sum(map(int, spaces[5:])) > 0, spaces


@limit(150)
def test_what_keeps_nobody_in_place():
    results, text, _ = suite.run(suite.TORC, ["leaving"], limit=60, cpus=4, more=" torc.move=random")
    assert "leaving" in results, text[-3000:]
    lines = results["leaving"].lines
    for what in ("nothing", "timer", "timer of processor time", "timerfd", "shared memory that is only read"):
        assert f"{what}: moves" in lines, "\n".join(lines)


SPREADS = """cat >/tmp/spreads <<'END'
while read word number; do [ $word = home ] && echo at $number; done </proc/$$/torc
i=0
while [ $i -lt 160 ]; do
    [ $i -ge 120 ] && cat /proc/self/torc || cat /proc/self/torc >/dev/null
    i=$((i + 1))
done
END"""


@limit(90)
def test_a_shell_that_has_moved_spreads_its_programs():
    """However many it starts: each takes references to the shell's files along, which their owners have to make up for."""
    with elsewhere() as shell:
        shell.check(SPREADS)
        for _ in range(20):
            text = shell.check("sh /tmp/spreads")
            if int(re.search(r"^at (\d+)", text, re.M).group(1)) == 0:
                continue  # the files are its own
            homes = re.findall(r"^home (\d+)", text, re.M)
            assert len(homes) == 40 and len(set(homes)) > 2, homes
            return
        raise AssertionError("no shell has moved")
