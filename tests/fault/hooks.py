#!/usr/bin/env python3
"""Hooks that are killed: `git commit` and `git push` with a hook of ours that gets SIGKILL at the n-th system call.

	hooks.py --program build/git-wf --tools build/tests/fault [--seconds N] [--floor hooks=1500] [hooks] [hooks-below]
	hooks.py ... --point all:hooks:120		one point again

hooks: git-wf itself is killed. hooks-below: whatever makes the call alone, a git, a step, a helper of ours: then the
hook may also pass, or refuse by itself.

After it every byte of worktree, index and HEAD is as it was before the commit or as it is after one that was not
disturbed; the same command then passes, with no clean-up but what git-wf does itself, and leaves exactly that.
"""

import argparse
import itertools
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from scenario import Loss, git
from sweeping import feed, report_sweeps, run_points

SHADOW = 'steps: [{id: up, run: "sed -i s/bad/good/ -- ${git.staged}"}]\n'
EXPORT = 'steps: [{id: up, foreach: {f: {lines: git.staged}}, per_file: true, run: "sed -i s/bad/good/ -- ${each.f}", ' \
    'outputs: ["${each.f}"]}]\n'
IN_PLACE = 'steps: [{id: look, run: "! grep -q never f g", inputs: [f, g]}]\n'
# Writes in place and does not say so: what it wrote is there for a while, and all at once.
SILENT = 'steps: [{id: up, run: "dd if=g of=f conv=notrunc status=none"}]\n'
KINDS = 'steps: [{id: up, outputs: [new], run: "sed -i s/bad/good/ -- ${git.staged}; chmod +x f; echo new > new; rm -f g"}]\n'
PUSHED = 'steps: [{id: look, run: "grep -q bad f"}]\n'

# Two at once: the files of each, and one that both fix in different lines.
AT_ONCE = 'steps: [{id: up, run: "sed -i 1s/bad/good/ -- ${git.staged}"}]\n' + "---\n" + \
    'steps: [{id: up, run: "sed -i 4s/4/four/ -- ${git.staged}"}]\n'

STAGED = b"bad\n2\n3\n4\n5\n"
MINE = b"bad\n2\n3\n4\nfive, mine\n"
COMMIT = ("commit", "-qm", "one")

# Name: workflows, hook, what is staged, what stands in the worktree, the command, hooks before it (warm).
SCENARIOS = {
    "shadow": (SHADOW, "pre-commit", {"f": STAGED}, {"f": MINE, "untracked": b"mine\n"}, COMMIT, 0),
    "warm": (SHADOW, "pre-commit", {"f": STAGED, "g": b"bad g\n"}, {"f": MINE}, COMMIT, 1),
    "overlap": (SHADOW, "pre-commit", {"f": STAGED}, {"f": b"bad and mine\n2\n"}, COMMIT, 1),
    "all": (SHADOW, "pre-commit", {}, {"f": STAGED, "g": b"bad g\n"}, ("commit", "-qam", "one"), 1),
    "only": (SHADOW, "pre-commit", {"g": b"bad g\n"}, {"f": STAGED}, ("commit", "-qm", "one", "--", "f"), 1),
    "export": (EXPORT, "pre-commit", {"f": STAGED}, {"f": MINE}, COMMIT, 0),
    "in-place": (IN_PLACE, "pre-commit", {"f": STAGED}, {}, COMMIT, 0),
    "silent": (SILENT, "pre-commit", {"f": STAGED, "g": STAGED.replace(b"bad", b"good")}, {}, COMMIT, 0),
    "kinds": (KINDS, "pre-commit", {"f": STAGED, "g": b"bad g\n"}, {}, COMMIT, 1),
    "at-once": (AT_ONCE, "pre-commit", {"f": STAGED, "g": b"bad g\n"}, {"f": MINE}, COMMIT, 1),
    "apart": (SHADOW, "pre-commit", {"f": STAGED, "g": b"bad g\n"}, {"f": MINE}, COMMIT, 1),
    "push": (PUSHED, "pre-push", {"f": STAGED}, {"f": MINE}, ("push", "-q", "far", "HEAD:refs/heads/x"), 0),
}

# The repository is on another file system than its files.
APART = ("apart",)

# How the injector counts calls: those of git-wf, or of all that it starts too.
COUNTS = {"hooks": ("",), "hooks-below": ("-F",)}

setup = None


def need(holds, what):
    if not holds:
        raise Loss(what)


def env_of(program, directory):
    return {"PATH": os.path.dirname(program) + ":" + os.environ["PATH"], "HOME": directory, "TZ": "UTC",
            "LC_ALL": "C.UTF-8", "TERM": "dumb", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@b",
            "GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000", "GIT_WF_TRUST": "1"}


