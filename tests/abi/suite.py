# SPDX-License-Identifier: MIT
"""The ABI suite: builds the programs of tests/abi, boots them on a kernel, reads the framed output back.

The oracle is Debian's kernel in the same QEMU. Its output is kept in the cache folder by a key made of the
programs, the kernel and QEMU, so that an unchanged suite costs nothing.

    python3 tests/abi/suite.py [linux|torc|compare] [torc.place=random] [torc.limbs=random,all] [TEST...]      run by hand and print
"""
import concurrent.futures
import dataclasses
import difflib
import fcntl
import hashlib
import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import mkinitramfs
from console import Console
from qemu import LINUX, Machine

SOURCES = ROOT / "tests/abi"
BUILD = ROOT / "build/abi"
TORC = ROOT / "build/Image"
CACHE = pathlib.Path(os.environ.get("TORC_CACHE") or
                     pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "torc")
COMPILER = os.environ.get("ABI_CC", "aarch64-linux-gnu-gcc")
SEED = int(os.environ.get("ABI_SEED", "1"))  # of the random tests
# The tests pass what compilers rightly warn of: null, sizes beyond an object, recursion without end.
FLAGS = ["-O2", "-pthread", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-s", *("-Wno-" + name for name in (
    "nonnull", "unused-result", "infinite-recursion", "unused-function", "array-bounds", "stringop-overflow", "stringop-overread",
    "format-truncation"))]
NOT_TESTS = {"init"}                        # pid 1 itself
# Run by tests of their own, not compared.
STRESS = {"leaving", "limb_calls", "stress_elf", "stress_files", "stress_fork", "stress_lending", "stress_memory", "stress_recursion"}
MOST_BOOTS = 16                             # a kernel that dies in one test is booted again for the others


@dataclasses.dataclass
class Result:
    lines: list
    end: str = "no end: the kernel died or stood still"
    objects: list = dataclasses.field(default_factory=list)


# ---- building -------------------------------------------------------------------------------------
def compile_one(source):
    output = BUILD / source.stem
    newest = max(path.stat().st_mtime for path in (source, *SOURCES.glob("*.h"), SOURCES / "suite.py"))
    if output.exists() and output.stat().st_mtime > newest:
        return output
    # A program named *_pie is linked as a position-independent one.
    kind = ["-static-pie", "-fPIE"] if source.stem.endswith("_pie") else ["-static", "-fno-pie", "-no-pie"]
    handle, partial = tempfile.mkstemp(prefix=source.stem + ".", dir=BUILD)
    os.close(handle)
    partial = pathlib.Path(partial)
    done = subprocess.run([COMPILER, *FLAGS, *kind, "-o", partial, source.name], cwd=SOURCES, text=True, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise SystemExit(f"{source.name} does not compile:\n{done.stderr}")
    partial.replace(output)
    return output


def build():
    """{name: program}"""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / ".lock", "w") as lock, concurrent.futures.ThreadPoolExecutor(2) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests that run at the same time build one after another
        return {path.name: path for path in pool.map(compile_one, sorted(SOURCES.glob("*.c")))}


def names():
    return sorted(source.stem for source in SOURCES.glob("*.c") if source.stem not in NOT_TESTS | STRESS)


