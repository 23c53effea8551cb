# SPDX-License-Identifier: MIT
"""A scripted session in Debian's busybox shell on the serial console, on every kind of machine.

    python3 tests/qemu/shell.py [linux]       by hand, on Torc or on Debian's kernel
"""
import hashlib
import pathlib
import re
import sys
import time

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from console import Failure, Shell
from qemu import LINUX, Machine
from testing import cases, limit

CONTROL_C, CONTROL_D, CONTROL_Z, CONTROL_BACKSLASH, ESCAPE, DELETE = "\x03", "\x04", "\x1a", "\x1c", "\x1b", "\x7f"
NUMBERS = "".join(f"{i}\n" for i in range(1, 20001)).encode()


def same(shell, command, expected, status=0, timeout=20.0):
    output, got = shell.run(command, timeout)
    assert output.rstrip("\n") == expected, f"{command!r} printed {output!r}, not {expected!r}"
    assert got == status, f"{command!r} gave {got}, not {status}"


def like(shell, command, pattern, status=0, timeout=20.0):
    output, got = shell.run(command, timeout)
    assert re.search(pattern, output), f"{command!r} printed {output!r}, nothing like {pattern!r}"
    assert got == status, f"{command!r} gave {got}, not {status}"


# ---- the language ---------------------------------------------------------------------------------
def words_and_quotes(shell):
    same(shell, "echo one 'two  three' \"four $((2+2))\"", "one two  three four 4")
    same(shell, "v=abc; echo ${v}d ${v#a} ${#v} ${none:-default}", "abcd bc 3 default")
    same(shell, "for i in 1 2 3; do echo -n $i-; done; echo", "1-2-3-")
    same(shell, "f() { echo \"f got $1\"; return 4; }; f x", "f got x", 4)
    same(shell, "echo $(echo inner $(echo deeper))", "inner deeper")
    same(shell, "case abc in a*) echo yes;; *) echo no;; esac", "yes")
    same(shell, "i=0; while [ $i -lt 500 ]; do i=$((i+1)); done; echo $i", "500")
    same(shell, "cd /tmp; echo /bin/bus*x; cd /", "/bin/busybox")


def exit_codes(shell):
    same(shell, "true", "")
    same(shell, "false", "", 1)
    same(shell, "(exit 7)", "", 7)
    same(shell, "sh -c 'exit 200'", "", 200)
    same(shell, "sh -c 'kill -TERM $$'; echo $?", "Terminated\n143")
    like(shell, "no-such-program", "not found", 127)
    like(shell, "/etc/passwd", "Permission denied", 126)
    same(shell, "true && echo a || echo b; false && echo a || echo b", "a\nb")
    same(shell, "! true", "", 1)


def pipelines(shell):
    same(shell, "echo c b a | tr ' ' '\\n' | sort | tr '\\n' ' '; echo", "a b c ")
    same(shell, "yes | head -n 1000 | wc -l", "1000")
    same(shell, "seq 1 2000 | grep 7 | sed 's/7/x/' | wc -l", str(sum("7" in str(i) for i in range(1, 2001))))
    same(shell, "dd if=/dev/zero bs=64k count=64 2>/dev/null | cat | wc -c", str(64 * 65536))
    same(shell, "echo a | (read x; echo got $x)", "got a")
    same(shell, "seq 1 300 | xargs -n 100 echo | wc -l", "3")
    same(shell, "echo t | tee /tmp/t1 /tmp/t2; cat /tmp/t1 /tmp/t2", "t\nt\nt")


def redirections(shell):
    same(shell, "echo one >/tmp/r; echo two >>/tmp/r; cat </tmp/r", "one\ntwo")
    same(shell, "ls /nothing 2>/dev/null", "", 1)
    same(shell, "ls /nothing 2>&1 | wc -l", "1")
    same(shell, "exec 5>/tmp/five; echo kept >&5; exec 5>&-; cat /tmp/five", "kept")
    same(shell, "{ echo out; echo err >&2; } >/tmp/o 2>/tmp/e; cat /tmp/e /tmp/o", "err\nout")
    like(shell, "set -C; echo x >/tmp/r; set +C", "File exists|can't create|cannot create")


def here_documents(shell):
    same(shell, "cat <<END\none\ntwo $((1+2))\nEND", "one\ntwo 3")
    same(shell, "cat <<'END' | tr a-z A-Z\nnot $expanded\nEND", "NOT $EXPANDED")
    same(shell, "(cat; echo after) <<A\nbody\nA", "body\nafter")


