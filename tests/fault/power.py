#!/usr/bin/env python3
"""Power cuts: all that the program does to files is recorded, and every disk that a cut may leave is built.

	power.py --program build/git-wf --tools build/tests/fault [--seconds 60] [--seed 1] [power] [power-hooks]
	power.py ... --point once:power:120:7		one disk again, as a failure names it

power: commands of git-wf. power-hooks: a hook that fixes what is committed, see hooktree.py.

A disk is judged by jq, cmp and what is on it; then the program has to go on with it. Ends with "N passed,
N failed". See README.md.
"""

import argparse
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

import hooks
import hooktree
from outage import OUTAGES, Recording
from point import Loss, Point, need
from rebuilt import Rebuilt
from scenario import make_template
from sweeping import feed, report_sweeps, run_points


class Survivor(Point):
    """A repository after a cut: what was acknowledged is there, and the program goes on with it."""

    # ---- What must be there ----

    def need_promises(self, promises, looked_at=None):
        """looked_at: what a file held at the moment of the cut, where that is known."""
        for path, content in promises.journals.items():
            self.need_prefix(path, content)
        for path, content in promises.files.items():
            whole, later = os.path.join(self.repo, path), looked_at and looked_at(path)
            need(os.path.exists(whole), f"after the cut: no {path}")
            need(run_jq(whole), f"after the cut: {path} is no JSON")
            if later and later.content() != content:  # it was being replaced
                continue
            with open(whole, "rb") as file:
                need(file.read() == content, f"after the cut: {path} is another")

        self.need_snapshots(promises.snapshots)

    def need_snapshots(self, snapshots):
        """Each ref is there, and all that it leads to."""
        for ref, commit in snapshots.items():
            done = subprocess.run(["git", "rev-list", "--objects", ref, "--"], cwd=self.repo, env=self.env, capture_output=True, text=True)
            need(done.returncode == 0, f"after the cut: snapshot {ref}: {done.stderr}")
            need(done.stdout.startswith(commit), f"after the cut: {ref} is not {commit}")

    def need_prefix(self, path, content):
        whole, want = os.path.join(self.repo, path), os.path.join(self.dir, "acknowledged")
        need(os.path.exists(whole), f"after the cut: no {path}, and {len(content)} bytes of it were acknowledged")
        with open(want, "wb") as out:
            out.write(content)
        done = subprocess.run(["cmp", "-n", str(len(content)), whole, want], capture_output=True, text=True)
        need(done.returncode == 0, f"after the cut: {path} lacks what was acknowledged: {done.stdout}{done.stderr}")
        need(run_jq(want), f"after the cut: {path} is no JSON")

    def can_tell(self, *words):
        status, text = self.wf(*words)
        need(status >= 0 and "BUG" not in text, f"'{' '.join(words)}' ends with {status}: {text}")
        need(status == 0 or "no runs" in text or "no run" in text, f"'{' '.join(words)}' exits {status}: {text}")

    def go_on(self, promises):
        """resume, which may have nothing to do; what must not run twice does not."""
        had = len(self.ran())
        status, text = self.wf("resume")
        again = self.ran()[had:]
        nothing = "no run was interrupted or failed" in text or \
            "was not on the disk yet" in text and not any(path.split("/")[2] in text for path in promises.journals)
        once = self.scenario.name == "once" and "d" in promises.began
        need(not (once and "d" in again), f"resume executed 'd' again, which must not run twice: {text}")
        if self.scenario.name == "once" and status and "not idempotent" in text:
            return
        if self.scenario.name == "committed" and status and ".lock': File exists" in text:
            return # of a git that was cut off: nobody can tell that it is not at work
        need(status == 0 or nothing, f"resume exits {status}: {text}")
        if not nothing:
            if self.scenario.name != "isolated": # resumed in a worktree of its own
                self.need_outputs("after resume")
            done = self.acknowledged_in(promises, resumed_in(text)) & self.scenario.uncached
            upstream = set(again) & self.scenario.cacheable
            need(upstream or not set(again) & done, f"resume executed {again} again: {text}")
        elif self.scenario.name == "aborted":
            need(not again, f"nothing to resume, but {again} ran")

    def acknowledged_in(self, promises, run):
        """The steps that passed in this run; what an earlier one did says nothing of what this one has to do."""
        passed = set()
        for path, content in promises.journals.items():
            for line in content.splitlines() if path.split("/")[2] == run else ():
                event = json.loads(line)
                if event["type"] == "step.end" and event.get("status") == "passed":
                    passed.add(event["step"])
        return passed

    def judge(self, promises, variant, thorough):
        self.can_tell("status")
        self.can_tell("history")
        if variant % 2 == 0:
            self.go_on(promises)
            self.need_no_processes("after resume")
        self.afterwards(set(), 0, thorough)


class Tree(Rebuilt, Survivor):
    """The repository of a worker: recorded in once, then made anew as each cut leaves it."""

    def __init__(self, setup, name, directory):
        super().__init__(setup, OUTAGES[name], directory)
        self.recording = Recording(self, setup.tools, setup.program)
        self.before = self.user_files()

    def survive(self, n, variant, seed):
        """False: there is no such cut."""
        state = self.fail_power(n, variant, seed)
        if state is None:
            return False
        disk, promises = state
        with open(self.ran_file, "w") as out:
            out.write("".join(step + "\n" for step in promises.began))
        self.edit_again()
        self.need_promises(promises, disk.look)
        self.judge(promises, variant, n % 16 == 0)
        return True

    def edit_again(self):
        """What the user had changed and not synced is theirs to look after."""
        for name, content in self.before.items():
            path = os.path.join(self.repo, name)
            if self.user_files()[name] != content:
                if os.path.islink(path):
                    os.unlink(path)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as out:
                    out.write(content)


