# SPDX-License-Identifier: MIT
"""Trees with something missing or wrong (dts/test), booted as they are: QEMU repairs a tree that it loads itself, so
these are put into memory as plain files and a few instructions jump to the Image."""
import pathlib
import struct
import subprocess
import tempfile
from dataclasses import dataclass

import boards
from console import Console
from qemu import Machine
from testing import cases, limit

IMAGE = boards.ROOT / "build/Image"
IMAGE_AT, STUB_AT, TREE_AT = 0x4020_0000, 0x47FF_0000, 0x4800_0000
CANNOT_BOOT, NO_CONSOLE = 2, 3


@dataclass
class Files:
    """A machine of virt's kind with files in its memory; x0 is what the kernel finds there at entry."""

    folder: pathlib.Path
    tree: bytes
    x0: int = TREE_AT
    image_at: int = IMAGE_AT

    def command(self):
        # ldr x0, 1f; ldr x4, 2f; br x4; nop; 1: .quad x0; 2: .quad image
        stub = struct.pack("<4I2Q", 0x58000080, 0x580000A4, 0xD61F0080, 0xD503201F, self.x0, self.image_at)
        (self.folder / "stub").write_bytes(stub)
        (self.folder / "tree").write_bytes(self.tree)
        line = ["qemu-system-aarch64", "-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot", "-serial", "stdio"]
        line += ["-M", "virt,gic-version=2", "-cpu", "cortex-a72", "-smp", "4", "-m", "256"]
        line += ["-semihosting-config", "enable=on,target=native"]
        for path, address in ((IMAGE, self.image_at), (self.folder / "stub", STUB_AT), (self.folder / "tree", TREE_AT)):
            line += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
        return line + ["-device", f"loader,addr={STUB_AT:#x},cpu-num=0"]


def compile_tree(name):
    source = boards.ROOT / "dts/test" / f"{name}.dts"
    return subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", source], check=True, capture_output=True, cwd=source.parent).stdout


def boot(tree, pattern, status, x0=TREE_AT):
    """`pattern` must come; with a `status`, QEMU must end with it."""
    with tempfile.TemporaryDirectory() as folder, Console(Files(pathlib.Path(folder), tree, x0), 40) as console:
        if pattern:
            console.wait_for(pattern)
        if status is not None:
            ended = console.exit_status()
            assert ended == status, console.failure(f"exit status {ended}, not {status}")


@limit(60)
@cases(
    good=dict(name="good", pattern="256 MiB of memory", status=None),
    no_memory=dict(name="no-memory", pattern="the device tree describes no memory", status=CANNOT_BOOT),
    empty_memory=dict(name="empty-memory", pattern="the device tree describes no memory", status=CANNOT_BOOT),
    tiny_memory=dict(name="tiny-memory", pattern="no 2 MiB of memory free", status=CANNOT_BOOT),
    reserved_image=dict(name="reserved-image", pattern="image into reserved memory", status=CANNOT_BOOT),
    no_console=dict(name="no-console", pattern="", status=NO_CONSOLE),
    lost_console=dict(name="lost-console", pattern="", status=NO_CONSOLE),
    no_interrupt_controller=dict(name="no-interrupt-controller", pattern="interrupt controller", status=CANNOT_BOOT),
    no_timer=dict(name="no-timer", pattern="timer", status=CANNOT_BOOT),
)
def test_says_what_is_missing(name, pattern, status):
    boot(compile_tree(name), pattern, status)


@limit(60)
@cases(
    good=dict(name="good", patterns=["4 of 4 cores are up"]),
    duplicate_mpidr=dict(name="duplicate-mpidr", patterns=["cpu@2 .* another processor has the same reg", "3 of 3 cores are up"]),
    absent_cpu=dict(name="absent-cpu", patterns=["Core 3 .* stays off", "3 of 4 cores are up"]),
    no_cpus=dict(name="no-cpus", patterns=["lists no usable core", "Interrupts by GICv2"]),
)
def test_goes_on_with_the_cores_there_are(name, patterns):
    with tempfile.TemporaryDirectory() as folder, Console(Files(pathlib.Path(folder), compile_tree(name)), 40) as console:
        for pattern in patterns:
            console.wait_for(pattern)


@limit(60)
def test_big_and_little_cores():
    """QEMU's own tree of virt with our overlay on top."""
    machine = Machine(cpus=4, initrd=None)
    with tempfile.TemporaryDirectory() as folder:
        dumped, overlay, tree = (str(pathlib.Path(folder, name)) for name in ("virt.dtb", "overlay.dtbo", "tree.dtb"))
        dump = [word + f",dumpdtb={dumped}" if word.startswith("virt,") else word for word in machine.command()]
        subprocess.run(dump, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=20)
        subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", overlay, boards.ROOT / "dts/big-little-virt.dtso"], check=True)
        subprocess.run(["fdtoverlay", "-i", dumped, "-o", tree, overlay], check=True)
        machine.dtb = tree
        with Console(machine, 40) as console:
            console.wait_for("4 of 4 cores are up")


@limit(60)
def test_wants_an_aligned_image():
    with tempfile.TemporaryDirectory() as folder:
        machine = Files(pathlib.Path(folder), compile_tree("good"), image_at=IMAGE_AT + 0x8_0000)
        with Console(machine, 40) as console:
            console.wait_for("not a multiple of 2 MiB")
            assert console.exit_status() == CANNOT_BOOT


@limit(60)
@cases(
    no_pointer=dict(x0=0),
    odd_pointer=dict(x0=TREE_AT + 4),
    pointer_to_nothing=dict(x0=0x0000_7FFF_0000_0000),
    pointer_to_zeroes=dict(x0=0x4700_0000),
    wild_pointer=dict(x0=0xDEAD_BEEF_DEAD_BEE8),
)
def test_survives_a_bad_pointer(x0):
    boot(compile_tree("good"), "", NO_CONSOLE, x0)


def damaged(changes):
    tree = bytearray(compile_tree("good"))
    for offset, value in changes:
        struct.pack_into(">I", tree, offset, value)
    return bytes(tree)


@limit(60)
@cases(
    magic=dict(changes=[(0, 0)]),
    endless=dict(changes=[(4, 0xFFFF_FFF8)]),
    short=dict(changes=[(4, 0x100)]),
    structure_outside=dict(changes=[(8, 0x7FFF_FFF0)]),
    version=dict(changes=[(20, 99), (24, 99)]),
    nonsense=dict(changes=[(offset, 0xFFFF_FFFF) for offset in range(60, 200, 4)]),
)
def test_survives_a_broken_tree(changes):
    boot(damaged(changes), "", NO_CONSOLE)
