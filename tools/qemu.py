#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs an Image in QEMU: the one place that knows how, for people and for tests.

    tools/qemu.py [--board virt] [--cpus N] [--el 1|2] [--gic 2|3] [--cpu TYPE] [--memory SIZE]
                  [--initrd FILE] [--append TEXT] [--icount] [--time-limit SECONDS] [--gdb] ...

Without --time-limit the run is interactive: the terminal is raw, so that ^C goes to the guest; ^A x leaves QEMU.
The exit status is the guest's (semihosting), 0 for a power-off, 124 when the time limit ended it.
"""
import argparse
import os
import pathlib
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass, field

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import boards

BUILD = boards.ROOT / "build"
LINUX = BUILD / "third_party/linux/Image"
TIMED_OUT = 124


def default_kernel():
    """TORC_KERNEL=linux runs a test on Debian's kernel instead: what does the oracle do?"""
    kernel = os.environ.get("TORC_KERNEL", BUILD / "Image")
    return LINUX if kernel == "linux" else kernel


@dataclass
class Machine:
    """What to boot and on what. `None` means: as the board's description says."""

    board: str = "virt"
    cpus: int | None = None
    cpu: str | None = None
    memory: str | None = None
    gic: int = 3
    el: int = 2
    kernel: str | os.PathLike = field(default_factory=default_kernel)
    initrd: str | os.PathLike | None = BUILD / "initramfs.cpio"
    dtb: str | os.PathLike | None = None
    append: str = ""
    icount: bool = False  # one instruction is one nanosecond; the same run twice is the same to the last bit
    seed: int | None = None
    semihosting: bool = True
    gdb: str | None = None  # where to wait for a debugger, e.g. tcp:127.0.0.1:1234
    options: list[str] = field(default_factory=list)  # further ones, as they are

    def command(self, console="stdio,id=console,signal=off"):
        """The command line; `console` is the QEMU chardev that the board's console is wired to."""
        board = boards.load(self.board)
        line = ["qemu-system-aarch64", "-display", "none", "-nic", "none", "-no-reboot", "-audio", "none"]
        line += ["-machine", board["machine"] + (self.virt_options() if board.get("choices") else "")]
        line += self.processors(board)
        dtb = self.dtb or (BUILD / "dtb" / f"{self.board}.dtb" if "dtb" in board else None)
        line += ["-kernel", str(self.kernel)]
        line += ["-initrd", str(self.initrd)] if self.initrd else []
        line += ["-dtb", str(dtb)] if dtb else []
        append = self.append
        if pathlib.Path(self.kernel) == LINUX and "console=" not in append:
            append = f"console={board['linux_console']} panic=-1 quiet {append}"
        line += ["-append", append] if append else []
        line += ["-chardev", console]
        for port in board["serial"]:
            line += ["-serial", "chardev:console" if port == "console" else "null"]
        line += ["-mon", "chardev=console"] if "mux=on" in console else ["-monitor", "none"]
        line += ["-semihosting-config", "enable=on,target=native"] if self.semihosting else []
        if self.icount:
            line += ["-icount", "shift=0,sleep=off", "-rtc", "base=2026-01-01,clock=vm"]
        if self.icount or self.seed is not None:
            line += ["-seed", str(self.seed or 1)]
        line += ["-S", "-gdb", self.gdb] if self.gdb else []
        return line + self.options

    def virt_options(self):
        return f",gic-version={self.gic}" + (",virtualization=on" if self.el == 2 else "")

    def processors(self, board):
        """Cores and memory: free on virt, given on a board."""
        if board.get("choices"):
            return ["-cpu", self.cpu or board["cpu"], "-smp", str(self.cpus or board["cpus"]), "-m", self.memory or board["memory"]]
        for name, value in (("cpu", self.cpu), ("memory", self.memory)):
            if value and value != board.get(name):
                raise ValueError(f"{self.board}: the {name} is the board's own, it cannot be chosen")
        if self.cpus in (None, board["cpus"]):
            return []
        if "cpus_option" not in board or self.cpus > board["cpus"]:
            raise ValueError(f"{self.board} has {board['cpus']} cores in QEMU, no other number")
        return ["-global", f"{board['cpus_option']}={self.cpus}"]


def run_interactive(machine):
    """Hands the terminal to the guest. ^A is QEMU's key, so that ^C can be the guest's."""
    console = "stdio,id=console,mux=on,signal=off"
    if sys.stdin.isatty():
        print("The terminal belongs to the guest now. To leave: 'poweroff' in the shell, or ^A x at any time.\n", flush=True)
    # QEMU may be ended by the user's ^A x or by a signal; either way the terminal must be as before.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.run(machine.command(console), check=False).returncode
    finally:
        if sys.stdin.isatty():
            subprocess.run(["stty", "sane"], check=False)


def run_unattended(machine, seconds, stdin=subprocess.DEVNULL):
    """Console on stdout, an end after `seconds`. Returns the exit status."""
    with subprocess.Popen(machine.command(), stdin=stdin) as qemu:
        try:
            return qemu.wait(seconds)
        except subprocess.TimeoutExpired:
            qemu.kill()
            qemu.wait()
            print(f"\nqemu.py: ended after {seconds:g} s", file=sys.stderr)
            return TIMED_OUT


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--board", default="virt", help="one of: " + ", ".join(boards.names()))
    parser.add_argument("--cpus", type=int)
    parser.add_argument("--cpu")
    parser.add_argument("--memory")
    parser.add_argument("--gic", type=int, default=3, choices=[2, 3])
    parser.add_argument("--el", type=int, default=2, choices=[1, 2], help="exception level at entry (virt)")
    parser.add_argument("--kernel", default=BUILD / "Image", help="an arm64 Image, or 'linux' for Debian's")
    parser.add_argument("--initrd", default=BUILD / "initramfs.cpio", help="'none' for none")
    parser.add_argument("--dtb")
    parser.add_argument("--append", default="")
    parser.add_argument("--icount", action="store_true", help="deterministic: one instruction is one nanosecond")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--no-semihosting", dest="semihosting", action="store_false")
    parser.add_argument("--gdb", help="wait for a debugger there, e.g. tcp:127.0.0.1:1234")
    parser.add_argument("--time-limit", type=float, metavar="SECONDS")
    parser.add_argument("--print", action="store_true", help="show QEMU's command line, do not run it")
    parser.add_argument("options", nargs="*", help="after --: further QEMU options")
    return parser.parse_args()


def hold_standard_input():
    """A closed standard input is as an empty one: nothing that is opened later may take its number."""
    if sys.stdin is None:
        if nothing := os.open(os.devnull, os.O_RDONLY):
            os.dup2(nothing, 0)
        os.set_inheritable(0, True)
        sys.stdin = open(0)


def main():
    hold_standard_input()
    options = vars(parse())
    show, limit = options.pop("print"), options.pop("time_limit")
    if options["kernel"] == "linux":
        options["kernel"] = LINUX
    if options["initrd"] == "none":
        options["initrd"] = None
    machine = Machine(**options)
    try:
        if show:
            print(shlex.join(machine.command()))
            return 0
        return run_unattended(machine, limit) if limit else run_interactive(machine)
    except ValueError as error:
        sys.exit(f"qemu.py: {error}")


if __name__ == "__main__":
    sys.exit(main())
