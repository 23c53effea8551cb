# SPDX-License-Identifier: MIT
"""Memory is lent between tori (docs/memory.md): one core's program uses most of the machine's, and all goes home."""
import pathlib
import sys

from testing import limit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "abi"))
import suite

EXPECTED = [
    "70 % on one core: exited 0",
    *["  another: exited 0"] * 3,
    "  all is back",
    "35 %, and a copy of it: exited 0",
    "  all is back",
    "everything on one core: killed or refused",
    "  all is back",
    *["everything on each core: killed or refused"] * 4,
    "  all is back",
    *["  afterwards: exited 0"] * 4,
    "  all is back",
    "a file of 65 %: 0 words differ",
    "  borrowed for it: 1",
    "  mapped: 0 words differ",
    "  read from another core: exited 0",
    "a file without end: refused",
    "  all is back",
    "the end",
]


@limit(200)
def test_memory_is_lent():
    results, text, status = suite.run(suite.TORC, ["stress_lending"], limit=180, seconds=150, memory="512M", cpus=4)
    assert "stress_lending" in results, f"it never ran; the console:\n{text[-3000:]}"
    result = results["stress_lending"]
    assert result.lines == EXPECTED, "\n".join(result.lines) + "\n" + text[-3000:]
    assert result.end == "exited 0" and status == 0, (result.end, status)
    # Records of links and guests stay, and are in no row.
    left = [line for line in result.objects if not line.startswith("frame-unclaimed")]
    assert not left, "left behind (object, before, after): " + "; ".join(left)
