#!/usr/bin/env python3
"""Steps that do not behave, through every end that a run can have.

	children.py --program build/git-wf --tools build/tests/fault [--sample]
	children.py ... --cell fork-storm:killed		one cell again, as a failure names it

A cell is a kind of child (evil.c) and an ending, through `git wf` on a terminal of its own. What must
hold: no process survives; the end comes within the grace and a second (after a second Ctrl-C: within a
second); the engine needs at most 32 MiB; the log is what the child wrote, byte for byte. After a kill
of the engine that is said of the resume, and the first log is the beginning of what was written.

Ends with "N passed, N failed", and puts its figures beside those of the sweeps.
"""

import argparse
import collections
import ctypes
import multiprocessing
import os
import pty
import random
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import figures
from point import Loss, need
from scenario import git

KINDS = ("setsid", "double-fork", "nohup", "ignore-term", "stop", "hold-pipe", "fill-pipe", "fork-storm",
         "read-tty", "close-fds", "gigabyte", "long-line", "binary")
# What the step does in the end, and the exit status of the run.
ENDINGS = {"ok": ("ok", 0), "failed": ("fail", 1), "timeout": ("stay", 1), "ctrl-c": ("stay", 130),
           "two-ctrl-c": ("stay", 130), "killed": ("stay", 137)}
# A gigabyte takes seconds each time: of these a sample has one.
SAMPLE_LEAVES_OUT = {("gigabyte", ending) for ending in ENDINGS if ending != "ok"}

GRACE_S, MARGIN_S = 5.0, 1.0
TIMEOUT_S = 0.5
BETWEEN_PRESSES_S = 0.5  # two within 300 ms are one
RSS_MAX_KIB = 32 * 1024
HANGS_S = 45
PR_SET_CHILD_SUBREAPER = 36
SIDE = struct.Struct("6Q")
Side = collections.namedtuple("Side", "begun done started_ns ended_ns ready forks")


class Terminal:
    """A command on a terminal of its own, under `evil run`, which tells what became of it."""

    def __init__(self, cell, name, words):
        self.report = os.path.join(cell.dir, name)
        self.began = time.monotonic()
        self.text = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cell.repo)
            os.execve(cell.setup.evil, [cell.setup.evil, "run", self.report, *words], cell.env)

    def press(self):
        os.write(self.fd, b"\x03")

    def wait(self, condition, what, seconds=HANGS_S):
        until = time.monotonic() + seconds
        while not condition():
            need(time.monotonic() < until, f"waited {seconds} s in vain for {what}: {self.tail()}")
            self.reap()
            if select.select([self.fd], [], [], 0.005)[0]:
                try:
                    self.text = (self.text + os.read(self.fd, 65536))[-100000:]
                except OSError:
                    pass

    def reap(self):
        """What a killed engine left comes to us, and a storm of it would use up the process numbers."""
        while True:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if not ended or ended.si_pid == self.pid:
                return
            os.waitpid(ended.si_pid, 0)

    def tail(self):
        return self.text.decode(errors="replace")[-600:]

    def sleep(self, seconds):
        until = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() >= until, "the clock")

    def end(self):
        """(exit status, KiB, when) of the command"""
        self.wait(lambda: os.path.exists(self.report), "the end")
        status, kib, ended_ns = open(self.report).read().split()[:3]
        return int(status), int(kib), int(ended_ns) / 1e9

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def descendants(top=None):
    """{pid: (state, name)} of everything below a process: this one, which is the reaper of all of it."""
    parents, known = collections.defaultdict(list), {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            text = open(f"/proc/{name}/stat", errors="replace").read()
        except OSError:
            continue
        state, parent = text.rpartition(")")[2].split()[:2]
        parents[int(parent)].append(int(name))
        known[int(name)] = state, text[text.find("(") + 1:text.rfind(")")]
    found, todo = {}, [top or os.getpid()]
    while todo:
        below = parents[todo.pop()]
        todo += below
        found.update((pid, known[pid]) for pid in below)
    return found


def end_descendants():
    for _ in range(200):
        left = descendants()
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)
            except OSError:
                pass
        if not left:
            return


