# SPDX-License-Identifier: MIT
"""make gdb: breakpoints by name, a backtrace, and QEMU gone afterwards."""
import os
import pathlib
import subprocess

from testing import limit

SOCKET = str(pathlib.Path("build/gdb.sock").resolve()).encode()


@limit(60)
def test_breakpoint_and_backtrace():
    environment = {**os.environ, "GDB_ARGUMENTS": "-batch -ex 'hbreak torc::panic_arguments' -ex continue -ex bt"}
    result = subprocess.run(["python3", "tools/gdb.py", "--append", "torc.panic"], env=environment, capture_output=True,
                            text=True, timeout=50, stdin=subprocess.DEVNULL)
    print(result.stdout, result.stderr)
    assert "#0  torc::panic_arguments" in result.stdout, "no backtrace from the breakpoint"
    assert "kernel/panic.cpp" in result.stdout, "no line numbers"
    running = [path for path in pathlib.Path("/proc").glob("[0-9]*/cmdline") if SOCKET in read(path)]
    assert not running, "QEMU is still there"


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""
