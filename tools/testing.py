# SPDX-License-Identifier: MIT
"""What a Python test imports. A test is a function `test_*` in tests/rules, tests/tools, tests/models or tests/qemu:

    @limit(90)                                    # seconds; 60 unless said
    @cases(gic2=dict(gic=2), gic3=dict(gic=3))    # once for each, with these arguments
    def test_something(gic):
        assert ..., "what went wrong"             # any exception fails the test

A test that finds out about many things may return (or yield) pairs (name, None or what went wrong): each
counts as a test of its own. Everything it prints is shown only when it fails.
"""


def limit(seconds):
    def mark(function):
        function.limit = seconds
        return function

    return mark


def cases(**arguments):
    def mark(function):
        function.cases = arguments
        return function

    return mark
