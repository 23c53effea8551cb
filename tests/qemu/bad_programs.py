# SPDX-License-Identifier: MIT
"""Programs that take all they can get: fork bombs, hogs, endless recursion, ten thousand files, broken ELFs. Each is told
or killed, prints what follows, and leaves nothing behind in /proc/torc/objects."""
import pathlib
import sys

from testing import cases, limit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "abi"))
import suite

ENDS = {
    "stress_fork": ["many processes: 1, error sensible: 1", "nobody is left: ESRCH", "all of them reaped: 1", "forking works"],
    "stress_memory": ["anonymous memory: killed or refused", "a file: killed or refused", "pipes: killed or refused",
                      "forked copies: killed or refused", "the end"],
    "stress_recursion": ["recursion: killed by SIGSEGV", "a program that executes itself: exited 55", "fifty times more"],
    "stress_files": ["right 10000, removed 10000", "depth 1000", "links 3000, counted 3001"],
    "stress_elf": ["small programs: all accounted for 1, some refused 1, some ran 1, some killed 1, few late 1",
                   "a C program: all accounted for 1, some refused 1, some ran 1, some killed 1, few late 1"],
}
UNWANTED = ["wrong", "give", "set-up failed", "gave up"]


@limit(200)
@cases(**{name: dict(name=name) for name in ENDS})
def test_program(name):
    memory = "256M" if name == "stress_memory" else "1G"
    results, text, status = suite.run(suite.TORC, [name], limit=180, seconds=150, memory=memory)
    end = text[-3000:]
    assert name in results, f"it never ran; the console:\n{end}"
    result = results[name]
    said = "\n".join(result.lines)
    assert result.end == "exited 0", f"{result.end}\n{said}\n{end}"
    for line in ENDS[name]:
        assert line in result.lines, f"no line {line!r} in:\n{said}"
    bad = [line for line in result.lines if any(word in line for word in UNWANTED)]
    assert not bad, f"{bad}\n{said}"
    assert not result.objects, "left behind (object, before, after): " + "; ".join(result.objects)
    assert status == 0, f"QEMU's exit status is {status}\n{end}"
