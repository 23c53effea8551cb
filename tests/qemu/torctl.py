# SPDX-License-Identifier: MIT
"""The user sees and steers the tori: policies, /proc/torc, torctl and torctop."""
import re

from console import Shell
from qemu import Machine
from testing import limit


def machine(append=""):
    return Shell(Machine(cpus=4, memory="256M", append=append))


def policies(shell):
    return re.findall(r"^\d (\w+)$", shell.check("cat /proc/torc/policy"), re.M)


def refused(shell, command, why):
    output, status = shell.run(command)
    assert status == 1 and why in output, f"{command!r}: {output!r}, status {status}"


def homes(shell, name):
    """The homes of the processes of that name, and those of a few that come and go."""
    text = shell.check(f"for p in $(pidof {name}); do torctl home $p; done")
    return [int(n) for n in re.findall(r"^home (\d+)", text, re.M)]


@limit(90)
def test_an_isolated_torus_runs_what_is_pinned_to_it():
    with machine() as shell:
        assert policies(shell) == ["open"] * 4 and shell.check("nproc").strip() == "4"
        shell.check("torctl isolate 2,3")
        assert policies(shell) == ["open", "open", "isolated", "isolated"]
        assert shell.check("nproc").strip() == "2"
        assert shell.check("grep -c ^processor /proc/cpuinfo").strip() == "4", "they are still there"
        assert re.search(r"list:\t0-1\n", shell.check("cat /proc/self/status"))
        shell.check("for i in 1 2 3; do sh -c 'while :; do :; done' & done; sleep 0.5")
        shell.check("for i in 1 2 3 4 5 6; do sleep 1000 & done; sleep 0.5")
        assert set(homes(shell, "sleep")) <= {0, 1}, "nothing else lands there"
        shell.check("taskset -c 3 sleep 2000 & sleep 0.5")
        assert 3 in homes(shell, "sleep"), "what names it does"
        assert re.search(r"list:\t2-3\n", shell.check("taskset -c 2,3 cat /proc/self/status"))
        shell.check("taskset -c 1,3 sleep 3000 & sleep 0.3")
        assert homes(shell, "sleep").count(3) == 1, "who may be elsewhere is elsewhere"
        shell.check("torctl admit 2-3")
        assert policies(shell) == ["open"] * 4 and shell.check("nproc").strip() == "4"
        shell.check("killall sleep sh; true")


@limit(90)
def test_a_draining_torus_takes_nothing():
    with machine() as shell:
        shell.check("taskset -c 2 sleep 1000 & sleep 0.3")
        shell.check("torctl drain 2")
        assert policies(shell)[2] == "draining" and shell.check("nproc").strip() == "3"
        assert homes(shell, "sleep") == [2], "what is there stays, and is seen"
        assert "Invalid argument" in shell.run("taskset -c 2 true")[0]
        shell.check("for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done; sleep 0.5")
        assert homes(shell, "sleep").count(2) == 1
        shell.check("kill $(pidof sleep)")
        shell.check("torctl admit 2; taskset -c 2 true")
        assert policies(shell) == ["open"] * 4


def computing_on(shell, torus):
    """The pid of a program that computes there, and could anywhere else."""
    pid = shell.check(f"taskset -c {torus} sh -c 'while :; do :; done' & sleep 0.3; taskset -p f $! >/dev/null; echo pid $!")
    pid = re.search(r"^pid (\d+)", pid, re.M).group(1)
    assert home(shell, pid) == torus
    return pid


def home(shell, pid):
    return int(re.search(r"^home (\d+)", shell.check(f"torctl home {pid}"), re.M).group(1))


def anonymous_frames(shell, torus):
    """The shell reads it itself: a program might be on that very torus."""
    text = shell.check("while read line; do echo $line; done </proc/torc/projections")
    return int(re.search(rf"^{torus} frames .* anonymous (\d+)", text, re.M).group(1))


