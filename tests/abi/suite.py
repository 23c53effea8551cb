# SPDX-License-Identifier: MIT
"""The ABI suite: builds the programs of tests/abi, boots them on a kernel, reads the framed output back.

The oracle is Debian's kernel in the same QEMU. Its output is kept under the cache folder by a key made of
the programs, the kernel and QEMU, so that an unchanged suite costs nothing.

    python3 tests/abi/suite.py [linux|torc|compare] [TEST...]      run by hand and print
"""
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import select
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ROOT / "tests/abi"
BUILD = ROOT / "build/abi"
LINUX = ROOT / "build/third_party/linux/Image"
TORC = ROOT / "build/Image"
CACHE = pathlib.Path(os.environ.get("TORC_CACHE") or
                     pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "torc")
COMPILER = os.environ.get("ABI_CC", "aarch64-linux-gnu-gcc")
# The tests pass what compilers rightly warn of: null, sizes beyond an object, recursion without end.
FLAGS = ["-O2", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-s", *("-Wno-" + name for name in (
    "nonnull", "unused-result", "infinite-recursion", "unused-function", "array-bounds", "stringop-overflow", "stringop-overread",
    "format-truncation"))]
NOT_TESTS = {"init"}                        # pid 1 itself
STRESS = {"elf_fuzz", "stress"}             # run by the bad-input tests, not compared with Linux


@dataclasses.dataclass
class Result:
    lines: list
    end: str = "no end"
    objects: list = dataclasses.field(default_factory=list)


# ---- building -------------------------------------------------------------------------------------
def sources():
    return sorted(SOURCES.glob("*.c"))


def compile_one(source):
    output = BUILD / source.stem
    newest = max(source.stat().st_mtime, (SOURCES / "abi.h").stat().st_mtime)
    if output.exists() and output.stat().st_mtime > newest:
        return output
    # A program named *_pie is linked as a position-independent one.
    link = "-static-pie" if source.stem.endswith("_pie") else "-static"
    pie = ["-fPIE"] if link == "-static-pie" else ["-fno-pie", "-no-pie"]
    partial = output.with_suffix(f".{os.getpid()}")
    done = subprocess.run([COMPILER, *FLAGS, *pie, link, "-o", partial, source], cwd=SOURCES, text=True, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise SystemExit(f"{source.name} does not compile:\n{done.stderr}")
    partial.rename(output)
    return output


def build():
    BUILD.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return {path.name: path for path in pool.map(compile_one, sources())}


# ---- the initramfs --------------------------------------------------------------------------------
def newc(entries):
    """A newc archive of (path, mode, content, (major, minor)) entries; times and owners are zero."""
    archive = bytearray()
    for inode, (path, mode, content, device) in enumerate([*entries, ("TRAILER!!!", 0, b"", (0, 0))], 1):
        name = path.encode() + b"\0"
        fields = (inode, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name), 0)
        archive += b"070701" + b"".join(b"%08X" % field for field in fields) + name
        archive += bytes(-len(archive) % 4) + content
        archive += bytes(-len(archive) % 4)
    return bytes(archive + bytes(-len(archive) % 512))


def initramfs(init, programs, extra=()):
    none = (0, 0)
    entries = [(folder, 0o40755, b"", none) for folder in ("dev", "proc", "abi", "bin", "mnt")]
    entries.append(("tmp", 0o41777, b"", none))
    entries += [("dev/console", 0o20600, b"", (5, 1)), ("dev/null", 0o20666, b"", (1, 3))]
    entries.append(("init", 0o100755, pathlib.Path(init).read_bytes(), none))
    entries += [(f"abi/{path.name}", 0o100755, path.read_bytes(), none) for path in programs]
    return newc([*entries, *extra])


# ---- running --------------------------------------------------------------------------------------
def boot(kernel, archive, arguments="", limit=120, options=(), on_line=None):
    """Boots KERNEL on virt with ARCHIVE; returns (output, exit status or None after the time limit)."""
    with tempfile.NamedTemporaryFile(prefix="torc-abi-") as initrd:
        initrd.write(archive)
        initrd.flush()
        command = ["qemu-system-aarch64", "-M", "virt,gic-version=2", "-cpu", "cortex-a72", "-smp", "1", "-m", "1G",
                   "-accel", "tcg", "-display", "none", "-monitor", "none", "-serial", "stdio", "-nic", "none", "-no-reboot",
                   "-semihosting", "-kernel", str(kernel), "-initrd", initrd.name,
                   "-append", f"console=ttyAMA0 quiet loglevel=1 panic=-1 nokaslr -- {arguments}", *options]
        machine = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, end = bytearray(), time.monotonic() + limit
        try:
            while (left := end - time.monotonic()) > 0:
                if not select.select([machine.stdout], [], [], left)[0]:
                    break
                data = os.read(machine.stdout.fileno(), 65536)
                if not data:
                    return output.decode("utf-8", "replace"), machine.wait(10)
                output += data
                if on_line:
                    on_line(data)
        finally:
            if machine.poll() is None:
                machine.kill()
            machine.wait()
        return output.decode("utf-8", "replace"), None


