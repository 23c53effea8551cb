# SPDX-License-Identifier: MIT
"""Model checks of what cores share. Each model is explored to its end, and then once for each *mutation*: the code with
one thing left out or put in the wrong order. That one must be found, or the check could not fail.

C++ models (explore.hpp) run the code itself; its smaller sizes are settings, edits of the same kind as mutations. Spin models
(*.pml) stand for what is too large for that, and say at their heads which functions; their mutations are -D switches.

    python3 tests/models/models.py [MODEL [MUTATION]]       by hand, with all that is printed
"""
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from testing import cases, limit

HERE = ROOT / "tests/models"
BUILD = ROOT / "build/models"
CLANG = "clang++-19"
CCACHE = ["ccache"] if any(os.access(pathlib.Path(folder, "ccache"), os.X_OK) for folder in os.environ["PATH"].split(":")) else []
FOUND = 3  # exit status of a model that has found something
SECONDS = 250  # for one exploration, on a busy machine


@dataclasses.dataclass(frozen=True)
class Edit:
    file: str
    old: str
    new: str


@dataclasses.dataclass(frozen=True)
class Mutation:
    what: str
    scenario: str  # that finds it
    edit: Edit


def weaker(access, order, instead="relaxed"):
    """The same access with another order."""
    return f"{access}std::memory_order_{order})", f"{access}std::memory_order_{instead})"


def found_by(scenario, file, *rows):
    """Mutations of one file; a row is (what, old text, new text)."""
    return tuple(Mutation(what, scenario, Edit(file, old, new)) for what, old, new in rows)


STRAND, MAILBOX, PUBLISHED = "substrate/strand.hpp", "substrate/mailbox.hpp", "substrate/published_projection.hpp"
LINKS = "kernel/tori/links.cpp"
AWAITED = "kernel/futex/awaited_buckets.hpp"
FENCE = "std::atomic_thread_fence(std::memory_order_seq_cst);\n"

# Rings of four places, one for answers; one credit; eight tori at most.
TIGHT = (Edit("kernel/tori/port.hpp", "TorusStrand = Strand<32, 8>", "TorusStrand = Strand<4, 1>"),
         Edit("kernel/tori/port.hpp", "torus_limit = 128", "torus_limit = 8"),
         Edit("kernel/tori/links.hpp", "Credits credits{8}", "Credits credits{1}"),
         Edit(LINKS, "looks = 8;", "looks = 1;"))

