#!/usr/bin/env python3
"""Runs a command on a terminal of its own and types at it.

on_terminal.py SCRIPT COMMAND...   SCRIPT: words 'wait:TEXT' (until the screen has TEXT), 'sleep:SECONDS',
'key:C-c', 'key:C-d', 'key:C-z', 'text:WORDS'. What the command wrote goes to stdout; the exit status is the
command's, 128+n if it died of signal n, 124 after 30 seconds.
"""
import os
import pty
import select
import signal
import sys
import time

KEYS = {"C-c": b"\x03", "C-d": b"\x04", "C-z": b"\x1a", "C-\\": b"\x1c", "Enter": b"\r"}


class Screen:
    def __init__(self, fd):
        self.fd, self.text, self.ended = fd, b"", False
        self.until = time.monotonic() + 30

    def read(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.text += data
        self.ended = not data

    def run(self, condition):
        while not self.ended and not condition():
            if time.monotonic() > self.until:
                raise TimeoutError
            self.read(0.05)


def act(screen, word):
    kind, _, value = word.partition(":")
    if kind == "wait":
        screen.run(lambda: value.encode() in screen.text)
    elif kind == "sleep":
        end = time.monotonic() + float(value)
        screen.run(lambda: time.monotonic() >= end)
    else:
        os.write(screen.fd, KEYS[value] if kind == "key" else value.encode())


def main():
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    screen = Screen(fd)
    try:
        for word in sys.argv[1].split():
            act(screen, word)
        screen.run(lambda: False)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except TimeoutError:
        os.kill(pid, signal.SIGKILL)
        status = 124
    sys.stdout.buffer.write(screen.text)
    sys.stdout.flush()
    sys.exit(status if status >= 0 else 128 - status)


main()