class Cell:
    def __init__(self, setup, kind, ending):
        self.setup, self.kind, self.ending = setup, kind, ending
        self.dir = tempfile.mkdtemp(prefix="cell.", dir=setup.top)
        self.repo, self.side_file = os.path.join(self.dir, "repo"), os.path.join(self.dir, "side")
        self.act, self.status = ENDINGS[ending]
        self.env = {"PATH": os.path.dirname(setup.program) + ":" + os.environ["PATH"], "HOME": self.dir,
                    "TMPDIR": self.dir, "TZ": "UTC", "LC_ALL": "C.UTF-8", "TERM": "xterm",
                    "GIT_CONFIG_NOSYSTEM": "1"}
        os.makedirs(os.path.join(self.repo, ".workflows"))
        limit = f", timeout: {TIMEOUT_S * 1000:.0f}ms" if ending == "timeout" else ""
        with open(os.path.join(self.repo, ".workflows/w.yml"), "w") as file:
            file.write(f"steps:\n  - {{id: s, run: '{setup.evil} act {kind} {self.act} {self.side_file}'{limit}}}\n")
        git(self.repo, "init", "-q", "--template=", "-b", "main", ".")

    def side(self):
        try:
            with open(self.side_file, "rb") as file:
                return Side(*SIDE.unpack(file.read(SIDE.size)))
        except (OSError, struct.error):
            return Side(0, 0, 0, 0, 0, 0)

    def is_at_work(self):
        side = self.side()
        return side.ready and side.done

    def need_no_survivor(self, terminal):
        left = [f"{pid} {name} ({state})" for pid, (state, name) in descendants().items()
                if pid != terminal.pid and state not in "ZX"]
        need(not left, f"{len(left)} survivors: {', '.join(left[:5])}")

    def measure(self, terminal, status, since, limit_s):
        """The end is as it should be; (seconds, KiB)"""
        got, kib, ended = terminal.end()
        self.need_no_survivor(terminal)
        need(got == status, f"exit {got}, not {status}: {terminal.tail()}")
        took = ended - since()
        need(took <= limit_s, f"the end took {took:.2f} s")
        need(kib <= RSS_MAX_KIB, f"{kib} KiB of memory")
        return took, kib

    def kill_engine(self, terminal):
        engines = [pid for pid, (_, name) in descendants().items() if name == "git-wf"]
        need(len(engines) == 1, f"there are {len(engines)} engines")
        os.kill(engines[0], signal.SIGKILL)
        terminal.end()

    def logs(self):
        base = os.path.join(self.repo, "cortex-brain/workflows")
        runs = [name for name in os.listdir(base) if os.path.isdir(os.path.join(base, name))]
        need(len(runs) == 1, f"{len(runs)} runs")
        logs = os.path.join(base, runs[0], "logs")
        return sorted(os.path.join(logs, name) for name in os.listdir(logs)) if os.path.isdir(logs) else []

    def need_log(self, path, whole):
        """Bytes that were compared."""
        said = subprocess.run([self.setup.evil, "compare", self.kind, path], check=True, capture_output=True, text=True)
        length, word = int(said.stdout.split()[0]), said.stdout.split()[1]
        side = self.side()
        need(word == "same", f"the log differs from byte {length} on")
        need(length <= side.begun, f"the log has {length} bytes, the child wrote {side.begun} at most")
        need(not whole or length >= side.done, f"the log has {length} bytes, the child wrote {side.done}")
        return length

    def resume(self):
        with open(self.side_file + ".again", "w"):
            pass
        terminal = Terminal(self, "resumed", ["git", "wf", "resume"])
        try:
            return self.measure(terminal, 0, lambda: terminal.began, GRACE_S + MARGIN_S)
        finally:
            terminal.close()

    def run(self):
        """What a cell measures: (seconds to the end, KiB, bytes of log compared)"""
        terminal = Terminal(self, "ran", ["git", "wf", "run", "w"])
        limit_s = GRACE_S + MARGIN_S
        try:
            since = {"timeout": lambda: self.side().started_ns / 1e9 + TIMEOUT_S,
                     "ok": lambda: self.side().ended_ns / 1e9, "failed": lambda: self.side().ended_ns / 1e9}.get(self.ending)
            if not since:
                terminal.wait(self.is_at_work, "the child")
                terminal.sleep(0.05)
                pressed = time.monotonic()
                since = lambda: pressed
            if self.ending in ("ctrl-c", "two-ctrl-c"):
                terminal.press()
            if self.ending == "two-ctrl-c":
                terminal.sleep(BETWEEN_PRESSES_S)
                if not os.path.exists(terminal.report):
                    pressed, limit_s = time.monotonic(), MARGIN_S
                    terminal.press()
            if self.ending == "killed":
                self.kill_engine(terminal)
            else:
                took, kib = self.measure(terminal, self.status, since, limit_s)
        finally:
            terminal.close()
        logs = self.logs()
        if self.ending == "killed":
            n = self.need_log(logs[0], whole=False) if logs else 0
            took, kib = self.resume()
            need(open(self.logs()[-1], "rb").read() == b"again\n", "the log of the resume is not what it wrote")
            return took, kib, n
        need(len(logs) == 1, f"there are {len(logs)} logs")
        return took, kib, self.need_log(logs[0], whole=True)

    def close(self):
        end_descendants()
        shutil.rmtree(self.dir, ignore_errors=True)


