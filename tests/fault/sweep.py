#!/usr/bin/env python3
"""Fault sweeps: the program is killed at every system call, or has one fail, and is judged after it.

	sweep.py --program build/git-wf --tools build/tests/fault [kill] [errno] [malloc]
	sweep.py ... --point fresh:kill:120:1		one point again, as a failure names it

Ends with "N passed, N failed" and writes the figures as JSON. See README.md.
"""

import argparse
import collections
import errno
import itertools
import multiprocessing
import multiprocessing.pool
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from once import need_once
from point import KILL_AGAIN, Loss, NOTHING, Point, need
from scenario import SCENARIOS, make_template
from sweeping import feed, report_sweeps, run_points

VARIANTS = 4  # see point.py: what comes before the next run

# What the kernel may say; any other call gets EIO. ENOENT is an answer and no failure.
ERRNOS = {
    "read": "EIO EINTR", "pread64": "EIO EINTR", "write": "ENOSPC EIO EINTR", "pwrite64": "ENOSPC",
    "openat": "EMFILE EACCES EIO", "open": "EMFILE EACCES EIO",
    "newfstatat": "EACCES EIO", "fstat": "EIO", "lseek": "EIO", "close": "EIO EINTR",
    "mmap": "ENOMEM", "brk": "ENOMEM", "munmap": "ENOMEM", "mremap": "ENOMEM", "mprotect": "ENOMEM",
    "fdatasync": "EIO ENOSPC", "fsync": "EIO", "syncfs": "EIO ENOSPC",
    "ftruncate": "EIO", "fallocate": "ENOSPC",
    "rename": "ENOSPC EACCES", "renameat": "ENOSPC EACCES", "renameat2": "ENOSPC EACCES",
    "mkdir": "ENOSPC EACCES", "mkdirat": "ENOSPC EACCES",
    "unlink": "EACCES", "unlinkat": "EACCES", "getdents64": "EIO", "flock": "ENOLCK EINTR",
    "clone": "EAGAIN ENOMEM", "clone3": "EAGAIN ENOMEM", "vfork": "EAGAIN", "pipe2": "EMFILE",
    "fcntl": "EMFILE", "wait4": "EINTR", "poll": "EINTR ENOMEM", "ppoll": "EINTR ENOMEM",
    "pidfd_open": "EMFILE", "kill": "EPERM", "copy_file_range": "ENOSPC EIO", "statfs": "EIO",
    "getrandom": "EAGAIN", "getcwd": "ENOMEM", "prctl": "EINVAL", "socketpair": "EMFILE",
}
# Every call meets all of these somewhere, the likely ones above everywhere.
ANY_ERRNO = ("ENOSPC", "EIO", "EINTR", "EMFILE", "EAGAIN", "EACCES", "EROFS")

# They do not fail, or not so that a program could do anything about it.
UNFAILING = {"exit_group", "exit", "rt_sigreturn", "restart_syscall", "getpid", "gettid", "getuid",
             "geteuid", "getpgrp", "umask", "futex", "sched_yield", "rt_sigprocmask",
             "rseq", "set_robust_list",  # glibc ends the program itself
             "brk"}  # of memory there is a sweep of its own


# glibc looks up the account's name, has no memory for it and ends the program by an assertion of its own.
OF_LIBC = "nss_database.c:"

# Scenarios that take their time, and the sweeps that they are in: less of them.
SLOW = {"orphans": ("kill",), "synced": ("kill", "errno")}
SYNCING = {"fdatasync", "fsync", "clone3", "clone", "futex", "poll"}


