#!/usr/bin/env python3
"""Sweeps of what takes back: a run that takes snapshots, rollback, undo, resume --rollback-to, gc of snapshots.

	rewind.py --program build/git-wf --tools build/tests/fault [rewind-kill] [rewind-errno]
	rewind.py ... --point rollback:rewind-kill:all:1234		one again, as a loss names it

A kill comes at a system call of the engine (git goes on for a moment), of the engine or any git that it has started (all
of them end), or ends one git alone. A failing call is one of the engine's. Whatever comes, the same command again leads to
where the command leads without a fault: the tree, index, HEAD and branches exactly, by looks that know nothing of git-wf.
"""

import argparse
import collections
import errno
import itertools
import json
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import worktree
from point import need
from scenario import Loss
from sweep import ANY_ERRNO, ERRNOS, UNFAILING
from sweeping import feed, report_sweeps, run_points

WORKFLOW = """rollback: {strategy: step}
steps:
  - {id: one, run: 'echo one >> text; rm gone; echo new > new; git add new; chmod 700 plain'}
  - {id: two, needs: [one], run: 'echo two >> text; rm -r dir; echo file > dir; ln -sf text link; mkdir -p made/deep; printf "y\\n" > crlf; echo Other > m.up'}
  - {id: three, needs: [two], run: 'grep -q three text || echo three >> text; git log -1 --format=%s | grep -q made || git commit -qm made new; git branch -f more; rm -rf folder; echo x > "odd\\nname"; test ! -e "$FAULT_FAIL"'}
"""

LIMIT_S = 180  # it starts fifty gits one after the other, and the machine may be busy

BEFORE = """printf '* text=auto\\n*.up filter=up\\n' > .gitattributes; echo '*.ign' > .gitignore
echo zero > text; echo bye > gone; echo plain > plain; mkdir -p dir/sub folder/empty; echo 1 > dir/sub/f; echo 2 > dir/g
printf 'x\\r\\n' > crlf; echo Mixed > m.up; ln -s plain link; echo same > same; echo pinned > pinned
git add -A; git commit -qm start; git update-index --assume-unchanged pinned; echo mine > pinned
echo staged >> plain; git add plain; echo unstaged >> plain; echo mine > untracked; chmod 600 untracked; echo i > x.ign
echo intent > intent; git add -N intent; git branch other"""


class Command:
    """What meets the fault. prepare: commands before it; leads: the look after it without a fault."""

    def __init__(self, name, words, prepare=(), again=None, marks=()):
        self.name, self.words, self.prepare, self.marks = name, words, prepare, marks
        self.again = again or words


COMMANDS = {command.name: command for command in (
    Command("snapshots", ["run", "w"]),
    Command("rollback", ["rollback", "w"], [["run", "w"]]),
    Command("rollback-to", ["rollback", "w", "--to", "one"], [["run", "w"]]),
    Command("undo", ["undo"], [["run", "w"], ["rollback", "w"]]),
    Command("resume", ["resume", "--rollback-to", "two"], [["!fail", "run", "w"]]),
    Command("gc", ["cache", "gc"], [["run", "w"], ["!age"]]),
)}


