# SPDX-License-Identifier: MIT
"""The devices that belong to the kernel, seen from a shell: timer, console both ways, interrupt counts, the end."""
import re
import time

from console import Console, Shell
from qemu import Machine
from testing import cases, limit

EVERY_CONTROLLER = dict(
    gic2=dict(gic=2, el=1, cpu="cortex-a53"),
    gic3=dict(gic=3, el=2, cpu="max"),
    rpi3=dict(board="rpi3"),
    rpi4=dict(board="rpi4"),
)


def counts(shell):
    """/proc/interrupts as {name: count}."""
    lines = shell.check("cat /proc/interrupts").splitlines()
    found = (re.match(r"\s*\S+:\s+(\d+)\s.*\s(\S+)$", line) for line in lines)
    return {match.group(2): int(match.group(1)) for match in found if match}


@limit(120)
@cases(**EVERY_CONTROLLER)
def test_timer_and_counts(**machine):
    with Shell(Machine(**machine)) as shell:
        before = counts(shell)
        began = time.monotonic()
        shell.check("sleep 1; sleep 0.2; sleep 0.01")
        assert time.monotonic() - began >= 1.2, "slept too little"
        after = counts(shell)
        assert after["timer"] >= before["timer"] + 3, f"timer: {before} {after}"
        assert after["console"] > before["console"], f"console: {before} {after}"


def paste(machine, count, before=""):
    """Types as fast as the line takes it; `before` runs once cat's shell has begun, and before cat."""
    lines = [f"line {n} " + "abcdefghij" * 6 for n in range(count)]
    with Shell(Machine(**machine)) as shell:
        shell.send(f'stty -echo; (echo be""gun; {before} cat >/tmp/pasted); stty echo\n')
        shell.wait_for("begun")
        shell.send("\n".join(lines) + "\n\x04")
        shell.wait_for(r"<0># ", 60)
        arrived = shell.check("cat /tmp/pasted", 60).splitlines()
        assert arrived == lines, f"{len(arrived)} lines: {arrived[-3:]}"


@limit(120)
@cases(**EVERY_CONTROLLER)
def test_pasted_text_arrives_whole(**machine):
    """Faster than any typist, through a FIFO of 8 or 16 bytes."""
    paste(machine, 200)


@limit(120)
@cases(**EVERY_CONTROLLER)
def test_pasted_text_waits_for_its_reader(**machine):
    """More than the kernel keeps, and nobody reads until long after all of it could have been sent."""
    paste(machine, 300, "sleep 2;")


@limit(120)
@cases(**EVERY_CONTROLLER)
def test_much_output_arrives_whole(**machine):
    with Shell(Machine(**machine)) as shell:
        assert shell.check("seq 1 5000", 60).split() == [str(n) for n in range(1, 5001)]


@limit(90)
@cases(**EVERY_CONTROLLER)
def test_power_off(**machine):
    with Shell(Machine(**machine)) as shell:
        assert shell.power_off() == 0


@limit(90)
@cases(**EVERY_CONTROLLER)
def test_restart(**machine):
    """QEMU runs with -no-reboot: a restart is an end with status 0."""
    with Shell(Machine(**machine)) as shell:
        shell.send("reboot -f\n")
        assert shell.exit_status() == 0


@limit(60)
@cases(off=dict(semihosting=False, status=None), on=dict(semihosting=True, status=1))
def test_panic_with_and_without_an_emulators_exit(semihosting, status):
    """Without semihosting the text stays, as on a board."""
    with Console(Machine(initrd=None, append="torc.panic", semihosting=semihosting)) as console:
        console.wait_for(r"The machine stops here\.")
        if status is not None:
            assert console.exit_status() == status
        else:
            time.sleep(0.5)
            assert console.process.poll() is None, "QEMU ended"