class Setup:
    """What all points share."""

    def __init__(self, options, top):
        self.program = os.path.abspath(options.program)
        self.injector = os.path.abspath(os.path.join(options.tools, "inject"))
        self.damager = os.path.abspath(os.path.join(options.tools, "damage"))
        self.nomem = os.path.abspath(os.path.join(options.tools, "nomem.so"))
        self.top = top
        self.first_pid = 2
        self.templates = {}
        for name in options.scenarios:
            self.templates[name] = os.path.join(top, "template-" + name)
        with multiprocessing.pool.ThreadPool(options.jobs) as pool: # each waits for git
            pool.starmap(make_template, [(SCENARIOS[name], path) for name, path in self.templates.items()])
        text = subprocess.run([*os.environ.get("CC", "cc").split(), "-dM", "-E", "-include", "sys/syscall.h", "-x", "c", "/dev/null"],
                              check=True, capture_output=True, text=True).stdout
        self.names = {int(nr): name for name, nr in re.findall(r"#define __NR_(\w+) (\d+)\n", text)}
        self.serial = itertools.count()

    def point(self, name):
        where = os.path.join(self.top, f"{os.getpid()}-{next(self.serial)}")
        return Point(self, SCENARIOS[name], where)

    def record(self, name):
        point = self.point(name)
        try:
            calls, end = point.record()
        finally:
            point.close()
        want = f"exit {SCENARIOS[name].status}"
        need(end == want or name == "orphans", f"{name} without a fault: {end}, not {want}")
        return calls


# ---- Kinds of points -----------------------------------------------------------------------------


def kill_points(setup, name):
    for n in range(len(setup.record(name))):
        for variant in range(1 if name in SLOW else VARIANTS):
            yield name, "kill", n, variant


def errno_points(setup, name):
    seen = collections.Counter()
    for number in setup.record(name):
        call = setup.names.get(number, str(number))
        if call in UNFAILING or (name in SLOW and call not in SYNCING):
            continue
        likely = ERRNOS.get(call, "EIO").split()
        other = ANY_ERRNO[(seen[number] + number) % len(ANY_ERRNO)]
        for code in (*likely, *(() if other in likely else (other,))):
            lasts = code != "EINTR" and (code != "EAGAIN" or code in likely)  # "not yet" is waited for
            for how in ("one", "all") if seen[number] == 0 and lasts else ("one",):
                yield name, "errno", number, seen[number], code, how
            if seen[number] and seen[number] % 8 == 0 and lasts:
                yield name, "errno", number, seen[number], code, "all"
        seen[number] += 1


# Besides each scenario's own command.
READERS = (("validate", "w"), ("plan", "w"), ("status",), ("explain", "w", "c"))


def malloc_points(setup, name):
    for words in (tuple(SCENARIOS[name].command), *(READERS if name == "cached" else ())):
        point = setup.point(name)
        try:
            _, _, n = point.starve(-1, words)
        finally:
            point.close()
        if n is None:
            print("# skipped: allocations cannot be taken over here")
            return
        for nth in range(n):
            for how in ("one", "all"):
                yield name, "malloc", nth, "+".join(words), how


def journal_points(setup, name):
    """Every place of a journal is `damage`'s matter; these are for the commands that read it."""
    if name not in DAMAGED:
        return
    point = setup.point(name)
    try:
        point.wf(*point.scenario.command)
        size = len(point.newest_journal())
    finally:
        point.close()
    for at in range(0, size, 4):
        yield name, "journal", at, 8
        yield name, "journal", at + at // 4 % 4, at // 4 * 5 % 8


# Whose journals are damaged.
DAMAGED = ("fresh", "failing", "once")


def judge_journal(point, at, bit):
    """bit 8: cut there. The run is over, so the next one is right whatever can be read of it."""
    scenario = point.scenario
    point.hit = "-1 a byte of the journal"
    point.wf(*scenario.command)
    kept = plain(point.acknowledged()) & scenario.cacheable
    point.damage(at, bit)
    point.passes("status", "--json")
    point.passes("history")
    point.unmark()
    had = len(point.ran())
    status, text = point.wf("resume")
    need(status in (0, 1, 128, 129) and text.strip(), f"resume exits {status}: {text}")
    need(status in (0, 1) or scenario.status == 0 or "'" in text, f"resume exits {status}: {text}")
    again = set(point.ran()[had:]) & kept
    need(not again, f"resume executed {again} again")
    point.afterwards(kept, NOTHING, at % 64 == 0)


