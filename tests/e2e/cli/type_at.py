#!/usr/bin/env python3
"""Types lines and two tabs behind each at a shell, as a person does, and prints what it showed.

type_at.py bash|zsh|fish SETUP <LINES   SETUP: what the shell reads before. Each answer follows a line
"== LINE". Nothing is waited for but the shell: what comes behind the tabs clears the line and prints a
mark, in its turn.
"""
import os
import pty
import re
import select
import subprocess
import sys
import time

PROMPT = b"READY> "
MARK = b"<the end>"


def read_until(fd, pattern):
    seen, until = b"", time.monotonic() + 60
    while not re.search(pattern, seen, re.DOTALL):
        if time.monotonic() > until:
            sys.exit("waited in vain for %r in %r" % (pattern, seen))
        if select.select([fd], [], [], 0.1)[0]:
            seen += os.read(fd, 65536)
    return seen


def start(shell, setup):
    arguments = {"bash": ["bash", "--noprofile", "--rcfile", setup, "-i"], "zsh": ["zsh", "-i"]}[shell]
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb", COLUMNS="200", ZDOTDIR=os.path.dirname(setup), INPUTRC="/dev/null")
        os.execvp(arguments[0], arguments)
    read_until(fd, PROMPT)
    return pid, fd


def end(pid, fd):
    os.write(fd, b"exit\r")
    try:
        while os.read(fd, 65536):
            pass
    except OSError:
        pass
    os.waitpid(pid, 0)


def type_line(fd, line):
    os.write(fd, line.encode() + b"\t\t\x15echo '<the e''nd>'\r")
    seen = read_until(fd, b"\n" + MARK + b".*" + PROMPT)
    text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]|[\r\a\b]", b"", seen).decode(errors="replace")
    return text[:text.rindex("echo '<the e")]


def main():
    shell, setup = sys.argv[1:3]
    lines = sys.stdin.read().splitlines()
    if shell == "fish":  # it can be asked without a terminal
        script = 'source "$argv[1]"; for line in $argv[2..-1]; echo "== $line"; complete -C "$line"; end'
        sys.exit(subprocess.run(["fish", "--no-config", "-c", script, setup] + lines).returncode)
    pid, fd = start(shell, setup)
    for line in lines:
        print("== %s\n%s" % (line, type_line(fd, line)))
    end(pid, fd)


main()