class Place:
    """A copy of a command's repository."""

    def __init__(self, setup, command, directory):
        self.setup, self.command, self.dir = setup, command, directory
        self.repo = os.path.join(directory, "repo")
        self.hit = None
        self.env = {"PATH": os.environ["PATH"], "HOME": setup.home, "TMPDIR": directory, "TZ": "UTC", "LC_ALL": "C.UTF-8",
                    "TERM": "dumb", "GIT_CONFIG_NOSYSTEM": "1", "FAULT_FAIL": os.path.join(directory, "fail")}
        os.makedirs(directory, exist_ok=True)

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def wf(self, *words):
        try:
            done = subprocess.run([self.setup.program, *words], cwd=self.repo, env=self.env, timeout=LIMIT_S, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except subprocess.TimeoutExpired as expired:
            raise Loss(f"'{' '.join(words)}' hangs") from expired
        return done.returncode, done.stdout.decode(errors="replace")

    def passes(self, *words):
        status, text = self.wf(*words)
        need(status == 0, f"'{' '.join(words)}' exits {status}: {text}")

    def prepare(self):
        for words in self.command.prepare:
            if words == ["!age"]:
                self.age()
            elif words[0] == "!fail":
                open(self.env["FAULT_FAIL"], "w").close()
                need(self.wf(*words[1:])[0] == 1, "the run did not fail")
                os.unlink(self.env["FAULT_FAIL"])
            else:
                self.passes(*words)

    def age(self):
        """The first two snapshots become old enough to go."""
        for ref in worktree.git(self.repo, "for-each-ref", "--format=%(refname)", "refs/wf").decode().split():
            if ref.split("/")[-2] in "12":
                text = worktree.git(self.repo, "cat-file", "commit", ref)
                old = worktree.git(self.repo, "hash-object", "-t", "commit", "-w", "--stdin", text=re.sub(rb"> \d+ \+", b"> 1700000000 +", text))
                worktree.git(self.repo, "update-ref", ref, old.decode().strip())

    def age_locks(self):
        """Of refs that are ours: gc spares what may be in use."""
        for where, _, names in os.walk(os.path.join(self.repo, ".git/refs/wf")):
            for name in names:
                if name.endswith(".lock"):
                    os.utime(os.path.join(where, name), (1, 1))

    def inject(self, *words, follow=None):
        """(how it ended, its text)"""
        report, said = os.path.join(self.dir, "report"), os.path.join(self.dir, "said")
        with open(said, "wb") as out:
            done = subprocess.run([self.setup.injector, "-o", report, "-t", str(LIMIT_S), *([follow] if follow else []), *map(str, words), "--",
                                   self.setup.program, *self.command.words], cwd=self.repo, env=self.env,
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        if done.returncode:
            raise RuntimeError(f"the injector failed: {open(said).read()}")
        lines = open(report, errors="replace").read().splitlines()
        if words[0] == "record":
            return [int(line.split(" ", 1)[0]) for line in lines if line[:1].isdigit()], lines[-1]
        self.hit = next((line[4:] for line in lines if line.startswith("hit ")), None)
        return lines[-1], open(said, errors="replace").read()

    def look(self):
        return worktree.State(self.repo)

    def undo_note(self):
        try:
            with open(os.path.join(self.repo, ".git/wf/undo.json")) as file:
                return json.load(file)["number"]
        except (FileNotFoundError, ValueError):
            return None

    def is_pending(self):
        return os.path.exists(os.path.join(self.repo, ".git/wf/rollback.json"))

    def snapshots(self):
        """Number to raw commit; each is whole."""
        said = worktree.git(self.repo, "for-each-ref", "--format=%(refname) %(objectname)", "refs/wf").decode().split("\n")[:-1]
        return {int(ref.split("/")[3]): oid for ref, oid in map(str.split, said) if ref.endswith("/raw")}


def same(got, want, when):
    for path in sorted(set(got.files) | set(want.files)):
        if path.startswith(b".workflows/"):
            continue
        need(got.get(path) == want.get(path), f"{when}: {path!r} is {worktree.short(got.get(path))}, not {worktree.short(want.get(path))}")
    need(got.folders == want.folders, f"{when}: folders {set(got.folders.items()) ^ set(want.folders.items())}")
    need(got.index == want.index, f"{when}: the index: {list(set(got.index) ^ set(want.index))[:4]}")
    need(got.head == want.head, f"{when}: HEAD is {got.head}")
    need(commits_aside(got.refs) == commits_aside(want.refs), f"{when}: {got.refs} instead of {want.refs}")


def commits_aside(refs):
    """Runs that are repeated commit at other times."""
    return {line.split(b"\t")[1]: line.split()[0] for line in refs.splitlines() if b"main" not in line and b"more" not in line}.items(), \
        b"more" in refs


# ---- Judging --------------------------------------------------------------------------------------


def finish(place, begin, n):
    """What a person does next; the same command, or whatever finishes what was cut off."""
    name = place.command.name
    if name in ("rollback", "rollback-to", "undo"):
        if not place.is_pending():
            if place.undo_note() == begin:
                status, text = place.wf(*place.command.words)
                need(status == 0, f"again: exit {status}: {text}")
            return
        words = (place.command.words, ["rollback", "w"], ["undo"], ["resume"])[n % 4]
        if words == ["resume"]:  # finishes the rollback first, and then goes on
            status, text = place.wf("run", "-n", "w")
            words = ["rollback", "w"]
        status, text = place.wf(*words)
        need(status == 0, f"finishing exits {status}: {text}")
        need(not place.is_pending(), f"still pending after {words}: {text}")
    elif name == "resume":
        status, text = place.wf("resume", *(["--rollback-to", "two"] if n % 2 and not place.is_pending() else []))
        if "nothing" not in text and "no run" not in text and "--rollback-to" not in text and "no snapshot" not in text:
            need(status == 0, f"resume exits {status}: {text}")
        elif status:
            status, text = place.wf("resume")
            need(status == 0 or "no run was interrupted" in text, f"resume exits {status}: {text}")
    elif name == "gc":
        place.passes("cache", "gc")


def judge_snapshots(place, looks, thorough):
    """After a run that was cut off: what it has snapshots of comes back."""
    status, text = place.wf("rollback", "w")
    if status == 129:  # it took none, so it had started nothing
        need("no run" in text or "took no snapshots" in text or "nothing to roll back" in text, f"rollback exits 129: {text}")
    else:
        need(status == 0, f"rollback exits {status}: {text}")
    same(place.look(), looks["start"], "rolled back")
    if thorough:
        place.passes("run", "w")
        same(place.look(), looks["snapshots"], "the next run")


def judge_end(place, looks, thorough):
    name = place.command.name
    if name == "snapshots":
        judge_snapshots(place, looks, thorough)
    elif name == "gc":
        place.age_locks()
        place.passes("cache", "gc")
        need(set(place.snapshots()) == {3, 4}, f"left are {set(place.snapshots())}")
        same(place.look(), looks["gc"], "after gc")
        if thorough:
            place.passes("rollback", "w", "--to", "two")
    else:
        same(place.look(), looks[name], "in the end")
        if thorough and name != "resume":
            place.passes("undo")
            same(place.look(), looks[name + " back"], "undone")
    judge_rest(place, thorough)


def judge_rest(place, thorough):
    for path in (".git/wf/rollback.json", ".git/index.lock", ".git/HEAD.lock"):
        need(not os.path.exists(os.path.join(place.repo, path)), f"left: {path}")
    if thorough:
        done = subprocess.run(["git", "fsck", "--no-dangling", "--no-progress"], cwd=place.repo, env=place.env, capture_output=True, text=True)
        need(done.returncode == 0, f"git fsck: {done.stderr}")
        place.passes("cache", "gc")
        left = [name for name in os.listdir(os.path.join(place.repo, ".git/wf/scratch")) if name.startswith("snapshot-")]
        need(not left, f"left in scratch: {left}")


def judge_kill(place, looks, mode, n):
    begin = place.undo_note()
    end, text = place.inject("kill", n, follow={"engine": None, "all": "-f", "one": "-F"}[mode])
    need(end == "signal 9" or end.startswith("exit "), f"ended with {end}")
    if mode != "engine":
        remove_locks(place)
    if end.startswith("exit ") and place.hit:
        need(end != "exit 0" or place.command.name in ("snapshots", "resume", "gc", "rollback", "rollback-to", "undo"), f"{end}: {text}")
        need(end == "exit 0" or text.strip(), f"{end} without a word")
        need(end != "exit 5" or "left" in text, f"exit 5 and nothing is left: {text}")
    if end == "exit 5":  # a git that was killed kept a ref or the index from going back; and the report says so
        return judge_left(place, looks, text)
    finish(place, begin, n)
    judge_end(place, looks, n % 8 == 0 or "/rollback" in (place.hit or ""))


def remove_locks(place):
    """git's own locks, as its user has to; of a git that was killed in the middle of a ref."""
    for where, _, names in os.walk(os.path.join(place.repo, ".git")):
        for name in names:
            if name.endswith(".lock") and "wf" not in where.split("/"):
                os.unlink(os.path.join(where, name))


def judge_left(place, looks, text):
    """Not all went back, which is told; undo brings it all to where it was."""
    name = place.command.name
    need(name in ("rollback", "rollback-to", "undo"), f"{name} exits 5: {text}")
    status, said = place.wf("undo")
    need(status == 0, f"undo of what went back in part exits {status}: {said}")
    same(place.look(), looks[name + " back"], "undone")


def judge_errno(place, looks, number, k, code, how):
    begin = place.undo_note()
    end, text = place.inject("fail", number, k, getattr(errno, code), how)
    need(end.startswith("exit "), f"ended with {end}: {text}")
    need("BUG" not in text, f"a bug: {text}")
    status = int(end[5:])
    name = place.command.name
    silent = how == "all" and place.setup.names[number] in ("write", "close", "fcntl", "dup2", "dup3")
    if status == 0:
        if name in ("rollback", "rollback-to", "undo", "resume"):
            same(place.look(), looks[name], "exit 0")
        elif name == "snapshots":
            same(place.look(), looks["snapshots"], "exit 0")
    else:
        need(text.strip() or silent, f"exit {status} without a word")
        need(silent or re.search(r"'[^']+'|cannot \w+|out of memory|could not|: ", text), f"exit {status} tells no cause: {text}")
    if status == 5:
        return judge_left(place, looks, text)
    finish(place, begin, k)
    judge_end(place, looks, k % 16 == 0)


# ---- Points ---------------------------------------------------------------------------------------


def kill_points(setup, name):
    n_engine, n_all = len(setup.calls[name][0]), len(setup.calls[name][1])
    for n in range(n_engine):
        yield name, "rewind-kill", "engine", n
    for n in range(0, n_all, 5):
        yield name, "rewind-kill", "all", n + n // 5 % 5
    for n in range(0, n_all, 15):
        yield name, "rewind-kill", "one", n + n // 15 % 15


def errno_points(setup, name):
    seen = collections.Counter()
    for number in setup.calls[name][0]:
        call = setup.names.get(number, str(number))
        if call in UNFAILING or call in ("rseq", "set_robust_list"):  # libc ends it
            continue
        likely = ERRNOS.get(call, "EIO").split()
        other = ANY_ERRNO[(seen[number] + number) % len(ANY_ERRNO)]
        for code in (*likely, *(() if other in likely else (other,))):
            lasts = code != "EINTR" and (code != "EAGAIN" or code in likely)
            for how in ("one", "all") if seen[number] == 0 and lasts else ("one",):
                yield name, "rewind-errno", number, seen[number], code, how
        seen[number] += 1


POINTS = {"rewind-kill": kill_points, "rewind-errno": errno_points}
JUDGES = {"rewind-kill": judge_kill, "rewind-errno": judge_errno}


class Setup:
    def __init__(self, options, top):
        self.program = os.path.abspath(options.program)
        self.injector = os.path.abspath(os.path.join(options.tools, "inject"))
        self.top, self.keeps, self.serial = top, options.keep, itertools.count()
        self.home = os.path.join(top, "home")
        os.makedirs(self.home)
        with open(os.path.join(self.home, ".gitconfig"), "w") as file:
            file.write(worktree.CONFIG)
        text = subprocess.run([*os.environ.get("CC", "cc").split(), "-dM", "-E", "-include", "sys/syscall.h", "-x", "c", "/dev/null"],
                              check=True, capture_output=True, text=True).stdout
        self.names = {int(nr): name for name, nr in re.findall(r"#define __NR_(\w+) (\d+)\n", text)}
        self.looks, self.calls = {}, {}

    def prepare(self, commands):
        """Each worker does: who ends what a run has left must not meet a copy of that run."""
        self.top = os.path.join(self.top, str(os.getpid()))
        os.environ.update(HOME=self.home, GIT_CONFIG_NOSYSTEM="1", LC_ALL="C.UTF-8", TZ="UTC")
        self.template = os.path.join(self.top, "template-start")
        os.makedirs(os.path.join(self.template, "repo/.workflows"))
        with open(os.path.join(self.template, "repo/.workflows/w.yml"), "w") as file:
            file.write(WORKFLOW)
        subprocess.run(["sh", "-ec", "git init -q --template= .;" + BEFORE], cwd=os.path.join(self.template, "repo"), check=True,
                       capture_output=True)
        self.looks["start"] = worktree.State(os.path.join(self.template, "repo"))
        for name in commands:
            self.prepare_command(COMMANDS[name])

    def prepare_command(self, command):
        place = Place(self, command, os.path.join(self.top, "template-" + command.name))
        subprocess.run(["cp", "-a", os.path.join(self.template, "repo"), place.repo], check=True)
        place.prepare()
        self.looks[command.name + " back"] = place.look()
        first = self.place(command.name)
        first.passes(*command.words)
        self.looks[command.name] = first.look()
        first.close()

    def record(self, name):
        """How many calls of the engine, and of all."""
        engine, everything = self.place(name), self.place(name)
        self.calls[name] = engine.inject("record")[0], everything.inject("record", follow="-f")[0]
        engine.close()
        everything.close()

    def place(self, name):
        place = Place(self, COMMANDS[name], os.path.join(self.top, f"{os.getpid()}-{next(self.serial)}"))
        subprocess.run(["cp", "-a", os.path.join(self.top, "template-" + name, "repo"), place.repo], check=True)
        return place


setup = None


def judge(what):
    name, kind, *fault = what
    loss, place = None, None
    try:
        place = setup.place(name)
        JUDGES[kind](place, setup.looks, *fault)
    except Loss as lost:
        loss = str(lost)
    except Exception as error:  # the test's own
        loss = f"{type(error).__name__}: {error}"
    finally:
        if place and not (loss and setup.keeps):
            place.close()
    return what, place and place.hit, loss


def sweep(kind, options, pool):
    points = [point for name in options.commands for point in POINTS[kind](setup, name)]
    random.Random(options.seed).shuffle(points)
    return run_points(kind, points, options, lambda todo: feed(pool, options.jobs, judge, todo), setup.names)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/git-wf")
    parser.add_argument("--tools", default="build/tests/fault", help="where inject is")
    parser.add_argument("--out", default="build/fault")
    parser.add_argument("--dir", help="where the repositories are made (default: /dev/shm, else TMPDIR)")
    parser.add_argument("--seconds", type=float, default=0, help="of each sweep; 0: all points")
    parser.add_argument("--points", type=int, default=0, help="of each sweep, at most; 0: all")
    parser.add_argument("--floor", action="append", default=[], metavar="KIND=N", help="fewer points in that sweep are a failure")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("--first", action="store_true", help="stop at the first loss")
    parser.add_argument("--keep", action="store_true", help="the repositories of losses")
    parser.add_argument("--commands", type=lambda text: text.split(","), default=list(COMMANDS))
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
        options.commands = [options.point.split(":")[0]]
    for name in [name for name in os.environ if name.startswith(("GIT_", "WF_", "XDG_"))]:
        del os.environ[name]
    top = tempfile.mkdtemp(prefix="wf-rewind.", dir=options.dir)
    figures = {}
    try:
        setup = Setup(options, top)
        setup.prepare(options.commands)
        if options.point:
            return one_point(options.point)
        for name in options.commands:
            setup.record(name)
        setup.top = top
        with multiprocessing.Pool(options.jobs, lambda: setup.prepare(options.commands)) as pool:
            for kind in options.kinds or list(JUDGES):
                figures[kind] = sweep(kind, options, pool)
    finally:
        if options.keep:
            print(f"# kept: {top}")
        else:
            shutil.rmtree(top, ignore_errors=True)
    return report_sweeps(figures, options)


if __name__ == "__main__":
    sys.exit(main())
