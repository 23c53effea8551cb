#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The kernel's own symbol table, for backtraces.

The table is one read-only object in the section `.symbols`, which the link script puts last in the read-only
data, between the symbols `symbols_begin` and `symbols_end`. All numbers are little-endian u32:

    symbols_begin:  count                        number of entries, 0 in the first of the two links
                    count x { offset, name }     sorted by offset
                    strings                      NUL-terminated, UTF-8
    symbols_end:

`offset` is the function's address minus `text_begin` (a symbol of the link script: where .text starts);
`name` is the byte offset of its name from the start of the strings, which follow the last entry. A function reaches to
the next entry's offset. The last entry has the empty name and stands at the end of the text: an address
at or behind it (or before the first) is no function. Lookup is a binary search.

Names are demangled and shortened: no `torc::`, no parameter list, no template arguments, no ABI tags.

    symbols.py empty OUT.S             the table with no entries, for the first link
    symbols.py table FIRST.elf OUT.S   the table of the first link's functions
    symbols.py check FIRST.elf ELF     fails unless every function has the same address in both
"""
import argparse
import re
import subprocess
import sys


def functions(nm, elf):
    """Text symbols of an ELF as a sorted list of (address, mangled name), and the text's bounds."""
    text = subprocess.run([nm, "--defined-only", elf], check=True, capture_output=True, text=True).stdout
    found, bounds = [], {}
    for line in text.splitlines():
        address, kind, name = line.split(maxsplit=2)
        if name in ("text_begin", "text_end"):
            bounds[name] = int(address, 16)
        elif kind in "tTwW" and not name.startswith(("$", ".L", "__kcfi_typeid")):
            found.append((int(address, 16), name))
    if "text_begin" not in bounds:
        sys.exit(f"symbols.py: {elf} has no symbol text_begin: the link script must define it at the start of .text")
    begin = bounds["text_begin"]
    end = bounds.get("text_end", max((a for a, _ in found), default=begin) + 4)
    return sorted((a, n) for a, n in found if begin <= a < end), begin, end


def without_brackets(name, opening, closing):
    """Removes every balanced opening..closing group, except where it is part of an operator's name."""
    out, depth, i = [], 0, 0
    while i < len(name):
        if depth == 0 and name.startswith("operator", i):
            match = re.match(r"operator\s*(\(\)|<=>|<<=?|>>=?|->\*?|<=|>=|<|>|[^\w\s(<]+|\w+)?", name[i:])
            out.append(match.group(0))
            i += match.end()
            continue
        c = name[i]
        if c == opening:
            depth += 1
        elif c == closing and depth:
            depth -= 1
        elif depth == 0:
            out.append(c)
        i += 1
    return "".join(out)


def shorten(name):
    """The demangled name as a reader of a backtrace wants it."""
    name = name.replace("(anonymous namespace)::", "").replace("'lambda'", "lambda")
    name = re.sub(r"\[abi:[^]]*\]", "", name)
    name = re.sub(r"\[clone [^]]*\]| \(\.[^)]*\)$", "", name)
    name = without_brackets(without_brackets(name, "<", ">"), "(", ")")
    name = re.sub(r"\s*\b(const|volatile|noexcept)?\s*&{0,2}\s*$", "", name.strip())
    if "operator" not in name:
        name = name.split(" ")[-1]  # a template's return type stands before its name
    name = name.replace("torc::", "").replace("std::__1::", "std::")
    return name[-80:]


def demangle(names):
    result = subprocess.run(["llvm-cxxfilt-19"], input="\n".join(names), check=True, capture_output=True, text=True)
    return result.stdout.split("\n")[: len(names)]


def write(path, entries):
    strings, positions, lines = [], {}, []
    size = 0
    for offset, name in entries:
        if name not in positions:
            positions[name] = size
            strings.append(name)
            size += len(name.encode()) + 1
        lines.append(f"    .word {offset}, {positions[name]}")
    with open(path, "w", encoding="utf-8") as out:
        out.write('    .section .symbols, "a"\n    .balign 8\n')
        out.write(f"    .word {len(entries)}\n")
        out.writelines(line + "\n" for line in lines)
        out.writelines('    .asciz "' + s.replace("\\", "\\\\").replace('"', '\\"') + '"\n' for s in strings)


def table(nm, elf, path):
    found, begin, end = functions(nm, elf)
    names = dict(zip([n for _, n in found], map(shorten, demangle([n for _, n in found]))))
    best = {}
    for address, name in found:  # aliases: the shortest name stands for all
        short = names[name]
        if address not in best or (len(short), short) < (len(best[address]), best[address]):
            best[address] = short
    entries = [(a - begin, best[a]) for a in sorted(best)]
    write(path, entries + [(end - begin, "")])


def check(nm, first, second):
    one, two = functions(nm, first), functions(nm, second)
    if one == two:
        return
    moved = [f"{n}: {a:#x} -> {b:#x}" for (a, n), (b, _) in zip(one[0], two[0]) if a != b]
    sys.exit("symbols.py: functions moved between the two links, backtraces would lie:\n  " + "\n  ".join(moved[:5]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nm", default="llvm-nm-19")
    parser.add_argument("action", choices=["empty", "table", "check"])
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    if options.action == "empty":
        write(options.files[0], [])
    elif options.action == "table":
        table(options.nm, *options.files)
    else:
        check(options.nm, *options.files)


if __name__ == "__main__":
    main()
