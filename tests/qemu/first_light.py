# SPDX-License-Identifier: MIT
"""What a newcomer does: a shell on every board, a program of one's own, leaving."""
import os
import pathlib
import pty
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time

from console import Shell
from qemu import BUILD, Machine
from testing import cases, limit

HELLO = """#include <stdio.h>
int main(int argc, char **argv) { printf("hello from %s, %d arguments\\n", argv[0], argc - 1); return 7; }
"""


@limit(120)
@cases(virt=dict(board="virt"), rpi3=dict(board="rpi3"), zero2=dict(board="zero2"), rpi4=dict(board="rpi4"))
def test_shell_and_poweroff(board):
    with Shell(Machine(board=board)) as shell:
        assert shell.check("uname -m") == "aarch64\n"
        assert shell.check("echo one two | wc -w") == "2\n"
        assert shell.power_off() == 0, "poweroff does not end QEMU with status 0"


@limit(90)
@cases(gzip=dict(suffix="gz"), lz4=dict(suffix="lz4"))
def test_compressed_initramfs(suffix):
    with Shell(Machine(initrd=BUILD / f"initramfs.cpio.{suffix}")) as shell:
        assert "busybox" in shell.check("ls /bin")


@limit(90)
def test_added_program():
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "hello.c").write_text(HELLO)
        subprocess.run(["aarch64-linux-gnu-gcc", "-O2", "-static", f"{folder}/hello.c", "-o", f"{folder}/hello"], check=True)
        subprocess.run([sys.executable, "tools/mkinitramfs.py", "--root", "userland/root", "--busybox",
                        "build/third_party/busybox/busybox", "--applets", "build/applets.list", "--add", f"{folder}/hello",
                        "--output", f"{folder}/initramfs.cpio"], check=True)
        with Shell(Machine(initrd=f"{folder}/initramfs.cpio")) as shell:
            assert shell.run("/hello a b") == ("hello from /hello, 2 arguments\n", 7)


class Terminal:
    """tools/qemu.py as a person runs it: on a terminal of its own."""

    def __init__(self):
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.execvp(sys.executable, [sys.executable, "tools/qemu.py", *(["--kernel", "linux"] if "TORC_KERNEL" in os.environ else [])])
        self.seen = b""

    def wait_for(self, text, seconds):
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < deadline, f"no {text!r} within {seconds} s; seen: {self.seen[-2000:]!r}"
            if select.select([self.terminal], [], [], 0.5)[0]:
                self.seen += os.read(self.terminal, 4096)
        self.seen = self.seen.split(text, 1)[1]

    def type(self, keys):
        os.write(self.terminal, keys)

    def exit_status(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


@limit(90)
def test_terminal_belongs_to_the_guest():
    terminal = Terminal()
    before = termios.tcgetattr(terminal.terminal)[3]
    terminal.wait_for(b"/ # ", 40)
    terminal.type(b"sh -c 'echo be\"\"gun; exec sleep 1000'\r")
    terminal.wait_for(b"begun", 10)
    terminal.type(b"\x03")
    terminal.wait_for(b"/ # ", 10)  # ^C went to the guest
    terminal.type(b"\x01x")
    assert terminal.exit_status() == 0, "^A x does not leave QEMU"
    assert termios.tcgetattr(terminal.terminal)[3] == before, "the terminal is left raw"


@limit(60)
def test_runs_without_an_input():
    """As from a timer or a service: standard input is closed, the guest boots all the same."""
    run = subprocess.Popen(["sh", "-c", "exec python3 tools/qemu.py <&-"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        seen = b""
        while b"/ # " not in seen:
            more = run.stdout.read1(4096)
            assert more, f"it ended: {seen[-2000:]!r}"
            seen += more
    finally:
        os.killpg(run.pid, signal.SIGTERM)
        run.communicate()


@limit(60)
def test_typed_before_the_kernel_listens():
    """Two lines are in the console's FIFO when the kernel sets it up; boot goes on, and the machine ends or has a shell."""
    run = subprocess.Popen([sys.executable, "tools/qemu.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, start_new_session=True)
    try:
        run.stdin.write(b"ls\npoweroff\n")
        run.stdin.flush()
        seen = b""
        while b"/ # " not in seen and (more := run.stdout.read1(4096)):
            seen += more
        assert b"/ # " in seen, f"it ended: {seen[-2000:]!r}"
    finally:
        os.killpg(run.pid, signal.SIGTERM)
        run.communicate()
