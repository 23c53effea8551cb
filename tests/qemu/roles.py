# SPDX-License-Identifier: MIT
"""Where the tree says that cores differ, programs gather where what they do suits the core, and then stay (docs/roles.md)."""
import pathlib
import re
import subprocess
import sys
import tempfile

from console import Console
from placement import changed_tree
from qemu import Machine
from testing import cases, limit

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/bench"))
import run as bench

SOURCE, PROGRAM = ROOT / "tests/roles/roles.c", ROOT / "build/roles/roles"


def run(workers, changes, ms=500):
    """(of each worker, in the order of their ends: kind, first core, last core; moves so far at the looks)."""
    if bench.is_old(PROGRAM, SOURCE):
        PROGRAM.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["aarch64-linux-gnu-gcc", "-O2", "-Wall", "-Wextra", "-static", "-o", PROGRAM, SOURCE], check=True)
    with tempfile.TemporaryDirectory() as folder:
        initrd = pathlib.Path(folder, "initrd")
        initrd.write_bytes(bench.initramfs(PROGRAM))
        choices = dict(initrd=initrd, append=f"quiet -- ms={ms} {workers}", icount=True, memory="256M", cpus=4)
        choices["dtb"] = changed_tree(folder, changes, cpus=4)
        with Console(Machine(**choices), 100) as console:
            console.wait_for(r"roles done", 100)
            text = console.text.replace("\r", "")
    found = re.findall(r"^(\w+) first (\d+) last (\d+)", text, re.M)
    return ([(kind, int(first), int(last)) for kind, first, last in found],
            [int(sent) + int(moved) for sent, moved in re.findall(r"^moves (\d+) (\d+)", text, re.M)])


def roles(**cores):
    return [("s", int(cpu[3:]), "torc,role", role) for cpu, role in cores.items()]


def big_and_little(big):
    return [("u", cpu, "capacity-dmips-mhz", "1024" if cpu in big else "485") for cpu in range(4)]


def last_of(workers, kind):
    return sorted(last for which, _, last in workers if which == kind)


ONE_SIMD = roles(cpu0="compute", cpu1="compute", cpu2="compute", cpu3="simd")


@cases(one=dict(workers="vector@0", where=[3]), beside_others=dict(workers="vector@1 scalar@0 scalar@2", where=[3]),
       two=dict(workers="vector@0 vector@1", where=[0, 3], any_of_one=True))
@limit(60)
def test_vectors_gather(workers, where, any_of_one=False):
    """Who computes with NEON goes to the free core that is best at it; a second one does not crowd it."""
    found, moves = run(workers, ONE_SIMD)
    last = last_of(found, "vector")
    assert last == where or any_of_one and len(set(last)) == 2 and 3 in last, found
    assert moves[1] == moves[0], moves


@limit(60)
def test_an_exchange():
    """Every core computes, there is no room anywhere: who uses NEON and who is on the core for it change places."""
    found, moves = run("scalar@3 scalar@0 scalar@1 vector@2", ONE_SIMD)
    assert last_of(found, "vector") == [3], found
    assert last_of(found, "scalar") == [0, 1, 2], found
    assert moves[1] == moves[0] <= 6, moves


@limit(60)
def test_a_copy_now_and_then_is_no_use_of_vectors():
    found, _ = run("copies@3", ONE_SIMD)
    assert last_of(found, "copies") != [3], found # it makes room on the core that is best at what it does not do


@cases(boot_core_is_big=dict(big=(0, 1)), boot_core_is_little=dict(big=(2, 3)))
@limit(60)
def test_sleepers_to_little_cores(big):
    """Two that compute and two that sleep on the big cores: those that compute stay, those that sleep go."""
    a, b = big
    found, moves = run(f"sleeper@{a} sleeper@{b} scalar@{a} scalar@{b}", big_and_little(big), ms=1200)
    assert last_of(found, "scalar") == list(big), found
    assert all(last not in big for last in last_of(found, "sleeper")), found
    assert moves[1] == moves[0], moves


@limit(60)
def test_what_is_known_of_a_program():
    """A program that has slept on a big core begins on a LITTLE one when it is started again; one that has computed does not."""
    found, _ = run("sleeper@0 scalar@1 then sleeper scalar", big_and_little((0, 1)), ms=300)
    again = dict((kind, first) for kind, first, _ in found[2:])
    assert again["sleeper"] in (2, 3) and again["scalar"] in (0, 1), found


@cases(all_compute=dict(workers="scalar@0 scalar@1 scalar@2 scalar@3"), all_vectors=dict(workers="vector@0 vector@1 vector@2 vector@3"),
       mixed=dict(workers="scalar@0 vector@1 scalar@2 vector@3 scalar vector"))
@limit(60)
def test_it_comes_to_rest(workers):
    found, moves = run(workers, roles(cpu0="compute", cpu1="simd", cpu2="compute", cpu3="simd"), ms=800)
    assert {last for _, _, last in found} == {0, 1, 2, 3}, found
    assert moves[1] - moves[0] <= 1, moves
