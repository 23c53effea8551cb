# SPDX-License-Identifier: MIT
"""The board descriptions, boards/NAME/board.toml, and the device trees made after them.

    python3 tools/boards.py FOLDER      writes FOLDER/NAME.dtb for every board that does not get its tree from QEMU
"""
import pathlib
import shutil
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINUX_DTBS = ROOT / "build/third_party/linux/dtb"


def names():
    return sorted(path.parent.name for path in ROOT.glob("boards/*/board.toml"))


def load(name):
    path = ROOT / "boards" / name / "board.toml"
    if not path.exists():
        sys.exit(f"there is no board '{name}'; known are: {', '.join(names())}")
    with open(path, "rb") as file:
        return tomllib.load(file)


def write_dtb(name, board, folder):
    """Debian's tree for the board, with the edits that QEMU needs."""
    path = folder / f"{name}.dtb"
    shutil.copyfile(LINUX_DTBS / board["dtb"], path)
    for node in board.get("disable", []):
        subprocess.run(["fdtput", "-t", "s", path, node, "status", "disabled"], check=True)
    for node, prop, value in board.get("set", []):
        subprocess.run(["fdtput", "-t", "s", path, node, prop, value], check=True)
    for node, prop in board.get("remove", []):
        subprocess.run(["fdtput", "-d", path, node, prop], check=False, stderr=subprocess.DEVNULL)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in names():
        board = load(name)
        if "dtb" in board:
            write_dtb(name, board, folder)


if __name__ == "__main__":
    main()