CODE = {
    "strand": ((), (
        *found_by("", STRAND,
            ("tail is stored relaxed", *weaker("tail_.store(tail_.load(std::memory_order_relaxed) + 1, ", "release")),
            ("tail is loaded relaxed", *weaker("tail_.load(", "acquire")),
            ("head is stored relaxed", *weaker("head_.store(head_.load(std::memory_order_relaxed) + 1, ", "seq_cst")),
            ("head is loaded relaxed", *weaker("seen_head_ = head_.load(", "acquire")),
            ("head is stored before the slot is read",
             "        copy(event, *first);\n        pop();\n",
             "        pop();\n        copy(event, *first);\n")),
    )),
    "projection": ((), (
        *found_by("", PUBLISHED,
            ("the writer has no fence", "        std::atomic_thread_fence(std::memory_order_release);\n", ""),
            ("the reader has no fence", "        std::atomic_thread_fence(std::memory_order_acquire);\n", ""),
            ("the last sequence is relaxed", *weaker("sequence_.store(sequence + 2, ", "release")),
            ("the first look is relaxed", *weaker("before = sequence_.load(", "acquire")),
            ("odd numbers are accepted", "(before & 1) == 0 && ", "")),
    )),
    "awaited": ((), (
        *found_by("", AWAITED,
            ("the waiter has no fence", f"        if (limbs == Limbs::Some)\n            {FENCE}", ""),
            ("the waker has no fence", f"        {FENCE}        return", "        return"),
            ("the waiter's fence comes first",
             "        if (said_[bucket].load(std::memory_order_relaxed) == 0)\n            said_[bucket].store(1, std::memory_order_relaxed);\n"
             f"        if (limbs == Limbs::Some)\n            {FENCE}",
             f"        {FENCE}        if (said_[bucket].load(std::memory_order_relaxed) == 0)\n            said_[bucket].store(1, std::memory_order_relaxed);\n")),
    )),
    "links": (TIGHT, (
        *found_by("full", MAILBOX,
            ("mail is released only", *weaker("mail_[sender].store(value, ", "seq_cst", "release")),
            ("armed is acquired only", *weaker("return armed_.load(", "seq_cst", "acquire")),
            ("armed is stored released only", *weaker("armed_.store(1, ", "seq_cst", "release"))),
        *found_by("full", LINKS,
            ("armed after the last look",
             "        mailbox.arm();\n        more = mail_has_come(links, mailbox);\n",
             "        more = mail_has_come(links, mailbox);\n        mailbox.arm();\n"),
            ("no second look at the mail", "        more = mail_has_come(links, mailbox);\n", "")),
        *found_by("watching", LINKS,
            ("armed after the last look before sleep",
             "    mailbox.arm();\n    torus.bell = more || mail_has_come(links, mailbox);\n",
             "    torus.bell = more || mail_has_come(links, mailbox);\n    mailbox.arm();\n"),
            ("no last look before sleep", "    torus.bell = more || mail_has_come(links, mailbox);\n", "    torus.bell = more;\n")),
        *found_by("full", LINKS,
            ("mail before the event",
             "    put(link, event);\n    tell(torus, link);\n",
             "    tell(torus, link);\n    put(link, event);\n")),
        *found_by("full", STRAND,
            ("starved is stored released only", *weaker("starved_.store(1, ", "seq_cst")),
            ("no second look for room",
             "        seen_head_ = head_.load(std::memory_order_seq_cst);\n        if (!has_room(events))\n            return false;\n",
             "        return false;\n")),
        *found_by("full", LINKS,
            ("nobody is told of room", "    if (in.producer_starves()) [[unlikely]]\n        tell(torus, link);\n", ""),
            ("the newest mail counts as seen",
             "links.seen.take(n, byte, word);",
             "links.seen.take(n, byte, links.port->mailbox.word(n));")),
        *found_by("behind", LINKS,
            ("an event goes before the outbox",
             "link.state != Link::State::Open || !link.outbox.empty()",
             "link.state != Link::State::Open"),
            ("what the maker of an event says goes before it",
             "link.state == Link::State::Open && !link.making;",
             "link.state == Link::State::Open;"),
            ("the outbox is not looked at when there is room",
             "    bool const more = take_batch(torus, *link);\n    send_what_waits(torus, *link);\n",
             "    bool const more = take_batch(torus, *link);\n")),
        *found_by("answers", STRAND,
            ("an event takes the place of an answer",
             "return in_use(capacity - answers - (events - 1)) < capacity - answers - (events - 1);",
             "return in_use(capacity - (events - 1)) < capacity - (events - 1);")),
        *found_by("calls", LINKS,
            ("a credit that comes back wakes nobody", "        link.callers.wake(link.credits.all_are_here() ? ~0u : link.credits.left());\n", "        (void)0;\n"),
            ("a call needs no credit", "if (want == Want::Call && link.credits.left() == 0)", "if (false)")),
        *found_by("doors", LINKS,
            ("a door is opened relaxed", *weaker("reinterpret_cast<std::uint64_t>(pair), ", "release"))),
        *found_by("refused", LINKS,
            ("a knock is not answered", "        if (torus.number < sender)\n            tell(torus, *link);\n", ""),
            ("a refusal stays in the door",
             "        door.store(0, std::memory_order_relaxed); // the other one writes again only after the next knock\n",
             ""),
            ("a refusal wakes nobody", "        return what_waits_fails(*link), false;", "        return false;")),
    )),
}

SPIN = {
    "ring": ("CREDIT_KEPT", "NO_PLACE_KEPT", "ANSWER_WAITS", "PARKED_FIRST_REPLY"),
    "call": ("CANCEL_STAYS", "EXIT_IN_BETWEEN", "TABLES_LATER", "PARKED_TWICE", "ANSWERED_AND_CANCELLED", "CALL_IS_FORGOTTEN"),
    "loans": ("RETURN_WITHOUT_COUNT", "RETURN_DOES_NOT_COUNT", "LENT_WHILE_CUT", "UNMAPPED_LATER", "DROPPED_WHILE_ASKED"),
    "lending": ("RUN_IS_OVERTAKEN", "RECALLED_TWICE", "RECALL_ONCE_MORE_UNSAID", "DROP_BEFORE_BACK"),
}


# ---- code ------------------------------------------------------------------------------------------------------------
def edited(text, edit):
    assert text.count(edit.old) == 1, f"{edit.file} has changed: the edit of «{edit.old.strip()}» is to be put right in tests/models/models.py"
    return text.replace(edit.old, edit.new)


def compile_code(source, output, folder=None):
    includes = [f"-I{folder}"] if folder else []
    subprocess.run([*CCACHE, CLANG, "-std=c++23", "-O1", "-g", "-Wno-undefined-internal", *includes, f"-I{HERE / 'fake'}", f"-I{ROOT}",
                    "-c", source, "-o", output], cwd=ROOT, check=True)