def background_jobs(shell):
    shell.run("sleep 0.3 & true")
    shell.run("wait")
    output, _ = shell.run("sleep 30 & sleep 40 & jobs")
    assert "sleep 30" in output and "sleep 40" in output and "Running" in output, output
    like(shell, "kill %1; wait %1", "Terminated", 143)
    like(shell, "jobs", "sleep 40")
    shell.run("kill %2; wait %2")
    shell.run("(sleep 0.2; echo late >/tmp/late) & wait $!")
    same(shell, "cat /tmp/late", "late")
    shell.run("for i in 1 2 3 4 5; do (sleep 0.$i; echo $i >>/tmp/order) & done; wait")
    same(shell, "cat /tmp/order | tr -d '\\n'; echo", "12345")


# ---- the terminal ---------------------------------------------------------------------------------
def prompt(shell, timeout=20.0):
    return int(shell.wait_for(r"<(\d+)># ", timeout).group(1))


# A command says that it runs; as it is typed, and echoed, the word looks different.
BEGUN = 'echo be""gun'
SLEEPER = f"sh -c '{BEGUN}; exec sleep 100'"


def begin(shell, command):
    """Types a command that prints "begun", and waits until it has: from then on the terminal is the command's."""
    shell.send(command + "\n")
    shell.wait_for("begun")


def interrupt(shell, key, status):
    shell.send(key)
    got = prompt(shell)
    assert got == status, f"status {got} after {key!r}, not {status}"


def press(shell, key, status):
    """For what is not ready for the key from a moment that can be seen: presses it again until there is a prompt."""
    for _ in range(20):
        shell.send(key)
        try:
            got = prompt(shell, 1)
        except Failure:
            continue
        assert got == status, f"status {got} after {key!r}, not {status}"
        return
    raise AssertionError(f"{key!r} does not end it")


def control_c(shell):
    began = time.monotonic()
    begin(shell, SLEEPER)
    interrupt(shell, CONTROL_C, 130)
    assert time.monotonic() - began < 10
    for _ in range(20): # one of them may be on its way to another core
        begin(shell, f"yes | ({BEGUN} >&2; cat >/dev/null)")
        interrupt(shell, CONTROL_C, 130)
    same(shell, "ps | grep -c '[y]es'", "0", 1)
    # Said by another program, and a loop without a built-in command: after each of those busybox's shell flushes its output, and if it is
    # interrupted in there it keeps the lock and stops for ever, in futex(2), on Linux too.
    begin(shell, f"/bin/{BEGUN}; while case a in a) ;; esac; do case a in a) ;; esac; done")
    press(shell, CONTROL_C, 130)
    shell.send("this line is not wanted" + CONTROL_C)
    prompt(shell)
    begin(shell, f"sh -c 'trap \"echo trapped; end=1\" INT; {BEGUN}; until [ $end ]; do sleep 0.1; done; echo after'")
    shell.send(CONTROL_C)
    shell.wait_for("trapped\r?\nafter")
    prompt(shell)


def control_backslash(shell):
    """busybox's sh ignores SIGQUIT until it becomes another program: the key may come too early."""
    begin(shell, SLEEPER)
    press(shell, CONTROL_BACKSLASH, 131)


def stop(shell):
    shell.send(CONTROL_Z)
    shell.wait_for("Stopped")
    assert prompt(shell) == 148


def control_z(shell):
    # The job says when it has been continued: in `fg` that is after the terminal has become its own.
    begin(shell, f"sh -c 'trap \"echo ba\"\"ck\" CONT; {BEGUN}; while :; do sleep 0.1; done'")
    stop(shell)
    like(shell, "jobs", r"\[1\]\+?\s+Stopped\s+sh -c")
    shell.send("bg\n")
    shell.wait_for("back")
    shell.send('echo sy""nc\n')  # on another core the job may be faster than the shell with its prompt
    shell.wait_for("sync\r?\n")
    prompt(shell)
    like(shell, "jobs", "Running")
    shell.run("kill -STOP %1; until ps -o stat,args | grep -q '^T.*[t]rap'; do :; done")
    for command in ("fg", "fg %1"):
        shell.send(command + "\n")
        shell.wait_for("back")
        if command == "fg":
            stop(shell)
    interrupt(shell, CONTROL_C, 130)
    # A whole pipeline stops, does nothing meanwhile, and goes on.
    begin(shell, f"(until [ -e /tmp/go ]; do sleep 0.1; done; seq 1 5) | ({BEGUN} >&2; wc -l)")
    stop(shell)
    same(shell, "touch /tmp/go; sleep 0.5", "")
    shell.send("fg\n")
    shell.wait_for(r"\n5\r?\n")
    assert prompt(shell) == 0
    # Reading from the background stops; the foreground is asked first.
    shell.run("cat </dev/tty & until ps -o stat,args | grep -q '^T.*[c]at'; do :; done")
    like(shell, "jobs", r"Stopped \(tty input\)")
    shell.run("kill -KILL %1; wait")


