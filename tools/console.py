# SPDX-License-Identifier: MIT
"""Talking to a guest's console from a test: send, wait for a pattern, keep the transcript.

    with Console(Machine(append="torc.panic")) as console:
        console.wait_for("panic: .*")
        assert console.exit_status() == 1

    with Shell(Machine(board="rpi3")) as shell:
        output, status = shell.run("uname -m")

Every wait has a time limit. What fails raises Failure, which carries the end of the transcript.
"""
import re
import subprocess
import threading
import time

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][AB0]|\x1b[=>78]")


class Failure(AssertionError):
    """What was waited for did not come."""


class Console:
    """A running QEMU, its console a pair of pipes."""

    def __init__(self, machine, time_limit=60):
        self.deadline = time.monotonic() + time_limit
        self.text = ""  # everything the guest has written
        self.position = 0  # behind the last match
        self.changed = threading.Condition()
        self.closed = False
        self.command = machine.command()
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def _read(self):
        while data := self.process.stdout.read1(65536):
            with self.changed:
                self.text += data.decode("utf-8", "replace")
                self.changed.notify_all()
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def send(self, text):
        """Types `text`; "\\x03" is ^C."""
        try:
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self.failure(f"cannot send {text!r}: QEMU has ended") from None

    def wait_for(self, pattern, timeout=20.0):
        """Waits for a regular expression behind the last match; returns the match object, its `before` is what came first."""
        expression = re.compile(pattern)
        limit = min(time.monotonic() + timeout, self.deadline)
        with self.changed:
            while not (match := expression.search(self.text, self.position)):
                if self.closed:
                    raise self.failure(f"QEMU ended before {pattern!r} came")
                if not self.changed.wait(max(0.0, limit - time.monotonic())) and time.monotonic() >= limit:
                    raise self.failure(f"no {pattern!r} within {timeout:g} s")
            self.before = self.text[self.position : match.start()]
            self.position = match.end()
            return match

    def exit_status(self, timeout=20.0):
        """Waits for QEMU's end."""
        try:
            status = self.process.wait(max(0.1, min(timeout, self.deadline - time.monotonic())))
        except subprocess.TimeoutExpired:
            raise self.failure(f"QEMU did not end within {timeout:g} s") from None
        self.reader.join(5)
        return status

    def failure(self, what):
        transcript = ESCAPES.sub("", self.text).replace("\r\n", "\n")
        return Failure(f"{what}\n--- end of the transcript ---\n{transcript[-4000:]}\n--- {' '.join(self.command)}")

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(5)
        self.process.stdin.close()
        self.process.stdout.close()


class Shell(Console):
    """A guest whose /init ends in an interactive busybox shell on the console."""

    FIRST_PROMPT = r"(?m)^(\x1b\[[0-9;]*[A-Za-z])*/[\w/]* # (\x1b\[[0-9;]*[A-Za-z])*$"

    def __init__(self, machine, time_limit=120, boot_timeout=40):
        super().__init__(machine, time_limit)
        try:
            self.wait_for(self.FIRST_PROMPT, boot_timeout)
            # From now on the prompt carries the exit status; what is typed does not look like a prompt.
            self.send("stty cols 400; PS1='<$?># ' PS2=''\n")
            self._prompt(20)
        except BaseException:
            self.end()
            raise

    def _prompt(self, timeout):
        return int(self.wait_for(r"<(\d+)># ", timeout).group(1))

    def run(self, command, timeout=20.0):
        """Types the command (or several lines); returns (output, exit status)."""
        self.send(command + "\n")
        status = self._prompt(timeout)
        output = ESCAPES.sub("", self.before).replace("\r", "")
        for line in command.split("\n"):  # the terminal's echo
            output = output.partition(line + "\n")[2] if line + "\n" in output else output
        return output, status

    def check(self, command, timeout=20.0):
        """As run, but the command must succeed."""
        output, status = self.run(command, timeout)
        if status:
            raise self.failure(f"{command!r} gave {status}: {output}")
        return output

    def power_off(self, timeout=20.0):
        """Ends the guest as a user would; returns QEMU's exit status."""
        self.send("poweroff\n")
        return self.exit_status(timeout)
