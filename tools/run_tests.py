#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the tests and ends with one line: `N passed, M failed`. `make test` calls it.

    run_tests.py [--only TEXT] [--jobs N] [--build-failed] [--host PROGRAM...] [--folders FOLDER...]

PROGRAM is a GoogleTest program; FOLDER holds Python modules (see testing.py). Every program and every Python
test runs in a process of its own with a time limit, `--jobs` at a time. TEXT chooses by name:
`host/substrate`, `qemu/shell`, `qemu/shell.test_session[gic3]`.
"""
import argparse
import importlib.util
import fnmatch
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOST_LIMIT = 300
DEFAULT_LIMIT = 60
SHOWN_LINES = 60


class Report:
    """Counts and prints results as they come."""

    def __init__(self):
        self.passed = self.failed = self.known = 0
        self.failures = []
        self.gaps = known_gaps()
        self.lock = threading.Lock()

    def add(self, name, results, seconds, output):
        """`results`: pairs (name within the test or "", None or the failure)."""
        bad = [(name + ("." + part if part else ""), why) for part, why in results if why is not None]
        good = len(results) - len(bad)
        gaps = [who for who, _ in bad if any(fnmatch.fnmatchcase(who, gap) for gap in self.gaps)]
        bad = [(who, why) for who, why in bad if who not in gaps]
        with self.lock:
            self.known += len(gaps)
            for who in gaps:
                print(f"  gap   {who}: known not to work yet (tests/known_gaps.txt)")
            self.passed += good
            self.failed += len(bad)
            counts = f" ({good} of {len(results)})" if len(results) > 1 else ""
            print(f"  {'FAIL' if bad else 'ok':4}  {name}{counts}  {seconds:.1f} s", flush=True)
            for who, why in bad:
                print(indent(f"{who}: {why}"))
                self.failures.append(who)
            if bad and output.strip():
                print(indent("--- output\n" + tail(output)))
            sys.stdout.flush()


def known_gaps():
    """Names of tests, as fnmatch patterns, of what is known not to work: they run, and a failure counts as skipped."""
    lines = (ROOT / "tests/known_gaps.txt").read_text(encoding="utf-8").splitlines()
    return [line.split(" | ")[0].strip() for line in lines if line.strip() and not line.startswith("#")]


def tail(text):
    lines = text.rstrip().split("\n")
    cut = [f"[{len(lines) - SHOWN_LINES} lines before]"] if len(lines) > SHOWN_LINES else []
    return "\n".join(cut + lines[-SHOWN_LINES:])


def indent(text):
    return "\n".join("        " + line for line in text.split("\n"))


def run_limited(command, seconds, environment=None):
    """Runs the command in its own session, so that a time-out takes its children along. Returns (status or None, output)."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT,
                               start_new_session=True, env={**os.environ, **(environment or {})})
    try:
        output, _ = process.communicate(timeout=seconds)
        status = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        status = None
    return status, output.decode("utf-8", "replace")


# ---- GoogleTest programs -----------------------------------------------------------------------------
def run_host(program, report, only):
    name = "host/" + os.path.basename(program).removesuffix("-tests")
    began = time.monotonic()
    if not os.path.exists(program):
        report.add(name, [("", "was not built")], 0, "")
        return
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [os.path.abspath(program), "--gtest_brief=1", f"--gtest_output=json:{file.name}"]
        if only and ":" in only:
            command.append("--gtest_filter=" + only.split(":", 1)[1])
        status, output = run_limited(command, HOST_LIMIT)
        try:
            suites = json.load(open(file.name, encoding="utf-8"))["testsuites"]
        except (ValueError, KeyError):
            suites = []
    results = []
    for suite in suites:
        for case in suite["testsuite"]:
            if case["result"] == "SKIPPED":
                continue
            why = "\n".join(failure["failure"] for failure in case.get("failures", [])) or None
            results.append((f"{suite['name']}.{case['name']}", why))
    if status is None:
        results.append(("", f"did not end within {HOST_LIMIT} s"))
    elif status != 0 and not any(why for _, why in results):
        results.append(("", f"ended with status {status}"))
    report.add(name, results, time.monotonic() - began, output)


# ---- Python tests ------------------------------------------------------------------------------------
def load(path):
    for folder in (ROOT / "tools", path.parent):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def discover(folder):
    """Yields (name, path, function, case, limit) of every test in the folder."""
    for path in sorted(pathlib.Path(folder).glob("*.py")):
        for function in [f for n, f in vars(load(path)).items() if n.startswith("test_") and callable(f)]:
            for case in getattr(function, "cases", {"": {}}):
                name = f"{path.parent.name}/{path.stem}.{function.__name__}" + (f"[{case}]" if case else "")
                yield name, path, function.__name__, case, getattr(function, "limit", DEFAULT_LIMIT)


def run_python(test, report):
    name, path, function, case, seconds = test
    began = time.monotonic()
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-u", os.path.abspath(__file__), "--one", str(path), function, case, file.name]
        status, output = run_limited(command, seconds)
        try:
            results = json.load(open(file.name, encoding="utf-8"))
        except ValueError:
            results = [["", f"did not end within {seconds:g} s" if status is None else f"ended with status {status}"]]
    report.add(name, results, time.monotonic() - began, output)


def run_one(path, function, case, result):
    """The child's side of run_python."""
    sys.dont_write_bytecode = True
    try:
        test = getattr(load(pathlib.Path(path)), function)
        parts = test(**getattr(test, "cases", {}).get(case, {}))
        results = [list(part) for part in parts] if parts is not None else [["", None]]
    except AssertionError as error:
        if not str(error):
            traceback.print_exc()
        results = [["", str(error) or "assertion failed"]]
    except BaseException as error:
        traceback.print_exc()
        results = [["", f"{type(error).__name__}: {error}"]]
    pathlib.Path(result).write_text(json.dumps(results), encoding="utf-8")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--build-failed", action="store_true", help="count that as one failure")
    parser.add_argument("--host", nargs="*", default=[], metavar="PROGRAM")
    parser.add_argument("--folders", nargs="*", default=[], metavar="FOLDER")
    return parser.parse_args()


def main():
    if sys.argv[1:2] == ["--one"]:
        run_one(*sys.argv[2:])
        return 0
    options = parse()
    report = Report()
    wanted = options.only.split(":", 1)[0]
    if options.build_failed:
        report.add("build", [("", "something did not build: see the messages above")], 0, "")
    bootable = (ROOT / "build/Image").exists()  # the Makefile leaves no old one
    tests = [t for folder in options.folders if bootable or not folder.endswith("qemu")
             for t in discover(ROOT / folder) if wanted in t[0]]
    tests.sort(key=lambda test: -test[4])  # the longest limits first: they end together
    programs = [p for p in options.host if wanted in "host/" + os.path.basename(p)]
    with ThreadPoolExecutor(options.jobs) as pool:
        running = [pool.submit(run_host, program, report, options.only) for program in programs]
        running += [pool.submit(run_python, test, report) for test in tests]
        for future in running:
            future.result()
    if report.failures:
        print("\nfailed: " + "\n        ".join(report.failures))
    skipped = f", {report.known} skipped" if report.known else ""
    print(f"{report.passed} passed, {report.failed} failed{skipped}")
    return 1 if report.failed or not report.passed else 0


if __name__ == "__main__":
    sys.exit(main())