def build_code(model, edits, name):
    """The model with the edited code before the real one in the include path."""
    folder = BUILD / model / name
    shutil.rmtree(folder, ignore_errors=True) # else another file's edit may still lie there, of an older list
    texts = {}
    for edit in edits:
        texts[edit.file] = edited(texts.get(edit.file) or (ROOT / edit.file).read_text(encoding="utf-8"), edit)
    for file, text in texts.items():
        place = folder / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    compile_code(HERE / f"{model}_model.cpp", folder / "model.o", folder)
    for engine in ("explore", "memory_order"):
        compile_code(HERE / f"{engine}.cpp", folder / f"{engine}.o")
    # What the code under test names and no scenario reaches stays undefined.
    subprocess.run([CLANG, "-no-pie", "-Wl,--unresolved-symbols=ignore-all", folder / "explore.o", folder / "memory_order.o", folder / "model.o", "-o", folder / "model"],
                   check=True)
    return folder / "model"


def run_code(model, mutation=None):
    settings, mutations = CODE[model]
    name = "whole" if mutation is None else f"mutation-{mutations.index(mutation)}"
    program = build_code(model, settings + ((mutation.edit,) if mutation else ()), name)
    arguments = [mutation.scenario] if mutation and mutation.scenario else []
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS)
    return done.returncode, done.stdout


# ---- protocols -------------------------------------------------------------------------------------------------------
def run_spin(model, mutation=None):
    folder = BUILD / f"{model}-{mutation.what if mutation else 'whole'}"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / f"{model}.pml", folder)  # a trail is written and looked for beside it
    switches = [f"-D{mutation.what}"] if mutation else []
    subprocess.run(["spin", f"-P{CLANG} -E -x c", "-a", *switches, f"{model}.pml"], cwd=folder, check=True)
    subprocess.run([*CCACHE, "clang-19", "-O1", "-w", "-DSAFETY", "-DMEMLIM=1500", "-c", "pan.c"], cwd=folder, check=True)
    subprocess.run(["clang-19", "pan.o", "-o", "pan"], cwd=folder, check=True)
    output = subprocess.run(["./pan", "-m200000"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS).stdout
    if "errors: 1" in output:
        return FOUND, output + subprocess.run(["./pan", "-r"], cwd=folder, stdout=subprocess.PIPE, text=True, check=False).stdout
    whole = "errors: 0" in output and not any(word in output for word in ("search depth too small", "MEMLIM", "out of memory"))
    return (0 if whole else 1), output


# ---- the tests -------------------------------------------------------------------------------------------------------
def judge(status, output, mutation):
    """None, or what is wrong."""
    print(f"--- {mutation.what if mutation else 'as it is'}: status {status}\n{output[-1500:]}")
    if mutation is None:
        return None if status == 0 else f"the model has found something:\n{output[-3000:]}"
    return None if status == FOUND else f"was not found (status {status})"


def checks(model, run, mutations):
    for mutation in mutations:
        began = time.monotonic()
        try:
            wrong = judge(*run(model, mutation), mutation)
        except (subprocess.SubprocessError, AssertionError) as error:
            wrong = str(error)
        print(f"{time.monotonic() - began:.1f} s")
        yield (mutation.what if mutation else "as it is"), wrong


EACH = 7  # explorations a test, so that several run at once


def parts():
    """{case: (model, its mutations)}; None stands for the code as it is."""
    for model, (_, mutations) in CODE.items():
        explored = [None, *mutations]
        for first in range(0, len(explored), EACH):
            yield model + (f"-{first // EACH + 1}" if len(explored) > EACH else ""), explored[first:first + EACH]


@limit(600)
@cases(**{case: dict(case=case) for case, _ in parts()})
def test_code(case):
    return list(checks(case.split("-")[0], run_code, dict(parts())[case]))


@limit(400)
@cases(**{model: dict(model=model) for model in SPIN})
def test_protocol(model):
    return list(checks(model, run_spin, [None, *(Mutation(switch, "", None) for switch in SPIN[model])]))


def main(arguments):
    everything = [(model, run_code, mutations) for model, (_, mutations) in CODE.items()]
    everything += [(model, run_spin, [Mutation(switch, "", None) for switch in switches]) for model, switches in SPIN.items()]
    for model, run, mutations in everything:
        if arguments and arguments[0] != model:
            continue
        for what, wrong in checks(model, run, [None, *mutations] if not arguments[1:] else [each for each in mutations if arguments[1] in each.what]):
            print(f"== {model}: {what}: {'ok' if wrong is None else wrong}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
