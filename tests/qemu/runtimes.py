# SPDX-License-Identifier: MIT
"""Threads as others than glibc make them: programs in Go from Debian (fzf, restic), whose runtime has threads, signals and stacks of its
own, and one that is linked with musl. Also with every thread, or every process, on a core drawn by lot."""
import pathlib
import subprocess
import sys
import tempfile

from console import Shell
from qemu import Machine
from testing import cases, limit

ROOT = pathlib.Path(__file__).resolve().parents[2]
THIRD_PARTY = ROOT / "build/third_party"
GLIBC = pathlib.Path("/usr/aarch64-linux-gnu/lib")

MUSL_SAYS = """counted 12000, of their own 42000, results 21
turns 600
cancelled 1
signalled 1
timed out 1
spawned 20
"""
WAYS = dict(one=dict(cpus=1), four=dict(cpus=4), limbs=dict(cpus=4, append="torc.limbs=random,all"),
            moving=dict(cpus=4, append="torc.place=random torc.move=random"))


def musl_program(path):
    musl = THIRD_PARTY / "musl"
    gcc = ["aarch64-linux-gnu-gcc", "-O2", "-Wall", "-Wextra", "-static", "-nostdinc", "-nostdlib", "-mno-outline-atomics", "-fno-pie", "-no-pie"]
    include = subprocess.run([gcc[0], "-print-file-name=include"], check=True, capture_output=True, text=True).stdout.strip()
    library = subprocess.run([gcc[0], "-print-libgcc-file-name"], check=True, capture_output=True, text=True).stdout.strip()
    lib = musl / "lib"
    subprocess.run([*gcc, "-isystem", musl / "include", "-isystem", include, "-o", path, lib / "crt1.o", lib / "crti.o",
                    ROOT / "tests/runtimes/musl_threads.c", lib / "libc.a", library, lib / "crtn.o"], check=True)


def shell(folder, files, cpus, append=""):
    initrd = pathlib.Path(folder, "initramfs.cpio")
    subprocess.run([sys.executable, "tools/mkinitramfs.py", "--root", "userland/root", "--busybox", "build/third_party/busybox/busybox",
                    "--applets", "build/applets.list", "--add", ",".join(f"{file}:{target}" for target, file in files.items()),
                    "--output", initrd], check=True, cwd=ROOT)
    return Shell(Machine(initrd=initrd, cpus=cpus, memory="1G", append=append))


@limit(90)
@cases(**WAYS)
def test_musl(**way):
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, "musl_threads")
        musl_program(program)
        with shell(folder, {"/bin/musl_threads": program}, **way) as guest:
            said, status = guest.run("/bin/musl_threads", 60)
            assert (said, status) == (MUSL_SAYS, 0), f"status {status}: {said}"


@limit(240)
@cases(**WAYS)
def test_go(**way):
    files = {f"/bin/{name}": THIRD_PARTY / name / name for name in ("fzf", "restic")}
    files |= {f"/lib/{name}": GLIBC / name for name in ("ld-linux-aarch64.so.1", "libc.so.6")}
    with tempfile.TemporaryDirectory() as folder, shell(folder, files, **way) as guest:
        guest.check("export HOME=/tmp RESTIC_PASSWORD=word; restic version | grep -c go1", 30)
        guest.check("for i in 1 2 3; do seq 30000 | fzf --exact --filter=2999 | sort -n >/tmp/found$i & done; wait", 90)
        for i in (1, 2, 3):
            output = guest.check(f"echo $(cat /tmp/found{i})")
            assert output.startswith("2999 12999 22999 29990 29991 29992 "), output
        guest.check("restic -r /tmp/depot init >/tmp/log 2>&1 || { cat /tmp/log; false; }", 100)
        assert "chunker_polynomial" in guest.check("restic -r /tmp/depot cat config", 60) # alone: another's lock makes it wait by the minute
