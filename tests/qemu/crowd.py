# SPDX-License-Identifier: MIT
"""A crowd of processes that fork, exec, pipe, stop and kill one another does the same on eight tori as on one, and leaves nothing behind."""
import pathlib
import sys

from testing import cases, limit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "stress"))
import crowd

WORKERS, PIECES, SEED = 60, 900, 3
CHECKSUM = "24d1306d1ed5ff3f"  # on Debian's kernel: tests/stress/crowd.py --kernel linux --workers 60 --pieces 900 --seed 3


@limit(120)
@cases(one=dict(cpus=1), braid=dict(cpus=8), restless=dict(cpus=8, restless=True), random=dict(cpus=8, append="torc.place=random"),
       moves=dict(cpus=8, append="torc.move=random"), limbs=dict(cpus=8, append="torc.limbs=random,all"),
       tight=dict(cpus=4, append="torc.place=random torc.strand=tight"))
def test_crowd(cpus, append="", restless=False):
    checksum, complaints = crowd.run(cpus, WORKERS, PIECES, SEED, memory="1G", append=append, limit=100, restless=restless,
                                     show=lambda line: None)
    assert not complaints, "\n".join(complaints)
    assert checksum == CHECKSUM, f"{checksum}, not {CHECKSUM}"