def line_discipline(shell):
    begin(shell, f"({BEGUN}; cat >/tmp/typed)")
    shell.send("first line\nwromg" + DELETE * 2 + "ng word\nto be killed\x15kept instead\ntwo words\x17gone\n")
    shell.wait_for("gone")
    shell.send(CONTROL_D)
    prompt(shell)
    same(shell, "cat /tmp/typed", "first line\nwrong word\nkept instead\ntwo gone")
    begin(shell, f"{BEGUN}; read a b; echo \"<$a|$b>\"")
    shell.send("x y z\n")
    shell.wait_for(r"<x\|y z>")
    prompt(shell)
    begin(shell, f"({BEGUN} >&2; cat) | od -c | head -1")
    shell.send("ab" + CONTROL_D + CONTROL_D)
    shell.wait_for(r"0000000\s+a\s+b")
    prompt(shell)


def terminal_modes(shell):
    like(shell, "stty -a", r"(?s)speed \d+ baud.*intr = \^C.*icanon|isig icanon")
    same(shell, "stty rows 30 cols 400; stty size", "30 400")
    same(shell, "test -t 0 && echo terminal", "terminal")
    same(shell, "test -t 0 </dev/null || echo none", "none")
    same(shell, "stty -echo; echo quiet; stty echo", "quiet")
    begin(shell, f"stty -icanon -echo min 1; {BEGUN}; dd bs=1 count=3 2>/dev/null; stty icanon echo; echo")
    shell.send("xyz")
    shell.wait_for("xyz")
    prompt(shell)


def editor(shell):
    """The last line of the screen tells the mode: I inserts, - commands."""
    shell.run("printf 'alpha\\nbeta\\n' >/tmp/edited")
    shell.send("vi /tmp/edited\n")
    shell.wait_for("- /tmp/edited")
    shell.send("Gogamma")
    shell.wait_for("I /tmp/edited")
    shell.send(ESCAPE)
    shell.wait_for("- /tmp/edited")  # an escape and a letter at once would be a key with Alt
    shell.send("ggdd:wq\n")
    prompt(shell)
    same(shell, "cat /tmp/edited", "beta\ngamma")


# ---- files ----------------------------------------------------------------------------------------
def files(shell):
    same(shell, "mkdir -p /tmp/d/a/b && touch /tmp/d/a/b/f && find /tmp/d | sort", "/tmp/d\n/tmp/d/a\n/tmp/d/a/b\n/tmp/d/a/b/f")
    same(shell, "cp -r /tmp/d /tmp/f && mv /tmp/f/a/b/f /tmp/f/g && ls -R /tmp/f | grep -v '^$'", "/tmp/f:\na\ng\n/tmp/f/a:\nb\n/tmp/f/a/b:")
    same(shell, "ln -s /tmp/f/g /tmp/s; ln /tmp/f/g /tmp/h; readlink /tmp/s; stat -c '%h %F' /tmp/h", "/tmp/f/g\n2 regular empty file")
    same(shell, "chmod 640 /tmp/h; stat -c '%a %U' /tmp/h; chown nobody /tmp/h; stat -c '%U' /tmp/h", "640 root\nnobody")
    same(shell, "echo content >/tmp/h; cat /tmp/s; rm /tmp/s /tmp/h; rm -r /tmp/d /tmp/f; ls /tmp/d /tmp/f 2>&1 | wc -l", "content\n2")
    same(shell, "seq 1 9 >/tmp/n; head -2 /tmp/n; tail -1 /tmp/n; sed -n 5p /tmp/n; awk '{s+=$1} END {print s}' /tmp/n", "1\n2\n9\n5\n45")
    same(shell, "dd if=/tmp/n of=/tmp/m bs=3 skip=1 count=2 2>/dev/null; od -An -c /tmp/m | tr -s ' '", " \\n 3 \\n 4 \\n 5")
    same(shell, "cmp /tmp/n /tmp/n && diff /tmp/n /tmp/n && echo equal", "equal")
    same(shell, "touch -d '2020-01-02 03:04:05' /tmp/n; date -u -r /tmp/n +%Y-%m-%d", "2020-01-02")


