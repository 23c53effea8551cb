#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads device trees by way of dtc's text output, as a second opinion on kernel/devicetree.

    read_dts.py FOLDER...        every *.dtb below the folders, one line each, tab-separated:
        path, number of processors, RAM, free RAM (both BASE+SIZE,... in hex), path of the console's node or '-'
    read_dts.py --qemu FOLDER    makes QEMU's trees of its virt machine there first

Nothing here follows the C++: nodes are dictionaries, pages are cut out of sorted lists of intervals.
"""
import multiprocessing
import pathlib
import re
import shlex
import subprocess
import sys

PAGE = 4096
QEMU_TREES = [
    (f"gic{gic}-el{el}-{cpus}", f"virt,gic-version={gic},virtualization={'on' if el == 2 else 'off'}", cpus, memory)
    for gic, el, cpus, memory in [(2, 1, 1, "256"), (2, 2, 4, "1G"), (3, 1, 4, "8G"), (3, 2, 8, "1G"), (2, 1, 8, "777"), (3, 1, 16, "3G")]
]


def make_qemu_trees(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, machine, cpus, memory in QEMU_TREES:
        tree = folder / f"virt-{name}.dtb"
        if not tree.exists():
            command = f"qemu-system-aarch64 -M {machine},dumpdtb={tree} -cpu cortex-a72 -smp {cpus} -m {memory} -display none -nic none"
            subprocess.run(shlex.split(command), check=True, timeout=30, capture_output=True)


class Node:
    def __init__(self, name, parent):
        self.name, self.parent, self.children, self.properties = name, parent, [], {}

    def path(self):
        return "" if self.parent is None else f"{self.parent.path()}/{self.name}"

    def text(self, name, default=None):
        found = re.match(r'"((?:[^"\\]|\\.)*)"', self.properties.get(name, ""))
        return found.group(1) if found else default

    def number(self, name, default):
        cells = self.cells(name)
        return cells[0] if cells else default

    def cells(self, name):
        value = self.properties.get(name, "")
        if value.startswith("["):  # dtc could not tell cells from bytes
            octets = bytes.fromhex(value.strip("[]").replace(" ", ""))
            return [int.from_bytes(octets[i:i + 4], "big") for i in range(0, len(octets) - 3, 4)]
        return [int(cell, 0) for group in re.findall(r"<([^>]*)>", value) for cell in group.split()]

    def child(self, name):
        """By its full name, or without its unit address."""
        exact = [c for c in self.children if c.name == name]
        loose = [c for c in self.children if c.name.split("@")[0] == name]
        return (exact or loose or [None])[0]

    def registers(self):
        address_cells, size_cells = self.parent.number("#address-cells", 2), self.parent.number("#size-cells", 1)
        cells, pairs = self.cells("reg"), []
        step = address_cells + size_cells
        join = lambda part: sum(cell << 32 * i for i, cell in enumerate(reversed(part)))
        for at in range(0, len(cells) - step + 1, step) if step else []:
            pairs.append((join(cells[at:at + address_cells]), join(cells[at + address_cells:at + step])))
        return pairs


def parse(text):
    """dtc writes one property or brace a line."""
    root = node = None
    reserved = []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("/memreserve/"):
            reserved.append(tuple(int(part, 0) for part in line.rstrip(";").split()[1:3]))
        elif line.endswith("{"):
            node = Node(line[:-1].strip(), node)
            if node.parent is None:
                root = node
            else:
                node.parent.children.append(node)
        elif line == "};":
            node = node.parent
        elif node is not None and line.endswith(";"):
            name, _, value = line[:-1].partition(" = ")
            node.properties[name] = value
    return root, reserved


def okay(node):
    return node.text("status", "okay") in ("okay", "ok")


def processors(root):
    seen = set()
    for node in (root.child("cpus") or Node("", root)).children:
        if node.name.split("@")[0] != "cpu" and node.text("device_type") != "cpu":
            continue
        if node.registers() and not node.text("status", "").startswith("fail"):
            seen.add(node.registers()[0][0])
    return len(seen)


def merged(intervals):
    result = []
    for start, end in sorted(i for i in intervals if i[0] < i[1]):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def without(intervals, hole):
    for start, end in intervals:
        yield from (part for part in ((start, min(end, hole[0])), (max(start, hole[1]), end)) if part[0] < part[1])


def memory(root, reserved):
    up, down = lambda n: -(-n // PAGE) * PAGE, lambda n: n // PAGE * PAGE
    banks = [b for node in root.children if node.text("device_type") == "memory" and okay(node) for b in node.registers()]
    ram = merged((up(base), down(base + size)) for base, size in banks)
    for area in (root.child("reserved-memory") or Node("", root)).children:
        if okay(area):
            reserved += area.registers()
    free = ram
    for base, size in reserved:
        if size:
            free = list(without(free, (down(base), up(base + size))))
    return ram, free


def console(root):
    chosen = root.child("chosen")
    path = chosen and (chosen.text("stdout-path") or chosen.text("linux,stdout-path"))
    if not path:
        return "-"
    path = path.split(":")[0]
    if not path.startswith("/"):
        alias, _, rest = path.partition("/")
        aliases = root.child("aliases")
        target = aliases and aliases.text(alias)
        if not target:
            return "-"
        path = f"{target}/{rest}"
    node = root
    for part in filter(None, path.split("/")):
        node = node and node.child(part)
    return node.path() if node else "-"


def summarise(path):
    text = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(path)], check=True, capture_output=True, timeout=60).stdout
    root, reserved = parse(text.decode(errors="replace"))
    ram, free = memory(root, reserved)
    show = lambda intervals: ",".join(f"{start:x}+{end - start:x}" for start, end in intervals) or "-"
    return f"{path}\t{processors(root)}\t{show(ram)}\t{show(free)}\t{console(root)}"


def main(arguments):
    if arguments and arguments[0] == "--qemu":
        arguments = arguments[1:]
        make_qemu_trees(pathlib.Path(arguments[0]))
    trees = sorted(path for folder in arguments for path in pathlib.Path(folder).rglob("*.dtb"))
    with multiprocessing.Pool(2) as pool:
        for line in pool.imap(summarise, trees, chunksize=8):
            print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
