# SPDX-License-Identifier: MIT
"""A panic says what was done and where, by name, shows the log, and ends QEMU with status 1."""
from console import Console
from qemu import Machine
from testing import cases

PANIC_STATUS = 1

FAULTS = {
    "null": r"read of 0x0: not mapped \(level \d\): a null pointer",
    "text": r"write to 0xffffffff80000000: not permitted \(level 3\)",
    "data": r"jump to 0xffffffff80[0-9a-f]+: not permitted \(level 3\)",
    "stack": r"the kernel stack overflowed: write to .*: not mapped",
    "kcfi": r"a call through a function pointer of the wrong type, to .* arch::takes_nothing",
    "smash": r"stack protector: a function wrote over the end of its frame",
    "bounds": r"undefined behaviour: an array index is out of bounds",
    "shift": r"undefined behaviour: a shift by too much",
    "el2": r"at EL2: a hypervisor call that nobody serves",
    "ensure": r"must hold, and does not: the image is empty",
}


def expect_panic(machine, message):
    with Console(machine) as console:
        console.wait_for(rf"Torc panics: {message}", 30)
        console.wait_for(r"backtrace:\r?\n", 5)
        console.wait_for(r"  ffffffff80[0-9a-f]{6} .*boot_main\+0x|  \.\.\.", 5)
        console.wait_for(r"(?s)last log lines:.*Torc on ", 5)
        assert console.exit_status(10) == PANIC_STATUS


@cases(**{kind: dict(kind=kind) for kind in FAULTS})
def test_fault(kind):
    expect_panic(Machine(initrd=None, cpus=1, append=f"torc.panic={kind}"), FAULTS[kind])


@cases(
    virt_el1=dict(el=1, cpu="cortex-a53"),
    virt_max=dict(el=2, cpu="max"),
    rpi3=dict(board="rpi3"),
    rpi4=dict(board="rpi4"),
)
def test_asked_for(**choices):
    expect_panic(Machine(initrd=None, append="torc.panic", **choices), "asked to, by torc.panic")