def make_template(program, name, home):
    text, hook, staged, standing, _, n_warm = SCENARIOS[name]
    repo = os.path.join(home, "repo")
    os.makedirs(os.path.join(repo, ".workflows"))
    for path, content in {"f": b"ok\n", "g": b"ok\n", ".workflows/config.ini": b"[run]\njobs = 2\n"}.items():
        write(repo, path, content)
    for k, steps in enumerate(text.split("---\n")):
        options = "isolation: export" if steps == EXPORT else ""
        write(repo, f".workflows/w{k}.yml", f"on: {{{hook}: {{{options}}}}}\n{steps}".encode())
    git(home, "init", "-q", "--bare", "far.git")
    git(repo, "init", "-q", "--template=", "-b", "main", ".")
    git(repo, "remote", "add", "far", "../far.git")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "start")
    os.makedirs(os.path.join(repo, ".git/hooks"), exist_ok=True)
    subprocess.run([program, "trust", "hooks"], cwd=repo, env=env_of(program, home), check=True, capture_output=True)
    for path, content in staged.items():
        write(repo, path, content)
        git(repo, "add", path)
    for path, content in standing.items():
        write(repo, path, content)
    if hook == "pre-push":
        git(repo, "commit", "-qm", "pushed")
    for _ in range(n_warm):
        subprocess.run([program, "hooks", "run", hook, "--files", "absent"], cwd=repo, env=env_of(program, home),
                       capture_output=True)


def elsewhere(top):
    """A folder on another file system, or None."""
    for folder in ("/dev/shm", "/tmp"):
        if os.path.isdir(folder) and os.stat(folder).st_dev != os.stat(top).st_dev:
            return folder
    return None


class Setup:
    def __init__(self, options, top):
        self.program = os.path.abspath(options.program)
        self.injector = os.path.abspath(os.path.join(options.tools, "inject"))
        self.top, self.serial = top, itertools.count()
        self.templates, self.final = {}, {}
        for name in options.scenarios:
            self.templates[name] = os.path.join(top, "template-" + name)
            make_template(self.program, name, self.templates[name])

    def env(self, directory):
        return env_of(self.program, directory)


def write(repo, path, content):
    with open(os.path.join(repo, path), "wb") as file:
        file.write(content)


def files_of(repo):
    """{path: (mode, content)} of the worktree"""
    found = {}
    for folder, folders, names in os.walk(repo):
        folders[:] = [f for f in folders if f not in (".git", "cortex-brain")]
        for name in names:
            if name == ".git":
                continue
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, repo)] = (os.stat(path).st_mode, file.read())
    return found


