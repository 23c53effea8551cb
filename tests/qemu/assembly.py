# SPDX-License-Identifier: MIT
"""The kernel's assembly functions, run as a Linux program under qemu-aarch64."""
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# The compiler's own names, which the program's C library has too.
RENAMED = ("memcpy", "memmove", "memset", "memcmp", "memchr", "strlen")


def test_functions():
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/test"
        assemble = ["aarch64-linux-gnu-gcc", "-c", f"-I{ROOT}", "-march=armv8.5-a"]
        subprocess.run(
            assemble + [f"-D{name}=torc_{name}" for name in RENAMED]
            + [f"{ROOT}/arch-aarch64/memory.S", "-o", f"{folder}/memory.o"], check=True)
        subprocess.run(assemble + [f"{ROOT}/arch-aarch64/user_copy.S", "-o", f"{folder}/user_copy.o"], check=True)
        subprocess.run(
            ["aarch64-linux-gnu-g++", "-std=c++20", "-O2", "-static", f"{ROOT}/tests/assembly/assembly_test.cpp",
             f"{folder}/memory.o", f"{folder}/user_copy.o", "-o", program], check=True)
        output = subprocess.run(["qemu-aarch64", program], capture_output=True, text=True, timeout=40)
        assert output.stdout == "all well\n" and output.returncode == 0, output.stdout + output.stderr
