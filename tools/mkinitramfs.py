#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes an initramfs: a cpio archive in the newc format, the same bytes for the same input.

    mkinitramfs.py --output OUT [--root FOLDER]... [--busybox FILE --applets LIST] [--add PATH[,PATH...]]
                   [--compress none|gzip|lz4]

--root     a folder whose contents become the root of the file system
--busybox  Debian's busybox, put at /bin/busybox with a link for each applet of LIST (`busybox --list-full`)
--add      a file or folder, put at /NAME, or at /TARGET when written PATH:/TARGET
Everything belongs to root; times are 0.
"""
import argparse
import gzip
import os
import pathlib
import stat
import subprocess
import sys

FOLDERS = [("bin", 0o755), ("sbin", 0o755), ("usr/bin", 0o755), ("usr/sbin", 0o755), ("dev", 0o755), ("etc", 0o755),
           ("proc", 0o555), ("sys", 0o555), ("root", 0o700), ("tmp", 0o1777), ("run", 0o755), ("var/log", 0o755)]
DEVICES = [("console", 0o600, 5, 1), ("tty", 0o666, 5, 0), ("null", 0o666, 1, 3), ("zero", 0o666, 1, 5),
           ("full", 0o666, 1, 7), ("random", 0o666, 1, 8), ("urandom", 0o666, 1, 9), ("kmsg", 0o644, 1, 11)]


class Archive:
    """Collects entries by path; the last one wins. Missing parent folders are made."""

    def __init__(self):
        self.entries = {}

    def put(self, path, mode, data=b"", device=(0, 0)):
        path = path.strip("/")
        for parent in list(pathlib.PurePosixPath(path).parents)[:-1]:
            self.entries.setdefault(str(parent), (stat.S_IFDIR | 0o755, b"", (0, 0)))
        self.entries[path] = (mode, data, device)

    def put_tree(self, source, target, permissions=stat.S_IMODE):
        """A file, link or folder of this machine."""
        mode = os.lstat(source).st_mode
        if stat.S_ISLNK(mode):
            self.put(target, stat.S_IFLNK | 0o777, os.readlink(source).encode())
        elif stat.S_ISREG(mode):
            self.put(target, stat.S_IFREG | permissions(mode), pathlib.Path(source).read_bytes())
        elif stat.S_ISDIR(mode):
            if target.strip("/"):
                self.put(target, stat.S_IFDIR | permissions(mode))
            for name in sorted(os.listdir(source)):
                self.put_tree(os.path.join(source, name), f"{target}/{name}", permissions)
        else:
            sys.exit(f"mkinitramfs.py: {source} is neither file, link nor folder")

    def bytes(self):
        # Parents sort before what is in them.
        blobs = [self.entry(i, path, *entry) for i, (path, entry) in enumerate(sorted(self.entries.items()), 1)]
        blobs.append(self.entry(0, "TRAILER!!!", 0, b"", (0, 0)))
        whole = b"".join(blobs)
        return whole + b"\0" * (-len(whole) % 512)

    @staticmethod
    def entry(inode, path, mode, data, device):
        name = path.encode() + b"\0"
        links = 2 if stat.S_ISDIR(mode) else 1
        fields = (inode, mode, 0, 0, links, 0, len(data), 0, 0, *device, len(name), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
        return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def compress(data, how):
    if how == "gzip":
        return gzip.compress(data, 9, mtime=0)
    if how == "lz4":  # the legacy frame, which is what Linux takes
        return subprocess.run(["lz4", "-l", "-9", "-c"], input=data, check=True, capture_output=True).stdout
    return data


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", required=True)
    parser.add_argument("--root", action="append", default=[])
    parser.add_argument("--busybox")
    parser.add_argument("--applets")
    parser.add_argument("--add", action="append", default=[])
    parser.add_argument("--compress", choices=["none", "gzip", "lz4"], default="none")
    options = parser.parse_args()

    archive = Archive()
    for path, mode in FOLDERS:
        archive.put(path, stat.S_IFDIR | mode)
    for name, mode, major, minor in DEVICES:
        archive.put(f"dev/{name}", stat.S_IFCHR | mode, device=(major, minor))
    if options.busybox:
        archive.put("bin/busybox", stat.S_IFREG | 0o755, pathlib.Path(options.busybox).read_bytes())
        for applet in pathlib.Path(options.applets).read_text().split():
            if applet != "bin/busybox":
                archive.put(applet, stat.S_IFLNK | 0o777, b"/bin/busybox")
    for root in options.root:
        # A checkout's permissions depend on the user's umask; only "executable" is the repository's.
        archive.put_tree(root, "", lambda mode: 0o755 if mode & 0o100 else 0o644)
    for item in filter(None, ",".join(options.add).split(",")):
        source, _, target = item.partition(":")
        if not os.path.lexists(source):
            sys.exit(f"mkinitramfs.py: there is no {source}")
        archive.put_tree(source, target or os.path.basename(source.rstrip("/")))
    pathlib.Path(options.output).write_bytes(compress(archive.bytes(), options.compress))


if __name__ == "__main__":
    main()