def search(shell):
    like(shell, "find / -xdev | wc -l", r"^\d{3,}\s*$", timeout=60)
    same(shell, "find /bin -name busybox", "/bin/busybox")
    like(shell, "ls -l /bin/sh", r"lrwxrwxrwx\s+1 root\s+root\s+\d+ .* /bin/sh -> /bin/busybox")
    same(shell, "grep -r root /etc/passwd | cut -d: -f1", "root")


def archives(shell):
    shell.check("mkdir -p /tmp/tree/inner; seq 1 20000 >/tmp/tree/numbers; cp /etc/passwd /tmp/tree/inner; ln -s numbers /tmp/tree/link")
    shell.check("cd /tmp; tar cf t.tar tree; tar czf t.tgz tree; mkdir x y; tar xf t.tar -C x; tar xzf t.tgz -C y; cd /", 60)
    same(shell, "diff -r /tmp/tree /tmp/x/tree && diff -r /tmp/tree /tmp/y/tree && echo equal; readlink /tmp/y/tree/link", "equal\nnumbers")
    same(shell, "tar tf /tmp/t.tar | wc -l; rm -r /tmp/x /tmp/y /tmp/t.tar /tmp/t.tgz", "5")
    same(shell, "gzip -c /tmp/tree/numbers | gunzip | cmp - /tmp/tree/numbers && echo equal", "equal")


def checksums(shell):
    same(shell, "echo -n abc | sha256sum | cut -c1-16", hashlib.sha256(b"abc").hexdigest()[:16])
    same(shell, "sha256sum /tmp/tree/numbers", hashlib.sha256(NUMBERS).hexdigest() + "  /tmp/tree/numbers")
    same(shell, "cat /tmp/tree/numbers | md5sum | cut -d' ' -f1", hashlib.md5(NUMBERS).hexdigest())
    same(shell, "head -c 1000000 /dev/zero | sha256sum | cut -c1-16", hashlib.sha256(bytes(1000000)).hexdigest()[:16])


# ---- the system -----------------------------------------------------------------------------------
def processes(shell):
    like(shell, "ps", r"(?s)PID.*\n\s*1 .*init")
    # The job is a copy of the shell until its exec: it is looked for until it has its name.
    like(shell, "sleep 50 & until ps | grep '[s]leep 50'; do :; done; kill $!", "sleep 50")
    like(shell, "top -bn1 | head -8", r"(?s)Mem:.*CPU:.*Load average:.*PID", timeout=30)
    same(shell, "sh -c 'echo $PPID' | grep -c .", "1")
    like(shell, "pidof init", r"\b1\b")
    like(shell, "setsid sh -c 'ps -o pid,sid,args' | grep 'ps -o'", "ps -o")
    like(shell, "time true", "real")
    same(shell, "su -s /bin/sh nobody -c 'id -u; cat /etc/shadow; echo x >/etc/new' 2>/dev/null", "65534", 1)


def signals(shell):
    same(shell, "trap 'echo caught' USR1; kill -USR1 $$; trap - USR1", "caught")
    same(shell, "sh -c 'trap \"echo bye\" EXIT; exit 3'", "bye", 3)
    same(shell, "sh -c 'sleep 20 & kill -KILL $!; wait $!; echo $?' 2>/dev/null", "137")
    like(shell, "kill -l", "HUP.*TERM|1\\) HUP")
    like(shell, "kill 99999", "No such process", 1)
    same(shell, "timeout 0.3 sleep 10; echo $?", "Terminated\n143")


def limits(shell):
    same(shell, "ulimit -n", "1024")
    same(shell, "sh -c 'ulimit -n 20; ulimit -n'", "20")
    like(shell, "ulimit -a", r"(?s)stack.*8192")
    like(shell, "sh -c 'ulimit -f 1; dd if=/dev/zero of=/tmp/big bs=1k count=100' 2>&1; ls -s /tmp/big | wc -l", "1")
    like(shell, "sh -c 'ulimit -v 3000; exec top -bn1' 2>&1 | head -3; echo end", "end")


