# SPDX-License-Identifier: MIT
"""Archives that are missing, cut off, damaged, or without a first program: the kernel says what is wrong, keeps what
came before, and either runs /init or ends QEMU with a status that is not 0; it never hangs."""
import pathlib
import random
import stat
import sys
import tempfile

import mkinitramfs
from console import Console
from qemu import Machine
from testing import limit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "abi"))
import suite

RAN = r"@@ done"  # the suite's pid 1 with nothing to run


def archive(init=True):
    """Files before, the first program, and files behind it."""
    made = mkinitramfs.Archive()
    for name, mode in (("dev", 0o755), ("proc", 0o755), ("tmp", 0o1777)):
        made.put(name, stat.S_IFDIR | mode)
    made.put("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    made.put("a/before", stat.S_IFREG | 0o644, b"before" * 1000)
    made.put("a/link", stat.S_IFLNK | 0o777, b"before")
    if init:
        made.put("init", stat.S_IFREG | 0o755, suite.build()["init"].read_bytes())
    made.put("z/behind", stat.S_IFREG | 0o644, b"behind" * 1000)
    return made


def with_init(mode, data):
    made = archive(init=False)
    made.put("init", mode, data)
    return made.bytes()


def changed(data, offset, text):
    return data[:offset] + text + data[offset + len(text):]


def run(data, pattern, ran, append=""):
    """Boots with `data` as the initramfs; the pattern must come, and /init must run or not."""
    with tempfile.NamedTemporaryFile(prefix="torc-bad-") as file:
        file.write(data or b"")
        file.flush()
        machine = Machine(cpus=1, memory="512M", initrd=file.name if data is not None else None, append=append)
        with Console(machine, 40) as console:
            status = console.exit_status(40)
            if pattern:
                console.position = 0
                console.wait_for(pattern, 1)
            did_run = RAN in console.text
            if ran is not None:
                assert did_run == ran, console.failure(f"/init {'ran' if did_run else 'did not run'}")
            assert (status == 0) == did_run, console.failure(f"exit status {status}")


def boot_cases():
    good = archive().bytes()
    gzip, lz4 = mkinitramfs.compress(good, "gzip"), mkinitramfs.compress(good, "lz4")
    init_at = good.index(b"init\0", good.index(b"070701", good.index(b"a/link")))
    behind_at = good.index(b"z/behind") - 110
    no_init = r"cannot run /init"
    yield "good", good, r"initramfs has 10 files", True
    yield "good, gzip", gzip, r"initramfs has 10 files", True
    yield "good, lz4", lz4, r"initramfs has 10 files", True
    yield "two archives, zeros between", good + bytes(1000) + archive(init=False).bytes(), None, True
    yield "plain, then gzip", archive(init=False).bytes() + gzip, None, True
    yield "none", None, r"no initramfs", False
    yield "one byte", b"x", r"initramfs: this is no newc archive", False
    yield "zeros", bytes(4096), no_init, False
    yield "random bytes", random.Random(1).randbytes(50000), r"initramfs: ", False
    yield "a text file", b"This is not an archive.\n" * 100, r"initramfs: this is no newc archive", False
    yield "xz", b"\xfd7zXZ\0" + bytes(100), r"compressed with xz", False
    yield "cut in the first header", good[:50], r"initramfs: .*(ends|trailer)", False
    yield "cut in /init's contents", good[:init_at + 100000], r"initramfs: .*(ends|trailer)", False
    yield "cut behind /init", good[:behind_at + 50], r"initramfs: .*(ends|trailer)", True
    yield "cut gzip", gzip[:len(gzip) // 2], r"initramfs: the gzip data end too early", False
    yield "cut lz4", lz4[:len(lz4) // 2], r"initramfs: the lz4 data end too early", False
    yield "damaged gzip", changed(gzip, len(gzip) // 2, random.Random(2).randbytes(64)), r"initramfs: .*(gzip|newc|header)", None
    yield "damaged lz4", changed(lz4, len(lz4) // 2, b"\xff" * 64), r"initramfs: |cannot run /init|@@", None
    yield "no magic behind /init", changed(good, behind_at, b"XXXXXX"), r"initramfs: .*newc header", True
    yield "no digits", changed(good, behind_at + 20, b"zzzz"), r"initramfs: .*hexadecimal", True
    yield "endless name", changed(good, behind_at + 94, b"FFFFFFFF"), r"initramfs: .*name", True
    yield "no name", changed(good, behind_at + 94, b"00000000"), r"initramfs: .*name", True
    yield "endless file", changed(good, behind_at + 54, b"FFFFFFFF"), r"initramfs: ", True
    yield "no trailer", good[:good.index(b"TRAILER!!!") - 110], r"initramfs: .*trailer", True
    yield "no /init", archive(init=False).bytes(), no_init, False
    yield "/init is a folder", with_init(stat.S_IFDIR | 0o755, b""), no_init, False
    yield "/init is not executable", with_init(stat.S_IFREG | 0o644, suite.build()["init"].read_bytes()), no_init, False
    yield "/init is empty", with_init(stat.S_IFREG | 0o755, b""), no_init, False
    yield "/init is a text", with_init(stat.S_IFREG | 0o755, b"echo hello\n"), no_init, False
    yield "/init is a cut program", with_init(stat.S_IFREG | 0o755, suite.build()["init"].read_bytes()[:100]), no_init, False
    yield "/init's interpreter is missing", with_init(stat.S_IFREG | 0o755, b"#!/none\n"), no_init, False
    yield "/init is a dangling link", with_init(stat.S_IFLNK | 0o777, b"nowhere"), no_init, False
    yield "/init is a link to itself", with_init(stat.S_IFLNK | 0o777, b"init"), no_init, False
    yield "/init ends at once", with_init(stat.S_IFREG | 0o755, b"#!/a/before\n"), no_init, False


@limit(300)
def test_archives():
    for name, data, pattern, ran in boot_cases():
        try:
            run(data, pattern, ran)
            yield name, None
        except AssertionError as error:
            yield name, str(error)


@limit(240)
def test_flipped_bytes():
    """Damage in the headers from fixed seeds: whatever comes of it, the kernel comes to an end or runs /init."""
    good = archive().bytes()
    headers = [at for at in range(0, len(good) - 110, 4) if good[at:at + 6] == b"070701"]
    for seed in range(12):
        chance = random.Random(seed)
        data = bytearray(good)
        for _ in range(3):
            data[chance.choice(headers) + chance.randrange(6, 130)] = chance.randrange(256)
        try:
            run(bytes(data), None, None)
            yield f"seed {seed}", None
        except AssertionError as error:
            yield f"seed {seed}", str(error)


@limit(60)
def test_chosen_program_is_missing():
    run(archive().bytes(), r"cannot run /no/such/program", None, "init=/no/such/program")