class Setup:
    def __init__(self, options, top):
        self.program = os.path.abspath(options.program)
        self.evil = os.path.abspath(os.path.join(options.tools, "evil"))
        self.top = top


setup = None  # of this worker


def begin(of_all):
    global setup
    setup = of_all
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def judge(what):
    """(cell, what it measured or None, what was lost or None)"""
    cell = Cell(setup, *what)
    try:
        return what, cell.run(), None
    except Loss as loss:
        return what, None, str(loss)
    finally:
        cell.close()


def sweep(cells, options, setup_of_all):
    measured, losses = [], []
    began = time.monotonic()
    with multiprocessing.Pool(options.jobs, begin, (setup_of_all,)) as pool:
        for what, result, loss in pool.imap_unordered(judge, cells):
            if options.verbose:
                print("#", ":".join(what), result, loss, flush=True)
            if loss:
                losses.append((":".join(what), loss))
                print(f"not ok - {':'.join(what)}\n#   " + loss.replace("\n", "\n#   "), flush=True)
            else:
                measured.append(result)
    slowest, memory, compared = (f([m[i] for m in measured] or [0]) for i, f in enumerate((max, max, sum)))
    print(f"# children: {len(cells)} of {len(KINDS) * len(ENDINGS)} cells, {len(losses)} losses, slowest end {slowest:.2f} s, "
          f"at most {memory} KiB, {compared} bytes of logs compared, {time.monotonic() - began:.0f} s")
    return {"points": len(cells), "possible": len(KINDS) * len(ENDINGS), "floor": len(cells), "losses": len(losses),
            "seconds": round(time.monotonic() - began, 1), "seed": options.seed, "slowest_end_s": round(slowest, 2),
            "max_rss_kib": memory, "log_bytes": compared, "first_losses": losses[:20]}


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/git-wf")
    parser.add_argument("--tools", default="build/tests/fault", help="where evil is")
    parser.add_argument("--out", default="build/fault")
    parser.add_argument("--dir", help="where the repositories are made (default: TMPDIR)")
    parser.add_argument("--jobs", type=int, default=4, help="cells at once: they wait more than they work")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", action="store_true", help="without most of those that write a gigabyte")
    parser.add_argument("--cell", help="KIND:ENDING, only this one; either may be empty")
    parser.add_argument("--verbose", action="store_true", help="what each cell measured")
    return parser.parse_args()


def wanted(options):
    cells = [(kind, ending) for kind in KINDS for ending in ENDINGS]
    if options.sample:
        cells = [cell for cell in cells if cell not in SAMPLE_LEAVES_OUT]
    if options.cell:
        kind, _, ending = options.cell.partition(":")
        cells = [cell for cell in cells if kind in ("", cell[0]) and ending in ("", cell[1])]
    random.Random(options.seed).shuffle(cells)
    return cells


def main():
    options = read_options()
    if not sys.platform.startswith("linux"):
        print("skipped: needs /proc and a reaper of orphans\n0 passed, 0 failed")
        return 0
    cells = wanted(options)
    top = tempfile.mkdtemp(prefix="wf-children.", dir=options.dir)
    try:
        result = sweep(cells, options, Setup(options, top))
    finally:
        shutil.rmtree(top, ignore_errors=True)
    if not options.cell:
        figures.keep(options.out, {"children": result})
    print(f"{result['points'] - result['losses']} passed, {result['losses']} failed")
    return 1 if result["losses"] or not cells else 0


if __name__ == "__main__":
    sys.exit(main())
