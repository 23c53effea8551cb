# SPDX-License-Identifier: MIT
"""The strand's memory order as the compiler emits it: QEMU on x86 and a host's tests hide a missing barrier, the
instructions do not. substrate/strand.hpp says which accesses must be acquire, release or both."""
import pathlib
import re
import subprocess
import tempfile

PROBE = """
#include "substrate/mailbox.hpp"
#include "substrate/strand.hpp"
using Line = torc::Strand<64, 8>;
using Box = torc::Mailbox<128>;
bool probe_send(Line& line, torc::Event const& event) { return line.send(event); }
bool probe_receive(Line& line, torc::Event& event) { return line.receive(event); }
bool probe_starve(Line& line) { return line.starve(); }
bool probe_post(Box& box, unsigned sender, unsigned char value) { return box.post(sender, value); }
unsigned long probe_arm(Box& box) { box.arm(); return box.word(1); }
"""


def kernel_compiler():
    ask = "ask: ; @echo $(KERNEL_CXX) $(KERNEL_CXXFLAGS)"
    return subprocess.run(["make", "-s", "--no-print-directory", "--eval", ask, "ask"], capture_output=True, text=True, check=True).stdout.split()


def disassemble(probe=PROBE):
    """{function: [instruction, ...]}"""
    with tempfile.TemporaryDirectory() as folder:
        source, compiled = pathlib.Path(folder, "probe.cpp"), pathlib.Path(folder, "probe.o")
        source.write_text(probe)
        subprocess.run([*kernel_compiler(), "-fno-lto", "-c", source, "-o", compiled], check=True)
        text = subprocess.run(["llvm-objdump-19", "-d", "-C", "--no-show-raw-insn", compiled], capture_output=True, text=True, check=True).stdout
    functions, current = {}, None
    for line in text.splitlines():
        if name := re.match(r"[0-9a-f]+ <(\w+)\(", line):
            current = functions.setdefault(name[1], [])
        elif current is not None and (code := re.match(r"\s+[0-9a-f]+:\s+(.*)", line)):
            current.append(code[1])
    return functions


def places(code, pattern):
    return [number for number, instruction in enumerate(code) if re.match(pattern, instruction)]


def test_strand_order():
    code = disassemble()

    send = code["probe_send"]
    publish = places(send, r"stlr\s")[-1]
    slot = [at for at in places(send, r"st[pr]\s+x") if "[sp" not in send[at]]
    assert slot and max(slot) < publish, "send: an event's words are stored after its publication"
    assert len(places(send, r"ldar\s")) == 1, "send: the consumer's index is not acquired before a slot is overwritten"

    receive = code["probe_receive"]
    acquire, release = places(receive, r"ldar\s")[0], places(receive, r"stlr\s")[-1]
    words = places(receive, r"ldr\s+[wx]\d+, \[x\d+, #0x[c-f][0-9a-f]\]")  # the slots begin at 0xc0
    assert len(words) > 4 and acquire < min(words), "receive: the slot is read before the acquire"
    assert max(words) < release, "receive: the slot is given back too early"

    for name, what in (("probe_starve", "the room"), ("probe_post", "armed_"), ("probe_arm", "the mail")):
        stores, loads = places(code[name], r"stlrb?\s"), places(code[name], r"ldar\s")
        assert stores and loads and stores[0] < loads[0], f"{name}: {what} is looked at before the store"
    assert not any(places(each, r"ldap") for each in code.values()), "LDAPR may pass an earlier STLR: a wake-up can be lost"
