#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make gdb: QEMU stopped before the first instruction, gdb-multiarch with the kernel's symbols attached to it.

    tools/gdb.py QEMU-OPTIONS...    as tools/qemu.py takes them; $GDB_ARGUMENTS: further arguments for gdb
    tools/gdb.py --console          in a second terminal: the guest's console

QEMU ends with gdb. The console is also logged, in build/gdb-console.txt.
"""
import os
import pathlib
import select
import shlex
import signal
import socket
import subprocess
import sys
import termios
import time
import tty

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import boards

BUILD = boards.ROOT / "build"
CONSOLE, STUB, LOG = BUILD / "gdb-console.sock", BUILD / "gdb.sock", BUILD / "gdb-console.txt"


def attach_console():
    """Joins this terminal and the guest's console until ^] is typed."""
    with socket.socket(socket.AF_UNIX) as wire:
        try:
            wire.connect(str(CONSOLE))
        except OSError:
            sys.exit("there is no `make gdb` running in this folder")
        print("The guest's console; ^] leaves.\r")
        before = termios.tcgetattr(0)
        tty.setraw(0)
        try:
            while True:
                ready = select.select([0, wire], [], [])[0]
                if 0 in ready:
                    typed = os.read(0, 4096)
                    if not typed or b"\x1d" in typed:
                        return
                    wire.sendall(typed)
                if wire in ready:
                    output = wire.recv(4096)
                    if not output:
                        return
                    os.write(1, output)
        finally:
            termios.tcsetattr(0, termios.TCSADRAIN, before)


def qemu_command(arguments):
    line = subprocess.run([sys.executable, boards.ROOT / "tools/qemu.py", "--print", "--gdb", f"unix:{STUB},server=on,wait=off",
                           *arguments], check=True, capture_output=True, text=True).stdout
    console = f"socket,id=console,path={CONSOLE},server=on,wait=off,logfile={LOG}"
    return [console if word.startswith("stdio,id=console") else word for word in shlex.split(line)]


def main():
    arguments = sys.argv[1:]
    if arguments == ["--console"]:
        return attach_console()
    for path in (CONSOLE, STUB):
        pathlib.Path(path).unlink(missing_ok=True)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))  # through `finally`: QEMU must not stay behind
    # Its own process group, so that ^C stops the guest through gdb and does not end QEMU.
    qemu = subprocess.Popen(qemu_command(arguments), stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        while not STUB.exists() and qemu.poll() is None:
            time.sleep(0.05)
        print("The machine is stopped before its first instruction: set breakpoints (hbreak), then `continue`.")
        print("The guest's console: `make console` in another terminal; its log: build/gdb-console.txt.", flush=True)
        subprocess.run(["gdb-multiarch", "-q", "-iex", "set confirm off", "-iex", "set pagination off",
                        "-ex", f"target remote {STUB}", *shlex.split(os.environ.get("GDB_ARGUMENTS", "")), BUILD / "torc.elf"], check=False)
    finally:
        qemu.kill()
        qemu.wait()


if __name__ == "__main__":
    main()
