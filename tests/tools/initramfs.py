# SPDX-License-Identifier: MIT
"""tools/mkinitramfs.py against the usual cpio's idea of the format."""
import os
import pathlib
import subprocess
import sys
import tempfile

MAKE = [sys.executable, "tools/mkinitramfs.py"]


def names(archive):
    """The paths of a newc archive, read independently of the writer."""
    found, position = [], 0
    while True:
        fields = [int(archive[position + 6 + 8 * i : position + 14 + 8 * i], 16) for i in range(13)]
        size, name_size = fields[6], fields[11]
        name = archive[position + 110 : position + 110 + name_size - 1].decode()
        position = (position + 110 + name_size + 3) & ~3
        if name == "TRAILER!!!":
            return found
        found.append((name, fields[1], archive[position : position + size]))
        position = (position + size + 3) & ~3


def test_contents_and_order():
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "thing")
        (source / "deep").mkdir(parents=True)
        (source / "deep/file").write_bytes(b"hello")
        os.symlink("deep/file", source / "link")
        output = pathlib.Path(folder, "out.cpio")
        subprocess.run([*MAKE, "--output", output, "--add", f"{source},{source}/deep/file:/etc/other"], check=True)
        entries = {name: (mode, data) for name, mode, data in names(output.read_bytes())}
        assert entries["thing/deep/file"][1] == b"hello"
        assert entries["etc/other"][1] == b"hello"
        assert entries["thing/link"] == (0o120777, b"deep/file")
        assert entries["dev/console"][0] == 0o020600
        order = list(entries)
        assert all(str(pathlib.PurePath(name).parent) in [".", *order[:i]] for i, name in enumerate(order)), "a file before its folder"


def test_same_bytes_twice():
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a", "b"):
            subprocess.run([*MAKE, "--output", f"{folder}/{name}", "--root", "userland/root", "--compress", "gzip"], check=True)
        assert pathlib.Path(folder, "a").read_bytes() == pathlib.Path(folder, "b").read_bytes()


def test_missing_file_is_an_error():
    result = subprocess.run([*MAKE, "--output", "/dev/null", "--add", "/no/such/file"], capture_output=True, text=True)
    assert result.returncode != 0 and "there is no /no/such/file" in result.stderr
