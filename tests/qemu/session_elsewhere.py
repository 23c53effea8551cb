# SPDX-License-Identifier: MIT
"""A shell session whose programs run on all tori: pipes, jobs, signals, many at a time. Nothing hangs, nobody sleeps on."""
import re

from console import Shell
from qemu import Machine
from testing import cases, limit

SESSION = [
    ("seq 200 | grep 7 | wc -l", "38"),
    ("for i in 1 2 3 4 5 6; do sleep 0.1 & done; wait; echo done", "done"),
    ("seq 24 | xargs -n 1 -P 6 sh -c 'echo got $0' | sort -u | wc -l", "24"),
    ("sleep 1000 & p=$!; sleep 0.05; kill $p; wait $p; echo $?", "143"),
    ("sleep 1000 & p=$!; kill -STOP $p; sleep 0.05; kill -CONT $p; kill -9 $p; wait $p; echo $?", "137"),
    ("for i in 1 2 3 4 5 6 7 8; do sleep 1000 & kill -9 $!; done; wait; echo killed", "killed"),
    ("(echo a; sleep 0.1; echo b) | cat | cat | tr a-z A-Z", "A\nB"),
    ("yes | head -n 1000 | wc -l", "1000"),
    ("cat /proc/self/stat | cut -d' ' -f3", "R"),
    ("for i in 1 2 3 4 5; do sh -c 'exit '$i; echo -n $?; done; echo", "12345"),
    ("dd if=/dev/zero bs=4096 count=50 2>/dev/null | wc -c", "204800"),
    ("rm -f /tmp/f; for i in 1 2 3 4 5 6 7 8; do echo $i >>/tmp/f & done; wait; sort /tmp/f | tr -d '\\n'; echo", "12345678"),
    ("(trap 'echo term; exit 3' TERM; while :; do sleep 0.05; done) & p=$!; sleep 0.2; kill $p; wait $p; echo $?", "term\n3"),
    ("seq 8 | xargs -n 1 -P 8 sh -c 'seq 100 | sort -rn | head -1 >/dev/null; echo $0' | wc -l", "8"),
    ("mkfifo /tmp/q; (cat /tmp/q | wc -l) & seq 50 >/tmp/q; wait; rm /tmp/q", "50"),
    ("timeout 0.1 sleep 10; echo $?", "143"),
    ("sh -c 'echo out | tee /proc/self/fd/2' 2>&1 | sort | uniq -c | tr -s ' '", "2 out"),
]


def plain(output):
    lines = (line.strip() for line in output.split("\n"))
    return "\n".join(line for line in lines if line and not re.match(r"\[\d+\]|Terminated|Killed|Stopped", line))


@limit(120)
@cases(four=dict(cpus=4), eight=dict(cpus=8), on_the_move=dict(cpus=4, append="torc.move=random"))
def test_session(cpus, append="torc.place=random"):
    with Shell(Machine(cpus=cpus, memory="512M", append=append)) as shell:
        shell.run("set +m")
        for command, expected in SESSION:
            found = plain(shell.run(command)[0])
            assert found == expected, f"{command!r} gave {found!r}"
