#!/usr/bin/env python3
"""Power cuts: all that the program does to files is recorded, and every disk that a cut may leave is built.

	power.py --program build/git-wf --tools build/tests/fault [--seconds 60] [--seed 1]
	power.py ... --point once:power:120:7		one disk again, as a failure names it

A disk is judged by jq, cmp and what is on it; then the program has to go on with it. Ends with "N passed,
N failed". See README.md.
"""

import argparse
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zlib

sys.dont_write_bytecode = True

from disk import EXTREMES, count_combinations, cut, every_cut
from outage import OUTAGES, Recording
from point import Loss, Point, need
from scenario import make_template
from sweeping import feed, report_sweeps, run_points

SAMPLES = 8    # of a cut, besides the extremes
ALL_UP_TO = 24  # combinations: no sample then, but all


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
            done = self.acknowledged_in(promises) & self.scenario.uncached
            upstream = set(again) & self.scenario.cacheable
            need(upstream or not set(again) & done, f"resume executed {again} again: {text}")
        elif self.scenario.name == "aborted":
            need(not again, f"nothing to resume, but {again} ran")

    def acknowledged_in(self, promises):
        passed = set()
        for content in promises.journals.values():
            for line in content.splitlines():
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


class Tree(Survivor):
    """The repository of a worker: recorded in once, then made anew as each cut leaves it."""

    def __init__(self, setup, scenario, directory):
        super().__init__(setup, scenario, directory)
        self.table = os.path.join(directory, "reboot")
        self.recording = Recording(self, setup.tools, setup.program)
        self.before = self.user_files()

    def build(self, tree):
        shutil.rmtree(self.repo)
        os.mkdir(self.repo)
        for path, (file, content, _) in tree.items():
            whole = os.path.join(self.repo, path)
            if file.is_dir:
                os.mkdir(whole)
            elif file.target is not None:
                os.symlink(file.target, whole)
            else:
                with open(whole, "wb") as out:
                    out.write(content)
            if file.stat and file.target is None:
                os.chmod(whole, file.stat.mode & 0o7777)

    def start_anew(self, tree, serial):
        """Files are known by what they were; see reboot.c."""
        lines = [f"00000000-0000-4000-8000-{serial & 0xffffffffffff:012x}"]
        for path, (_, _, stat) in tree.items():
            now = os.lstat(os.path.join(self.repo, path))
            if stat:
                lines.append(f"{now.st_ino} {now.st_ctime_ns} {stat.ino} {stat.mtime} {stat.ctime}")
        with open(self.table, "w") as out:
            out.write("\n".join(lines) + "\n")
        self.env["LD_PRELOAD"] = os.path.join(self.setup.tools, "reboot.so")
        self.env["FAULT_REBOOT"] = self.table

    def be_cut(self, n, variant, seed):
        """(the disk before, what must last) of the cut after operation n, or None."""
        if n > len(self.recording.ops):
            return None
        disk, promises = self.recording.at(n)
        rng = random.Random(f"{seed}:{n}:{variant}")
        if count_combinations(disk) <= ALL_UP_TO:
            if variant >= count_combinations(disk):
                return None
            tree = every_cut(disk, variant, rng)
        else:
            tree = cut(disk, variant, rng)
        self.build(tree)
        self.start_anew(tree, zlib.crc32(f"{n}:{variant}".encode()))
        with open(self.ran_file, "w") as out:
            out.write("".join(step + "\n" for step in promises.began))
        self.edit_again()
        return disk, promises

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


def run_jq(path):
    return subprocess.run(["jq", "-e", ".", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


# ---- The sweep -----------------------------------------------------------------------------------


class Setup:
    def __init__(self, options, top):
        self.program = os.path.abspath(options.program)
        self.tools = os.path.abspath(options.tools)
        self.top, self.seed, self.keeps = top, options.seed, options.keep
        self.first_pid = 2
        self.templates, self.trees = {}, {}
        for name in options.scenarios:
            self.templates[name] = os.path.join(top, "template-" + name)
            make_template(OUTAGES[name], self.templates[name])

    def tree(self, name):
        """Each worker records for itself: paths are part of what is written."""
        key = os.getpid(), name
        if key not in self.trees:
            self.trees[key] = Tree(self, OUTAGES[name], os.path.join(self.top, f"{os.getpid()}-{name}"))
        return self.trees[key]


setup = None  # of this worker


def judge(what):
    """(point, None where there is no such cut here, what was lost)"""
    name, _, n, variant = what
    tree = setup.tree(name)
    try:
        state = tree.be_cut(n, variant, setup.seed)
        if state is None:
            return what, None, None
        if setup.keeps:
            kept = os.path.join(tree.dir, "cut")
            shutil.rmtree(kept, ignore_errors=True)
            subprocess.run(["cp", "-a", tree.repo, kept], check=True)
        disk, promises = state
        tree.need_promises(promises, disk.look)
        tree.judge(promises, variant, n % 16 == 0)
    except Loss as lost:
        return what, f"-1 after {told(tree.recording.ops, n)}", str(lost)
    finally:
        for pid in tree.processes():
            os.kill(pid, 9)
    return what, "-1", None


def told(ops, n):
    op = next((op for op in reversed(ops[:n]) if op.name != "stat"), None)
    return " ".join([op.name, *op.words])[-120:] if op else "nothing"


def points_of(name):
    recording = setup.tree(name).recording
    for n in recording.cuts:
        count = count_combinations(recording.at(n)[0])
        for variant in range(count if count <= ALL_UP_TO else len(EXTREMES) + SAMPLES):
            yield name, "power", n, variant


def list_points(name):
    return list(points_of(name))


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/git-wf")
    parser.add_argument("--tools", default="build/tests/fault", help="where oplog and reboot.so are")
    parser.add_argument("--out", default="build/fault")
    parser.add_argument("--dir", help="where the repositories are made (default: /dev/shm, else TMPDIR)")
    parser.add_argument("--seconds", type=float, default=0, help="0: all disks")
    parser.add_argument("--floor", type=int, default=100, help="fewer disks are a failure")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", type=int, default=20, help="how many losses are printed")
    parser.add_argument("--first", action="store_true", help="stop at the first loss")
    parser.add_argument("--keep", action="store_true", help="the disk that was cut (with --point)")
    parser.add_argument("--scenarios", type=lambda text: text.split(","), default=list(OUTAGES))
    parser.add_argument("--point", help="only this one, as a loss names it")
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


def main():
    global setup
    options = read_options()
    why = cannot(options)
    if why:
        print(f"skipped: {why}\n0 passed, 0 failed")
        return 0
    options.floors = {"power": options.floor}
    if options.point:
        options.scenarios = [options.point.split(":")[0]]
    if not options.dir:
        options.dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
    top = tempfile.mkdtemp(prefix="wf-power.", dir=options.dir)
    try:
        setup = Setup(options, top)
        if options.point:
            what = tuple(int(word) if word.isdigit() else word for word in options.point.split(":"))
            _, hit, loss = judge(what)
            print(f"hit {hit}: {loss or 'ok'}")
            return 1 if loss else 0
        with multiprocessing.Pool(options.jobs) as pool:
            points = sum(pool.map(list_points, options.scenarios, chunksize=1), [])
            random.Random(options.seed).shuffle(points)
            figures = run_points("power", points, options, lambda todo: feed(pool, options.jobs, judge, todo))
    finally:
        if options.keep:
            print(f"# kept: {top}")
        else:
            shutil.rmtree(top, ignore_errors=True)
    return report_sweeps({"power": figures}, options)


if __name__ == "__main__":
    sys.exit(main())
