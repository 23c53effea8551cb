# SPDX-License-Identifier: MIT
"""What every source file must be like."""
import pathlib
import re
import subprocess

import layers

# Longer than 500 lines, each with its reason.
LONG_FILES = {}


def test_assembly_only_in_the_port():
    bad = [path for path in layers.sources() if path.startswith(("substrate/", "kernel/", "drivers/"))
           and re.search(r"\b(asm|__asm__)\b\s*(volatile|goto|\()", pathlib.Path(path).read_text())]
    assert not bad, "assembly outside arch-aarch64/: " + ", ".join(bad)


def test_no_board_conditionals():
    pattern = re.compile(r"^\s*#\s*(el)?if.*(RPI|RASPI|BOARD|BCM2|RK3|VIRT)", re.M)
    bad = [path for path in layers.sources() if not path.startswith("tests/") and pattern.search(pathlib.Path(path).read_text())]
    assert not bad, "board conditionals: " + ", ".join(bad)
    code = [path for path in layers.sources() if path.startswith("boards/")]
    assert not code, "code under boards/: " + ", ".join(code)


def test_licence_line():
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.split()
    named = re.compile(r"(\.(cpp|hpp|h|c|S|inc|ld|py|sh|mk|toml|dts|dtso)|Makefile)$")
    bad = [path for path in listed if named.search(path) and pathlib.Path(path).exists()
           and "SPDX-License-Identifier: MIT" not in pathlib.Path(path).read_text()[:400]]
    assert not bad, "no SPDX line: " + ", ".join(bad)


def test_no_file_too_long():
    lengths = {path: len(pathlib.Path(path).read_text().splitlines()) for path in layers.sources()}
    bad = [f"{path} ({lines})" for path, lines in lengths.items() if lines > 500 and path not in LONG_FILES]
    assert not bad, "longer than 500 lines, split by concept: " + ", ".join(bad)


def test_format():
    files = [path for path in layers.sources() if path.endswith((".cpp", ".hpp", ".h", ".c"))]
    result = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *files], capture_output=True, text=True)
    bad = sorted({line.split(":")[0] for line in result.stderr.splitlines() if "[-Wclang-format-violations]" in line})
    assert result.returncode == 0, "not as clang-format has it (run `make format`): " + ", ".join(bad)