def status_files(shell):
    like(shell, "cat /proc/version", "^Linux version ")
    like(shell, "cat /proc/meminfo | head -3", r"(?s)MemTotal:\s+\d+ kB.*MemFree:\s+\d+ kB")
    like(shell, "cat /proc/cpuinfo", "processor\\s*: 0")
    like(shell, "cat /proc/interrupts | head -1", "CPU0")
    like(shell, "cat /proc/uptime", r"^\d+\.\d\d \d+\.\d\d")
    like(shell, "cat /proc/self/status | head -1", "Name:\\s+cat")
    like(shell, "cat /proc/$$/cmdline | tr '\\0' ' '; echo", "^-/bin/sh ")
    like(shell, "cat /proc/self/maps", r"r-xp .*/bin/busybox")
    like(shell, "ls -l /proc/self/fd", "0 -> /dev/")
    same(shell, "readlink /proc/self/exe", "/bin/busybox")
    like(shell, "free", r"(?s)total\s+used\s+free.*Mem:\s+\d+\s+\d+\s+\d+")
    like(shell, "uptime", "load average: ")
    like(shell, "mount", r"proc on /proc type proc")
    like(shell, "df /tmp", r"(?s)Filesystem.*\s/")
    like(shell, "uname -a", "^Linux torc .*aarch64")
    same(shell, "hostname; id -un; echo $HOME", "torc\nroot\n/root")
    like(shell, "date", r"\d\d:\d\d:\d\d \S+ 20\d\d")
    like(shell, "dmesg | wc -l", r"[1-9]")


def sleeping(shell):
    same(shell, "a=$(date +%s); sleep 1; b=$(date +%s); [ $((b-a)) -ge 1 ] && [ $((b-a)) -le 5 ] && echo fine", "fine")
    same(shell, "usleep 1000; sleep 0.05; echo ok", "ok")


def many_processes(shell):
    same(shell, "i=0; while [ $i -lt 60 ]; do /bin/true; i=$((i+1)); done; echo $i", "60", timeout=60)
    same(shell, "for i in $(seq 1 20); do (echo $i) & done | wc -l", "20")


STEPS = [words_and_quotes, exit_codes, pipelines, redirections, here_documents, background_jobs, control_c, control_backslash, control_z,
         line_discipline, terminal_modes, editor, files, search, archives, checksums, processes, signals, limits, status_files, sleeping,
         many_processes]


def find_prompt(shell, mark):
    """After a failure: ends whatever still runs, and gets to a fresh prompt."""
    shell.send(CONTROL_C)
    try:
        prompt(shell, 5)
    except AssertionError:
        pass  # what is typed next waits in the terminal
    shell.send(f"stty sane cols 400; echo behind\\ {mark}\n")
    shell.wait_for(rf"(?m)^behind {mark}\r?\n<\d+># ")


def session(machine, steps=STEPS, time_limit=150):
    """Yields (step, None or what went wrong); the last one is the power-off."""
    with Shell(machine, time_limit=time_limit) as shell:
        for step in steps:
            began = time.monotonic()
            try:
                step(shell)
                yield step.__name__, None
            except AssertionError as error:
                yield step.__name__, str(error)
                if shell.closed:
                    return
                find_prompt(shell, step.__name__)
            print(f"{step.__name__}: {time.monotonic() - began:.1f} s")
        status = shell.power_off()
        yield "poweroff", None if status == 0 else f"QEMU's exit status is {status}"


# Every pair of choices occurs in one of these.
MACHINES = {
    "gic2-el1-a53-1": dict(gic=2, el=1, cpu="cortex-a53", cpus=1),
    "gic3-el2-a53-4": dict(gic=3, el=2, cpu="cortex-a53", cpus=4),
    "gic2-el2-a53-8": dict(gic=2, el=2, cpu="cortex-a53", cpus=8),
    "gic3-el2-a72-1": dict(gic=3, el=2, cpu="cortex-a72", cpus=1),
    "gic2-el1-a72-4": dict(gic=2, el=1, cpu="cortex-a72", cpus=4),
    "gic3-el1-a72-8": dict(gic=3, el=1, cpu="cortex-a72", cpus=8),
    "gic2-el2-max-1": dict(gic=2, el=2, cpu="max", cpus=1),
    "gic3-el1-max-4": dict(gic=3, el=1, cpu="max", cpus=4),
    "gic2-el1-max-8": dict(gic=2, el=1, cpu="max", cpus=8),
    "rpi3": dict(board="rpi3"),
}


@limit(180)
@cases(**{name: dict(choices=choices) for name, choices in MACHINES.items()})
def test_session(choices):
    yield from session(Machine(**choices))


if __name__ == "__main__":
    chosen = [step for step in STEPS if step.__name__ in sys.argv[1:]] or STEPS
    machine = Machine(kernel=LINUX, el=1, append="nokaslr loglevel=1") if "linux" in sys.argv else Machine()
    for name, why in session(machine, chosen):
        print(f"{'FAIL' if why else 'ok':4} {name}", *([why] if why else []))