def parse(text):
    """The frames of init.c: {test: Result}."""
    results, current = {}, None
    for line in text.replace("\r", "").split("\n"):
        if line.startswith("| ") and current:
            current.lines.append(line[2:])
        elif match := re.match(r"@@ (begin|end|objects) (\S+) ?(.*)", line):
            what, name, rest = match.groups()
            if what == "begin":
                current = results[name] = Result([])
            elif what == "end" and name in results:
                results[name].end, current = rest, None
            elif what == "objects" and name in results:
                results[name].objects.append(rest)
    return results


def run(kernel, only=None, limit=400, options=()):
    programs = build()
    chosen = [path for name, path in programs.items()
              if name not in NOT_TESTS and (name in only if only else name not in STRESS)]
    text, status = boot(kernel, initramfs(programs["init"], chosen), limit=limit, options=options)
    return parse(text), text, status


# ---- the oracle -----------------------------------------------------------------------------------
def oracle_key(names):
    digest = hashlib.sha256()
    programs = build()
    for name in sorted([*names, "init"]):
        digest.update(name.encode() + b"\0" + programs[name].read_bytes())
    digest.update(LINUX.read_bytes()[:1 << 20])
    digest.update(subprocess.run(["qemu-system-aarch64", "--version"], capture_output=True, check=True).stdout)
    return digest.hexdigest()[:32]


def oracle(names):
    """Linux's results for NAMES, run now when the cache has none."""
    kept = CACHE / "oracle" / f"{oracle_key(names)}.json"
    if kept.exists():
        return {name: Result(**fields) for name, fields in json.loads(kept.read_text()).items()}
    results, text, status = run(LINUX, names)
    if status != 0 or set(results) != set(names):
        raise RuntimeError(f"Linux did not run the suite to its end (status {status}):\n{text[-2000:]}")
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps({name: dataclasses.asdict(result) for name, result in results.items()}))
    partial.rename(kept)
    return results


# ---- comparing ------------------------------------------------------------------------------------
def known_differences():
    """tests/abi/differences.txt: {test: {Linux's line: Torc's line}}."""
    known = {}
    for line in (SOURCES / "differences.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            test, linux, torc, _reason = (field.strip() for field in line.split("|"))
            known.setdefault(test, {})[linux] = torc
    return known


def compare(name, linux, torc):
    """What differs between two Results, as lines to show; empty when nothing does."""
    import difflib
    known = known_differences().get(name, {})
    expected = [known.get(line, line) for line in linux.lines]
    report = [line for line in difflib.unified_diff(expected, torc.lines, "Linux", "Torc", n=1, lineterm="")]
    if linux.end != torc.end:
        report.append(f"Linux: {linux.end}, Torc: {torc.end}")
    report += [f"left behind: {line} (object, before, after)" for line in torc.objects]
    return report


def names():
    return [source.stem for source in sources() if source.stem not in NOT_TESTS | STRESS]


def main(arguments):
    what = arguments[0] if arguments else "compare"
    chosen = arguments[1:] or names()
    if what in ("linux", "torc"):
        results, text, status = run({"linux": LINUX, "torc": TORC}[what], chosen)
        for name, result in sorted(results.items()):
            print(f"== {name}: {result.end}", *result.lines, *result.objects, sep="\n")
        if status != 0:
            print(f"status {status}; the end of the console:\n{text[-3000:]}")
        return
    linux, (torc, text, status) = oracle(chosen), run(TORC, chosen)
    missing = Result([], "never ran")
    reports = {name: compare(name, linux[name], torc.get(name, missing)) for name in chosen}
    for name, report in reports.items():
        print(f"== {name}: {'differs' if report else 'same'}", *report, sep="\n")
    print(f"{sum(not report for report in reports.values())} same, {sum(map(bool, reports.values()))} differ, status {status}")


if __name__ == "__main__":
    main(sys.argv[1:])