def resumed_in(text):
    """The run that goes on, as `resume` says it."""
    said = re.search(r"going on with run '([^']+)'", text)
    need(said, f"resume does not say what goes on: {text}")
    return said[1]


def run_jq(path):
    return subprocess.run(["jq", "-e", ".", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


# ---- The sweep -----------------------------------------------------------------------------------


class Kind:
    """Of scenarios: how the repository of one is made, and what is recorded and judged in it."""

    def __init__(self, names, make_template, tree):
        self.names, self.make_template, self.tree = list(names), make_template, tree


def make_hook_template(program, name, directory):
    home = directory + ".home"
    hooks.make_template(program, name, home)
    os.rename(os.path.join(home, "repo"), directory)


KINDS = {
    "power": Kind(OUTAGES, lambda _, name, directory: make_template(OUTAGES[name], directory), Tree),
    "power-hooks": Kind(hooktree.NAMES, make_hook_template, hooktree.HookTree),
}


class Setup:
    def __init__(self, options, kind, top):
        self.program = os.path.abspath(options.program)
        self.tools = os.path.abspath(options.tools)
        self.kind, self.top, self.seed, self.keeps = KINDS[kind], os.path.join(top, kind), options.seed, options.keep
        self.first_pid = 2
        self.names = [name for name in self.kind.names if name in (options.scenarios or self.kind.names)]
        self.templates, self.trees = {}, {}
        os.mkdir(self.top)
        for name in self.names:
            self.templates[name] = os.path.join(self.top, "template-" + name)
            self.kind.make_template(self.program, name, self.templates[name])

    def tree(self, name):
        """Each worker records for itself: paths are part of what is written."""
        key = os.getpid(), name
        if key not in self.trees:
            self.trees[key] = self.kind.tree(self, name, os.path.join(self.top, f"{os.getpid()}-{name}"))
        return self.trees[key]


setup = None  # of this worker


def judge(what):
    """(point, None where there is no such cut here, what was lost)"""
    name, _, n, variant = what
    tree = setup.tree(name)
    try:
        return what, "-1" if tree.survive(n, variant, setup.seed) else None, None
    except Loss as lost:
        return what, f"-1 after {tree.told(n)}", str(lost)
    finally:
        for pid in tree.processes():
            os.kill(pid, 9)


def list_points(what):
    name, kind = what
    return [(name, kind, *point) for point in setup.tree(name).points()]


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/git-wf")
    parser.add_argument("--tools", default="build/tests/fault", help="where oplog and reboot.so are")
    parser.add_argument("--out", default="build/fault")
    parser.add_argument("--dir", help="where the repositories are made (default: /dev/shm, else TMPDIR)")
    parser.add_argument("--seconds", type=float, default=0, help="0: all disks")
    parser.add_argument("--floor", action="append", default=[], metavar="KIND=N", help="fewer disks are a failure")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", type=int, default=20, help="how many losses are printed")
    parser.add_argument("--first", action="store_true", help="stop at the first loss")
    parser.add_argument("--keep", action="store_true", help="the disk that was cut (with --point)")
    parser.add_argument("--scenarios", type=lambda text: text.split(","), help="default: all")
    parser.add_argument("--point", help="only this one, as a loss names it")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="power, power-hooks; none: both")
    return parser.parse_args()


def cannot(options):
    """Why this machine cannot do it, or None."""
    if not shutil.which("jq") or not shutil.which("cmp"):
        return "no jq or cmp here"
    oplog = os.path.join(options.tools, "oplog")
    if not os.path.exists(oplog):
        return "no oplog was built"
    done = subprocess.run([oplog, "-o", "/dev/null", "-d", "/dev/null", "--", "true"], capture_output=True)
    return "system calls cannot be traced here" if done.returncode == 77 else None


def judge_one(options, top):
    """The exit status."""
    global setup
    what = tuple(int(word) if word.isdigit() else word for word in options.point.split(":"))
    options.scenarios = [what[0]]
    setup = Setup(options, what[1], top)
    _, hit, loss = judge(what)
    print(f"hit {hit}: {loss or 'ok'}")
    return 1 if loss else 0


def sweep(options, kind, top):
    """The figures of a kind."""
    global setup
    setup = Setup(options, kind, top)
    with multiprocessing.Pool(options.jobs) as pool:
        points = sum(pool.map(list_points, [(name, kind) for name in setup.names], chunksize=1), [])
        random.Random(options.seed).shuffle(points)
        return run_points(kind, points, options, lambda todo: feed(pool, options.jobs, judge, todo))


def main():
    options = read_options()
    why = cannot(options)
    if why:
        print(f"skipped: {why}\n0 passed, 0 failed")
        return 0
    options.floors = {kind: int(n) for kind, n in (word.split("=") for word in options.floor)}
    if not options.dir:
        options.dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
    top = tempfile.mkdtemp(prefix="wf-power.", dir=options.dir)
    try:
        if options.point:
            return judge_one(options, top)
        figures = {kind: sweep(options, kind, top) for kind in options.kinds or KINDS}
    finally:
        if options.keep:
            print(f"# kept: {top}")
        else:
            shutil.rmtree(top, ignore_errors=True)
    return report_sweeps(figures, options)


if __name__ == "__main__":
    sys.exit(main())
