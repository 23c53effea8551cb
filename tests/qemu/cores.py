# SPDX-License-Identifier: MIT
"""All cores come up, by every way of starting them, and one that does not costs a sentence and no more.
Trees that list a core twice, or one that is not there, are in device_trees.py."""
import re
import subprocess
import tempfile

from console import Console, Shell
from qemu import Machine
from testing import cases, limit


def wait_for_cores(machine, up, listed, before=()):
    with Console(machine) as console:
        for line in before:
            console.wait_for(line)
        console.wait_for(rf"{up} of {listed} cores are up\.", 40)
        if up > 1:
            console.wait_for(rf"{up} of {up} tori are in the ring\.", 40)


@cases(
    psci_hvc_gic2=dict(gic=2, el=1, cpus=4, cpu="cortex-a53"),
    psci_smc_gic2=dict(gic=2, el=2, cpus=8, cpu="cortex-a72"),
    psci_hvc_gic3=dict(gic=3, el=1, cpus=8, cpu="max"),
    psci_smc_gic3=dict(gic=3, el=2, cpus=4, cpu="cortex-a53"),
    many=dict(gic=3, el=2, cpus=20, cpu="cortex-a72"),
)
def test_virt(cpus, **choices):
    wait_for_cores(Machine(initrd=None, cpus=cpus, **choices), cpus, cpus)


@cases(rpi3=dict(board="rpi3"), rpi4=dict(board="rpi4"), zero2=dict(board="zero2"))
def test_spin_table(board):
    wait_for_cores(Machine(initrd=None, board=board), 4, 4)


@limit(90)
def test_as_many_cores_as_the_kernel_handles():
    wait_for_cores(Machine(initrd=None, cpus=128, cpu="cortex-a53", memory="1536M"), 128, 128)


@limit(90)
def test_more_cores_than_memory():
    """A quarter of 128 MiB is 15 cores' blocks; torus 0 has the rest."""
    with Console(Machine(initrd=None, cpus=24, cpu="cortex-a53", memory="128M")) as console:
        console.wait_for(r"stays off: there is too little memory for it\.", 40)
        console.wait_for(r"1\d of 24 cores are up")
        console.wait_for(r"Torus 0 has \d+ of \d+ KiB free")


TORUS = re.compile(r"(\d+) (programs|nothing) frames (\d+) free (\d+) processes (\d+) threads (\d+) runnable")


def read_tori(shell):
    """What each torus tells of itself: (what it is for, frames, free, processes)."""
    lines = shell.check("cat /proc/torc/tori").split("\n")
    tori = [TORUS.match(line) for line in lines if line]
    assert all(tori) and [int(t[1]) for t in tori] == list(range(len(tori))), lines
    return [(t[2], int(t[3]), int(t[4]), int(t[5])) for t in tori]


def kib_of(shell, name):
    return int(re.search(rf"{name}: +(\d+) kB", shell.check("cat /proc/meminfo"))[1])


@cases(gic3=dict(cpus=4, gic=3, cpu="cortex-a53", memory="256M", append="torc.place=home"), rpi3=dict(board="rpi3", append="torc.place=home"))
@limit(60)
def test_every_torus_can_run_programs(**choices):
    """Each has memory and pools of its own; numbers of processes and pipes say whose they are."""
    with Shell(Machine(**choices)) as shell:
        tori = read_tori(shell)
        assert [use for use, _, _, _ in tori] == ["programs"] * 4
        assert all(0 < free <= frames for _, frames, free, _ in tori)
        assert abs(tori[0][1] - sum(frames for _, frames, _, _ in tori[1:])) < tori[0][1] / 8
        assert kib_of(shell, "MemTotal") == 4 * sum(frames for _, frames, _, _ in tori)
        assert tori[0][3] >= 2 and [processes for _, _, _, processes in tori[1:]] == [0, 0, 0]
        for _ in range(3):
            assert int(shell.check("sh -c 'echo $$'")) % 4 == 1
            assert int(re.search(r"pipe:\[(\d+)\]", shell.check("readlink /proc/self/fd/1 | cat"))[1]) % 4 == 1
        assert int(shell.check("cat /proc/sys/kernel/pid_max")) == 4 * 32768


@limit(60)
def test_memory_too_small_for_programs_everywhere():
    with Shell(Machine(cpus=12, gic=3, cpu="cortex-a53", memory="128M")) as shell:
        tori = read_tori(shell)
        assert [use for use, _, _, _ in tori] == ["programs"] + ["nothing"] * 11
        log = shell.check("dmesg")
        for torus in range(1, 12):
            assert re.search(rf"Torus {torus} takes no programs: \d+ KiB are too little for programs\.", log), log


def test_one_core_says_nothing():
    with Console(Machine(initrd=None, cpus=1)) as console:
        console.wait_for(r"Interrupts by .*\n")
        console.wait_for(r"\n")
        assert "cores are up" not in console.text


def test_spin_table_core_that_never_reports():
    """QEMU keeps two of the Pi's cores off; their slots are written, and nobody reads them."""
    unreported = [rf"Core {core} \(MPIDR {core:#x}\) was started but does not report\." for core in (2, 3)]
    wait_for_cores(Machine(initrd=None, board="rpi3", cpus=2), 2, 4, unreported)


def virt_tree(folder, machine):
    """The tree that QEMU makes for this machine, as a file; packed, as QEMU would double its megabyte of empty room."""
    path, loose = f"{folder}/virt.dtb", f"{folder}/loose.dtb"
    command = machine.command()
    command[command.index("-machine") + 1] += f",dumpdtb={loose}"
    quiet = dict(check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20)
    subprocess.run(command, **quiet)
    subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dtb", "-o", path, loose], **quiet)
    return path


@limit(30)
def test_unknown_enable_method():
    """Without a way to start it the core stays off, and boot goes on."""
    with tempfile.TemporaryDirectory() as folder:
        tree = virt_tree(folder, Machine(initrd=None, cpus=2))
        subprocess.run(["fdtput", "-t", "s", tree, "/cpus/cpu@1", "enable-method", "magic"], check=True)
        reason = [r"Core 1 \(MPIDR 0x1\) stays off: the tree names no way to start it that is known\."]
        wait_for_cores(Machine(initrd=None, cpus=2, dtb=tree), 1, 2, reason)
