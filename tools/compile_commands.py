#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes compile_commands.json: compile_commands.py OUT COMPILER FLAGS... < list of sources."""
import json
import os
import sys

out, command = sys.argv[1], sys.argv[2:]
entries = [
    {"directory": os.getcwd(), "file": source, "arguments": [*command, "-c", source]}
    for source in sys.stdin.read().split()
]
with open(out, "w", encoding="utf-8") as file:
    json.dump(entries, file, indent=1)