@limit(90)
def test_what_computes_leaves():
    """A torus that is drained or isolated is empty 100 ms later, and what was there goes on elsewhere."""
    with machine() as shell:
        for wish, torus in (("drain", 2), ("isolate", 3), ("drain", 1)):
            pid = computing_on(shell, torus)
            pinned = computing_on(shell, torus)
            shell.check(f"taskset -p {1 << torus:x} {pinned}")
            shell.check(f"torctl {wish} {torus}; sleep 0.1")
            there = home(shell, pid)
            assert there not in (0, torus), there
            assert home(shell, pinned) == torus, "who may be nowhere else stays"
            # A thread that is lent says what it has used when it comes back.
            look = f"sleep 0.3; kill -STOP {pid}; kill -CONT {pid}; cut -d' ' -f14 /proc/{pid}/stat"
            used = [int(re.findall(r"^(\d+)\r?$", shell.check(look), re.M)[-1]) for _ in range(2)]
            assert used[1] > used[0], used
            shell.check(f"kill -9 {pid} {pinned}; torctl admit {torus}; sleep 0.3")
            left = [anonymous_frames(shell, number) for number in (torus, there)]
            assert left == [0, 0], f"tori {torus} and {there} still have {left}"


@limit(60)
def test_bad_wishes_change_nothing():
    with machine("torc.isolate=3,7,0") as shell:
        before = policies(shell)
        assert before == ["open", "open", "open", "isolated"], before
        log = shell.check("dmesg")
        assert "no torus 7" in log and "cannot be isolated" in log
        for wish in ("", "isolate", "isolate x", "isolate 4", "isolate 1,9", "drain 1-", "freeze 1", "isolate 1 2"):
            refused(shell, f"echo '{wish}' >/proc/torc/policy", "Invalid argument")
        refused(shell, "echo drain 0 >/proc/torc/policy", "busy")
        refused(shell, "echo isolate 0-2 >/proc/torc/policy", "busy")
        assert policies(shell) == before
        refused(shell, "torctl drain 0", "torus 0 has the names")
        refused(shell, "torctl isolate 9", "not a list of tori")
        refused(shell, "torctl home 99999", "no process 99999")
        refused(shell, "torctl projection 9", "no torus 9")
        assert shell.run("torctl")[1] == 2 and shell.run("torctl isolate")[1] == 2
        refused(shell, "su nobody -s /bin/sh -c 'torctl admit 3'", "only root")
        assert policies(shell) == before


@limit(60)
def test_what_is_shown_is_so():
    with machine("torc.isolate=3") as shell:
        once = shell.check("torctop --once").split("\n")
        assert re.search(r"4 tori, \d+ processes", once[0]), once[0]
        rows = [line.split() for line in once[2:] if line.strip()]
        assert [row[0] for row in rows] == ["0", "1", "2", "3"] and rows[3][2] == "isolated", rows
        assert "\033" not in "\n".join(once) and all(len(line) <= 80 for line in once)
        listed = shell.check("torctl list")
        assert len(re.findall(r"^ +\d any +(open|isolated) +1024 ", listed, re.M)) == 4, listed
        said = shell.check("torctl projection 3")
        assert "policy isolated capacity 0" in said and "frames total" in said
        assert "health resting" in said, "it plays no rounds"
        epoch = re.search(r"epoch (\d+)", said)[1]
        shell.check("sleep 1.5")
        assert re.search(r"epoch (\d+)", shell.check("torctl projection 3"))[1] == epoch, "and is not woken"
        home = shell.check("torctl home $$")
        assert re.search(r"^home \d\nbirth 0\nthread \d+ runs \d$", home.strip()), home


@limit(60)
def test_torctop_lives():
    with machine() as shell:
        shell.send("torctop -d 0.2\n")
        shell.wait_for(r"torus role", 10)
        shell.send("q")
        shell.wait_for(r"<0># ", 10)
        assert shell.check("echo back").strip().endswith("back")
