# SPDX-License-Identifier: MIT
"""make gdb: breakpoints by name, a backtrace, and QEMU gone afterwards."""
import os
import pathlib
import subprocess

from testing import limit

SOCKET = str(pathlib.Path("build/gdb.sock").resolve()).encode()


@limit(90)
def test_make_gdb():
    """One after the other: a folder has room for one debugger."""
    breakpoint_and_backtrace()
    ended_from_outside()


def breakpoint_and_backtrace():
    environment = {**os.environ, "GDB_ARGUMENTS": "-batch -ex 'hbreak torc::panic_arguments' -ex continue -ex bt"}
    result = subprocess.run(["python3", "tools/gdb.py", "--append", "torc.panic"], env=environment, capture_output=True,
                            text=True, timeout=50, stdin=subprocess.DEVNULL)
    print(result.stdout, result.stderr)
    assert "#0  torc::panic_arguments" in result.stdout, "no backtrace from the breakpoint"
    assert "kernel/panic.cpp" in result.stdout, "no line numbers"
    assert not machines(), "QEMU is still there"


def ended_from_outside():
    """A signal to `make gdb` takes the machine along."""
    debugger = subprocess.Popen(["python3", "tools/gdb.py"], env={**os.environ, "GDB_ARGUMENTS": "-batch -ex continue"},
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    for line in debugger.stdout:
        if line.startswith("0x"):  # gdb has the machine
            break
    assert machines(), "there is no QEMU"
    debugger.terminate()
    debugger.communicate()
    assert not machines(), "QEMU is still there"


def machines():
    return [path for path in pathlib.Path("/proc").glob("[0-9]*/cmdline") if SOCKET in read(path)]


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""
