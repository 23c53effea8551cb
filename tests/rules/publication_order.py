# SPDX-License-Identifier: MIT
"""The order in which a projection is published and read, as the compiler emits it (substrate/published_projection.hpp)."""
from strand_order import disassemble, places

PROBE = """
#include "substrate/published_projection.hpp"
void probe_publish(torc::PublishedProjection& to, torc::Projection const& projection) { to.publish(projection); }
bool probe_read(torc::PublishedProjection const& from, torc::Glimpse& glimpse) { return from.read(glimpse, 3); }
"""


def test_publication_order():
    code = disassemble(PROBE)

    publish = code["probe_publish"]
    fence, even = places(publish, r"dmb\s+ish$")[0], places(publish, r"stlr\s")[-1]
    words = [at for at in places(publish, r"st[pr]\s+x") if "[sp" not in publish[at]]
    assert min(words) < fence, "publish: the sequence is not made odd before the fence"
    assert any(fence < at < even for at in words), "publish: no word between the fence and the release"
    assert max(words) < even, "publish: a word is stored after the sequence is even again"

    read = code["probe_read"]
    acquire, fence = places(read, r"ldar\s")[0], places(read, r"dmb\s+ishld")[0]
    again = [at for at in places(read, r"ldr\s+x\d+, \[x\d+(, #0x200)?\]") if at > fence]
    words = [at for at in places(read, r"ldr\s+x\d+, \[x\d+") if acquire < at < fence]
    assert len(words) >= 12, "read: the words are not between the acquire and the fence"
    assert again, "read: the sequence is not looked at again after the fence"