class Point:
    def __init__(self, name):
        self.name, self.hit = name, None
        self.dir = os.path.join(setup.top, f"{os.getpid()}-{next(setup.serial)}")
        subprocess.run(["cp", "-a", setup.templates[name], self.dir], check=True)
        self.repo = os.path.join(self.dir, "repo")
        self.git_dir, self.far = os.path.join(self.repo, ".git"), None
        if name in APART:
            self.put_apart()
        self.report = os.path.join(self.dir, "report")
        self.hook = SCENARIOS[name][1]

    def put_apart(self):
        self.far = tempfile.mkdtemp(prefix="wf-far.", dir=elsewhere(setup.top))
        shutil.move(self.git_dir, os.path.join(self.far, "git"))
        self.git_dir = os.path.join(self.far, "git")
        write(self.repo, ".git", f"gitdir: {self.git_dir}\n".encode())

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        if self.far:
            shutil.rmtree(self.far, ignore_errors=True)

    def set_hook(self, *fault):
        """As the shim calls us; with a fault through the injector, whose report has how it ended."""
        call = f'"{setup.program}" __hook {self.hook} "$@"'
        if fault:
            call = f'"{setup.injector}" -o "{self.report}" -t 20 {" ".join(map(str, fault))} -- {call}\n' \
                f'test "$(tail -n 1 "{self.report}")" = "exit 0"'
        path = os.path.join(self.git_dir, "hooks", self.hook)
        write(self.repo, path, f"#!/bin/sh\n{call}\n".encode())
        os.chmod(path, 0o755)

    def act(self):
        done = subprocess.run(["git", *SCENARIOS[self.name][4]], cwd=self.repo, env=setup.env(self.dir), timeout=120,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode(errors="replace")

    def state(self):
        """(HEAD's tree, entries of the index, files of the worktree, what was pushed)"""
        def listing(*words):
            try:
                return git(self.repo, *words)
            except subprocess.CalledProcessError as failed:
                raise Loss(f"git {words[0]}: {failed.stderr.decode()}") from failed
        index = {line.split(b"\t")[1]: line.split(b"\t")[0] for line in listing("ls-files", "-s", "-z").split(b"\0") if line}
        far = subprocess.run(["git", "-C", os.path.join(self.dir, "far.git"), "for-each-ref"], capture_output=True,
                             env=setup.env(self.dir), check=True).stdout
        return listing("ls-tree", "-r", "HEAD"), index, files_of(self.repo), far

    def lines(self):
        with open(self.report, errors="replace") as file:
            return file.read().splitlines()


def final_of(name, kind):
    """What an undisturbed command leaves, and how many system calls are made."""
    if (name, kind) not in setup.final:
        point = Point(name)
        point.set_hook(*COUNTS[kind], "record")
        before = point.state()
        status, text = point.act()
        need(status == 0, f"{name} without a fault: {text}")
        calls = [line for line in point.lines() if line[:1].isdigit()]
        setup.final[name, kind] = (before, point.state(), len(calls))
        need(name == "in-place" or name == "overlap" or b"good" in subprocess.run(["git", "show", "HEAD:f"], cwd=point.repo, env=setup.env(point.dir), capture_output=True,
             check=True).stdout or name == "push", f"{name} fixes nothing")
        point.close()
    return setup.final[name, kind]


def need_either(what, now, before, after):
    for path in set(now) | set(before):
        need(now.get(path) in (before.get(path), after.get(path)), f"{what}: '{path}' is {now.get(path)}")


def wait_until(holds, what):
    for _ in range(200):
        if holds():
            return
        time.sleep(0.01)
    raise Loss(what)


def judge_kill(point, kind, n):
    before, after, _ = final_of(point.name, kind)
    point.set_hook(*COUNTS[kind], "kill", n)
    status, text = point.act()
    lines = point.lines()
    point.hit = next((line[4:] for line in lines if line.startswith("hit ")), None)
    lock = os.path.join(point.git_dir, "index.lock")
    now = point.state()
    if status == 0:
        need(now == after, f"it passed, and left {now}")
        return
    need(lines[-1] == "signal 9" or kind == "hooks-below" and lines[-1].startswith("exit "), f"refused, but the hook ended with {lines[-1]}: {text}")
    need(now[0] == before[0] and now[3] == before[3], "refused, and HEAD or the other side moved")
    need_either("the index", now[1], before[1], after[1])
    need_either("the worktree", now[2], before[2], after[2])
    point.set_hook()
    # What puts the fixes under git's lock is a process of its own, which goes on to its end.
    wait_until(lambda: not os.path.exists(lock), "index.lock is left")
    status, text = point.act()
    need(status == 0, f"the next time: {text}")
    now = point.state()
    for k, what in enumerate(("HEAD", "the index", "the worktree", "the other side")):
        need(now[k] == after[k], f"the next time {what} is {now[k]}, not {after[k]}")
    # git of the hook that was killed may still have been at work then.
    subprocess.run([setup.program, "hooks", "run", "pre-auto-gc"], cwd=point.repo, env=setup.env(point.dir), capture_output=True)
    left = [name for name in os.listdir(os.path.join(point.repo, "cortex-brain/workflows")) if name == ".publish"]
    left += [name for name in os.listdir(point.git_dir) if ".wf" in name]
    need(not left, f"left: {left}")
    fsck = subprocess.run(["git", "fsck", "--no-dangling", "--no-progress"], cwd=point.repo, env=setup.env(point.dir),
                          capture_output=True, text=True)
    need(fsck.returncode == 0, f"fsck: {fsck.stderr}")


def judge(what):
    name, kind, n = what
    loss, point = None, None
    try:
        point = Point(name)
        judge_kill(point, kind, n)
    except Loss as lost:
        loss = str(lost)
    finally:
        if point and not (loss and setup.keeps):
            point.close()
    return what, point and point.hit, loss


def main():
    global setup
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/git-wf")
    parser.add_argument("--tools", default="build/tests/fault", help="where inject is")
    parser.add_argument("--out", default="build/fault")
    parser.add_argument("--seconds", type=float, default=0, help="0: all points")
    parser.add_argument("--floor", action="append", default=[], metavar="KIND=N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("--first", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--scenarios", type=lambda text: text.split(","), default=list(SCENARIOS))
    parser.add_argument("--point")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="hooks, hooks-below; none: both")
    options = parser.parse_args()
    options.floors = {kind: int(n) for kind, n in (word.split("=") for word in options.floor)}
    injector = os.path.join(options.tools, "inject")
    if not os.path.exists(injector) or subprocess.run([injector, "-o", "/dev/null", "record", "--", "true"]).returncode == 77:
        print("skipped: system calls cannot be traced here\n0 passed, 0 failed")
        return 0
    if options.point:
        options.scenarios = [options.point.split(":")[0]]
    top = tempfile.mkdtemp(prefix="wf-hooks.", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    if not elsewhere(top):
        options.scenarios = [name for name in options.scenarios if name not in APART]
    try:
        setup = Setup(options, top)
        setup.keeps = options.keep
        if options.point:
            name, kind, n = options.point.split(":")
            final_of(name, kind)
            _, hit, loss = judge((name, kind, int(n)))
            print(f"hit {hit}: {loss or 'ok'}" + (f"\n# kept: {top}" if options.keep else ""))
            return 1 if loss else 0
        figures = {}
        for kind in options.kinds or COUNTS:
            points = [(name, kind, n) for name in options.scenarios for n in range(final_of(name, kind)[2])]
            random.Random(options.seed).shuffle(points)
            with multiprocessing.Pool(options.jobs) as pool:
                figures[kind] = run_points(kind, points, options, lambda todo, pool=pool: feed(pool, options.jobs, judge, todo))
    finally:
        if not options.keep:
            shutil.rmtree(top, ignore_errors=True)
    return report_sweeps(figures, options)


if __name__ == "__main__":
    sys.exit(main())
