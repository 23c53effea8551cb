# SPDX-License-Identifier: MIT
"""Draws the curves that the simulation wrote: imbalance over rounds beside what the spectrum allows."""
import csv
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402


def read(path):
    with path.open() as lines:
        title = next(lines).lstrip("# ").strip()
        rows = list(csv.DictReader(lines))
    return title, {name: [float(row[name]) for row in rows] for name in rows[0]}


def draw(axes, title, curves):
    floor = 1e-5
    clipped = {name: [max(value, floor) for value in values] for name, values in curves.items()}
    axes.semilogy(curves["round"], clipped["bound"], "--", color="grey", label="bound of second-order diffusion")
    axes.semilogy(curves["round"], clipped["fluid"], color="tab:blue", label="fluid")
    axes.semilogy(curves["round"], clipped["processes"], color="tab:red", label="processes")
    axes.axhline(0.01, color="black", linewidth=0.5)
    axes.set(title=title, xlabel="rounds", ylim=(floor, 2 * curves["bound"][0]))
    axes.grid(alpha=0.3)


def main():
    folder, output = pathlib.Path(sys.argv[1]), sys.argv[2]
    order = ["ring4", "ring16", "grid64", "ring1000", "cube1000000", "graph1000000"]
    figure, grid = pyplot.subplots(2, 3, figsize=(15, 8), layout="constrained")
    for name, axes in zip(order, grid.flat):
        path = folder / f"{name}.csv"
        if path.exists():
            draw(axes, *read(path))
    grid[0][0].legend(loc="upper right", fontsize="small")
    for row in grid:
        row[0].set_ylabel("largest deviation from the fair share")
    figure.savefig(output, dpi=80)


if __name__ == "__main__":
    main()
