#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes single files out of a Debian package or source archive.

    unpack.py ARCHIVE FOLDER FROM=TO...

ARCHIVE is a .deb or a tar of any compression; FROM a shell pattern for member names (`*` crosses folders); TO
is a folder inside FOLDER when empty or ending in `/` (for `dtb/` the member's last folder is kept; for one ending in `/**` all
folders that FROM's `*` stands for), else a file name. FOLDER is replaced in one step. What lies in a `bin` may be executed. A pattern that matches nothing is an error. gzip-compressed kernels are unpacked.
"""
import fnmatch
import gzip
import os
import shutil
import subprocess
import sys
import tarfile


def members(archive):
    """Yields (name, function that reads it) of the regular files; symbolic links are left out."""
    if archive.endswith(".deb"):
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as dpkg:
            with tarfile.open(fileobj=dpkg.stdout, mode="r|") as tar:
                yield from ((m.name, lambda m=m: tar.extractfile(m).read()) for m in tar if m.isfile())
        if dpkg.returncode:
            sys.exit(f"unpack.py: dpkg-deb failed on {archive}")
        return
    with tarfile.open(archive) as tar:
        yield from ((m.name, lambda m=m: tar.extractfile(m).read()) for m in tar if m.isfile())


def destination(name, to, pattern):
    if to.endswith("/**"):
        return to[:-2] + name[pattern.index("*"):]
    if to == "dtb/":
        return "dtb/" + "/".join(name.split("/")[-2:])
    if to == "" or to.endswith("/"):
        return to + name.rsplit("/", 1)[-1]
    return to


def main():
    archive, folder = sys.argv[1:3]
    rules = [rule.split("=", 1) for rule in sys.argv[3:]]
    unused = {pattern for pattern, _ in rules}
    fresh = folder + ".new"
    shutil.rmtree(fresh, ignore_errors=True)
    for name, read in members(archive):
        for pattern, to in rules:
            if not fnmatch.fnmatchcase(name, pattern):
                continue
            unused.discard(pattern)
            path = os.path.join(fresh, destination(name, to, pattern))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            contents = read()
            if to == "Image" and contents[:2] == b"\x1f\x8b":
                contents = gzip.decompress(contents)
            with open(path, "wb") as out:
                out.write(contents)
            os.chmod(path, 0o755 if name.split("/")[-2] == "bin" else 0o644)
            break
    if unused:
        sys.exit(f"unpack.py: {archive} has nothing that matches {', '.join(sorted(unused))}")
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(fresh, folder)


if __name__ == "__main__":
    main()