def judge_kill(point, n, variant):
    _, end, _ = point.inject("kill", n)
    need(end in ("signal 9", "exit 0", "exit 1") or point.scenario.name == "orphans", f"ended with {end}")
    if point.scenario.name == "once":
        need_once(point)
    if point.scenario.check:
        point.scenario.check(point, end == "exit 0")
    if variant == KILL_AGAIN:
        point.inject("kill", n * 37 % 600)
    known = point.acknowledged()
    kept = plain(known) | (plain(point.acknowledged(also_before=True)) & point.scenario.cacheable)
    made = {path for step in known for path in point.scenario.outputs
            if step.split("[")[0] == os.path.basename(path).split("-")[0] and "[" not in step}
    if not any(callable(act) for act in point.scenario.prepare):
        point.need_outputs("after the kill, acknowledged", made)
    point.need_user_files("after the kill")
    point.unmark()
    point.afterwards(kept, variant, n % 16 == 0)


def plain(steps):
    """Items of a foreach share the id that they write: they count when all are there."""
    items = [s for s in steps if "[" in s or "/" in s]
    return {s for s in steps if s not in items} - ({"f"} if len(items) < 3 else set())


def judge_errno(point, number, k, code, how):
    scenario = point.scenario
    _, end, text = point.inject("fail", number, k, getattr(errno, code), how)
    need(end.startswith("exit "), f"ended with {end}: {text}")
    need("BUG" not in text and "assert" not in text, f"a bug: {text}")
    status = int(end[5:])
    if status == 0:
        need(scenario.status == 0, "passed, and should have failed")
        need(scenario.must_run <= set(point.ran()), f"exit 0, but only {set(point.ran())} ran: {text}")
        need(scenario.must_run <= point.acknowledged_ids(), f"exit 0, but the journal lacks steps: {text}")
        point.need_outputs("after exit 0")
        if scenario.check:
            scenario.check(point, True)
    else:
        silent = how == "all" and point.setup.names[number] in ("write", "close", "fcntl", "dup2", "dup3")
        need(text.strip() or silent, f"exit {status} without a word")
        need(silent or scenario.status == status or names_cause(text), f"exit {status} tells no cause: {text}")
    point.need_user_files("after the failed call")
    point.need_no_processes("after the failed call")
    point.unmark()
    point.afterwards(set(), (k + number) % 2, k % 16 == 0)


def judge_malloc(point, nth, words, how):
    words = words.split("+")
    status, text, _ = point.starve(nth, words, how)
    need(status >= 0 or OF_LIBC in text, f"died of signal {-status}: {text}")
    if status == 0:
        if words == point.scenario.command:
            need(point.scenario.status == 0, "passed, and should have failed")
            need(point.scenario.must_run <= set(point.ran()), f"exit 0, but only {set(point.ran())} ran: {text}")
            point.need_outputs("after exit 0")
            if point.scenario.check:
                point.scenario.check(point, True)
    elif point.scenario.status != status and status >= 0:
        need("out of memory" in text or "Cannot allocate memory" in text, f"exit {status}: {text}")
        need(status == 128 or "Cannot allocate" in text, f"exit {status}, not 128: {text}")
    point.need_user_files("after the failed allocation")
    point.unmark()
    point.afterwards(plain(point.acknowledged()), nth % 2, nth % 16 == 0)
    point.hit = f"-1 allocation {nth} of {' '.join(words)}"


def names_cause(text):
    """A file in quotes, a failed call's words, or memory."""
    return bool(re.search(r"'[^']+'|cannot \w+|out of memory|could not be", text))


JUDGES = {"kill": judge_kill, "errno": judge_errno, "malloc": judge_malloc, "journal": judge_journal}
POINTS = {"kill": kill_points, "errno": errno_points, "malloc": malloc_points, "journal": journal_points}

# ---- Running them --------------------------------------------------------------------------------

setup = None  # of this worker


def judge(what):
    """(point, None or what was lost)"""
    name, kind, *fault = what
    loss, point = None, None
    try:
        point = setup.point(name)
        JUDGES[kind](point, *fault)
    except Loss as lost:
        loss = str(lost)
    finally:
        if point and not (loss and setup.keeps):
            point.close()
    return what, point and point.hit, loss


