# SPDX-License-Identifier: MIT
"""The include graph: dependencies point one way, and no two files include each other."""
import pathlib
import re
import subprocess

# Who may include whom. `arch` is the interface a port implements (arch-aarch64/arch/*.hpp, included as "arch/...").
ALLOWED = {
    "substrate": {"substrate"},
    "kernel": {"kernel", "substrate", "arch"},
    "arch": {"arch", "arch-aarch64", "kernel", "substrate"},
    "arch-aarch64": {"arch-aarch64", "arch", "kernel", "substrate"},
    "drivers": {"drivers"},
    "userland": {"userland"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def sources():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.split() if re.search(r"\.(cpp|hpp|h|c|S|inc)$", path) and pathlib.Path(path).exists()]


def layer(path):
    return "arch" if path.startswith("arch-aarch64/arch/") else path.split("/")[0]


def resolve(including, included):
    """Includes are from the repository's root, or from the including file's folder. What the build makes of the includer's own
    layer (build/...) is not part of the graph."""
    if included.startswith("build/"):
        return including
    for candidate in (included, f"arch-aarch64/{included}", str(pathlib.PurePath(including).parent / included)):
        if pathlib.Path(candidate).exists():
            return candidate
    return None


def graph():
    return {path: [(line, resolve(path, line)) for line in INCLUDE.findall(pathlib.Path(path).read_text())]
            for path in sources() if layer(path) in ALLOWED}


def find_cycles(edges):
    """One cycle for each back edge of a depth-first search."""
    cycles, state = [], {}

    def visit(path, trail):
        state[path] = "open"
        for _, target in edges.get(path, []):
            if target and target != path and state.get(target) == "open":
                cycles.append(" -> ".join([*trail[trail.index(target) :], target]) if target in trail else f"{path} -> {target}")
            elif target and target not in state:
                visit(target, [*trail, target])
        state[path] = "done"

    for path in sorted(edges):
        if path not in state:
            visit(path, [path])
    return cycles


def test_include_graph():
    edges = graph()
    cycles = find_cycles(edges)
    forbidden = [f"{path} includes {line}" for path, targets in edges.items() for line, target in targets
                 if not target or layer(target) not in ALLOWED[layer(path)]]
    print(f"include graph: {len(edges)} files, {len(cycles)} cycles, {len(forbidden)} forbidden edges")
    assert not cycles and not forbidden, "\n".join(["cycles and forbidden edges:", *cycles, *forbidden])