def initramfs(init, programs):
    archive = mkinitramfs.Archive()
    for folder, mode in (("dev", 0o755), ("proc", 0o755), ("abi", 0o755), ("tmp", 0o1777)):
        archive.put(folder, stat.S_IFDIR | mode)
    archive.put("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    archive.put("dev/null", stat.S_IFCHR | 0o666, device=(1, 3))
    archive.put("init", stat.S_IFREG | 0o755, init.read_bytes())
    for path in programs:
        archive.put(f"abi/{path.name}", stat.S_IFREG | 0o755, path.read_bytes())
    return archive.bytes()


# ---- running --------------------------------------------------------------------------------------
def boot(kernel, archive, arguments="", limit=120.0, silence=60.0, more="", **choices):
    """Boots `kernel` on one core of virt, if `choices` say no other; `more` are further kernel arguments. Returns (console output, exit status); None after the limit or after so much silence."""
    with tempfile.NamedTemporaryFile(prefix="torc-abi-") as initrd:
        initrd.write(archive)
        initrd.flush()
        noise = "loglevel=1 nokaslr " if kernel == LINUX else ""
        machine = Machine(**{"kernel": kernel, "initrd": initrd.name, "cpus": 1, "memory": "1G", "gic": 2, "el": 1,
                             "append": f"console=ttyAMA0 panic=-1 quiet {noise}{more} -- {arguments}", **choices})
        with Console(machine, limit) as console:
            end, heard, at = time.monotonic() + limit, 0, time.monotonic()
            while (status := console.process.poll()) is None and time.monotonic() < min(end, at + silence):
                time.sleep(0.05)
                if len(console.text) != heard:
                    heard, at = len(console.text), time.monotonic()
            if status is not None:
                console.reader.join(5)
        return console.text, status


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


def run(kernel, chosen, limit=400.0, seconds=20, **choices):
    """Runs the chosen tests; boots again without the one in which the kernel died. Returns (results, last output, last status)."""
    programs = build()
    archive = initramfs(programs["init"], [programs[name] for name in chosen])
    results, left, end, text, status = {}, list(chosen), time.monotonic() + limit, "", None
    for _ in range(MOST_BOOTS):
        text, status = boot(kernel, archive, f"seconds={seconds} seed={SEED} only=" + ",".join(left), max(10.0, end - time.monotonic()),
                            seconds + 15, **choices)
        got = parse(text)
        results.update(got)
        left = [name for name in left if name not in got]
        if status == 0 or not left or not got or time.monotonic() > end:
            break
    return results, text, status


# ---- the oracle -----------------------------------------------------------------------------------
def oracle(chosen):
    """Linux's results. Each is kept by a key made of its program, pid 1, the kernel and QEMU; what is not there is run now."""
    programs = build()
    common = hashlib.sha256(LINUX.read_bytes() + programs["init"].read_bytes())
    common.update(subprocess.run(["qemu-system-aarch64", "--version"], capture_output=True, check=True).stdout)

    def place(name):
        key = common.copy()
        key.update(programs[name].read_bytes() + b"%d" % SEED)
        return CACHE / "oracle" / f"{name}-{key.hexdigest()[:24]}.json"

    places = {name: place(name) for name in chosen}
    if missing := [name for name, path in places.items() if not path.exists()]:
        results, text, status = run(LINUX, missing)
        if status != 0 or set(results) != set(missing):
            raise RuntimeError(f"Linux did not run the suite to its end (status {status}):\n{text[-2000:]}")
        if failed := {name: result.end for name, result in results.items() if result.end != "exited 0"}:
            raise RuntimeError(f"wrong on Linux, so they say nothing of Torc: {failed}")
        for name, result in results.items():
            places[name].parent.mkdir(parents=True, exist_ok=True)
            partial = places[name].with_suffix(f".{os.getpid()}")
            partial.write_text(json.dumps(dataclasses.asdict(result)))
            partial.rename(places[name])
    return {name: Result(**json.loads(path.read_text())) for name, path in places.items()}


# ---- comparing ------------------------------------------------------------------------------------
def known_differences():
    """tests/abi/differences.txt: {test: {Linux's line: Torc's line}}."""
    known = {}
    for line in (SOURCES / "differences.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            test, linux, torc, _reason = (field.strip() for field in line.split(" | "))
            known.setdefault(test, {})[linux] = torc
    return known


def compare(name, linux, torc):
    """What differs between two Results, as lines to show; empty when nothing does."""
    known = known_differences().get(name, {})
    expected = [known.get(line, line) for line in linux.lines]
    report = list(difflib.unified_diff(expected, torc.lines, "Linux", "Torc", n=1, lineterm=""))
    if linux.end != torc.end:
        report.append(f"Linux: {linux.end}, Torc: {torc.end}")
    return report + [f"left behind: {line} (object, before, after)" for line in torc.objects]


def compare_all(chosen, linux_limit=400.0, **choices):
    """Yields (test, differing lines) and the end of the console's output when Torc did not end well."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        expected = pool.submit(oracle, chosen)
        torc, text, status = run(TORC, chosen, linux_limit, **choices)
        linux = expected.result()
    for name in chosen:
        if "more" in choices and name in torc: # files of other tori go back a moment later, pages of programs stay borrowed
            torc[name].objects.clear()
        yield name, compare(name, linux[name], torc.get(name, Result([], "never ran")))
    if status != 0:
        print(f"exit status {status}; the end of Torc's console:\n{text[-3000:]}")
    yield "power-off", [] if status == 0 else [f"QEMU's exit status is {status}"]


def main(arguments):
    sys.stdout.reconfigure(line_buffering=True)
    what = arguments[0] if arguments else "compare"
    places = [word for word in arguments[1:] if word.startswith("torc.")]
    chosen = [word for word in arguments[1:] if word not in places] or names()
    if what in ("linux", "torc"):
        results, text, status = run({"linux": LINUX, "torc": TORC}[what], chosen)
        for name, result in sorted(results.items()):
            print(f"== {name}: {result.end}", *result.lines, *result.objects, sep="\n")
        if status != 0:
            print(f"status {status}; the end of the console:\n{text[-3000:]}")
        return
    counts = [0, 0]
    for name, report in compare_all(chosen, **({"cpus": 4, "more": " " + " ".join(places)} if places else {})):
        counts[bool(report)] += 1
        print(f"== {name}: {'differs' if report else 'same'}", *report, sep="\n")
    print(f"{counts[0]} same, {counts[1]} differ")


if __name__ == "__main__":
    main(sys.argv[1:])