def damage_everywhere(name):
    """`damage` on the journal of a scenario: (points, losses)."""
    point = setup.point(name)
    try:
        point.wf(*point.scenario.command)
        good, scratch = os.path.join(point.dir, "good"), os.path.join(point.dir, "damaged")
        with open(good, "wb") as file:
            file.write(point.newest_journal())
        os.mkdir(scratch)
        done = subprocess.run([setup.damager, scratch, good], capture_output=True, text=True)
    finally:
        point.close()
    found = re.search(r"^(\d+) points, (\d+) losses$", done.stdout, re.M)
    if not found:
        raise RuntimeError(f"damage failed: {done.stdout}{done.stderr}")
    print(f"{done.stdout.replace('not ok - ', f'not ok - {name}: ', 20)}# of {name}", end="\n", flush=True)
    return int(found[1]), int(found[2])


def journal_bytes(options, figures):
    """What the library makes of every cut and every flipped bit; a sample of a minute has one journal, or as many as it must."""
    n = losses = 0
    is_sample = 0 < options.seconds <= 60
    for name in [name for name in DAMAGED if name in options.scenarios]:
        if is_sample and n and figures["points"] + n >= figures["floor"]:
            break
        more, lost = damage_everywhere(name)
        n, losses = n + more, losses + lost
    figures.update(points=figures["points"] + n, possible=figures["possible"] + n, losses=figures["losses"] + losses,
                   bytes_and_bits=n)


def sweep(kind, options, pool):
    """The figures of one kind."""
    figures = sweep_points(kind, options, pool)
    if kind == "journal" and (not options.first or not figures["losses"]):
        journal_bytes(options, figures)
    return figures


def list_points(kind, name):
    return list(POINTS[kind](setup, name))


def sweep_points(kind, options, pool):
    names = [name for name in options.scenarios if name not in SLOW or kind in SLOW[name]]
    points = sum(pool.starmap(list_points, [(kind, name) for name in names], chunksize=1), [])
    random.Random(options.seed).shuffle(points)
    return run_points(kind, points, options, lambda todo: feed(pool, options.jobs, judge, todo), setup.names)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/git-wf")
    parser.add_argument("--tools", default="build/tests/fault", help="where inject and nomem.so are")
    parser.add_argument("--out", default="build/fault")
    parser.add_argument("--dir", help="where the repositories are made (default: /dev/shm, else TMPDIR)")
    parser.add_argument("--seconds", type=float, default=0, help="of each sweep; 0: all points")
    parser.add_argument("--floor", action="append", default=[], metavar="KIND=N",
                        help="fewer points in that sweep are a failure")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", type=int, default=20, help="how many losses are printed")
    parser.add_argument("--first", action="store_true", help="stop at the first loss")
    parser.add_argument("--keep", action="store_true", help="the repositories of losses")
    parser.add_argument("--scenarios", type=lambda text: text.split(","), default=list(SCENARIOS))
    parser.add_argument("--point", help="only this one, as a loss names it")
    parser.add_argument("kinds", nargs="*", default=[])
    return parser.parse_args()


def one_point(text):
    what = tuple(int(word) if word.isdigit() else word for word in text.split(":"))
    _, hit, loss = judge(what)
    print(f"hit {hit}: {loss or 'ok'}")
    return 1 if loss else 0


def main():
    global setup
    options = read_options()
    if not options.dir:
        options.dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
    injector = os.path.join(options.tools, "inject")
    options.floors = {kind: int(n) for kind, n in (word.split("=") for word in options.floor)}
    if not os.path.exists(injector) or subprocess.run([injector, "-o", "/dev/null", "record", "--", "true"]).returncode == 77:
        print("skipped: system calls cannot be traced here\n0 passed, 0 failed")
        return 0
    if options.point:
        options.scenarios = [options.point.split(":")[0]]
    top = tempfile.mkdtemp(prefix="wf-fault.", dir=options.dir)
    figures = {}
    try:
        setup = Setup(options, top)
        setup.keeps = options.keep
        if options.point:
            return one_point(options.point)
        with multiprocessing.Pool(options.jobs) as pool:
            for kind in options.kinds or list(JUDGES):
                figures[kind] = sweep(kind, options, pool)
    finally:
        if not options.keep:
            shutil.rmtree(top, ignore_errors=True)
        else:
            print(f"# kept: {top}")
    return report_sweeps(figures, options)


if __name__ == "__main__":
    sys.exit(main())
