#!/usr/bin/env python3
"""A property: whatever a run does to whatever worktree, a rollback takes it back and nothing else, and undo brings it again.

	reversal.py --program build/git-wf --tools build/tests/fault [--cases N] [--seconds S] [--seed N]
	reversal.py ... --case 17 --verbose		one again

A case is a random repository, a run whose steps edit it at random, edits of the user (beside the steps, after the run,
during the rollback), and a rollback that may be killed and finished. What must come of it follows from three looks at the
tree: before the run, after it, and before the rollback. Then undo, which must bring the third one back, and undo again.
Every byte that the user had before the rollback, or wrote beside it, must be in the tree or in a snapshot.
"""

import argparse
import hashlib
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True

from point import need
from scenario import Loss
from sweeping import feed, report_sweeps, run_points
from worktree import OPERATIONS, Editor, State, git, make, short

HERE = os.path.dirname(os.path.abspath(__file__))
EDIT = f"{sys.executable} -S -E {os.path.join(HERE, 'worktree.py')} edit"
KINDS = ("quiet", "quiet", "edited", "edited", "beside step", "beside rollback", "killed", "killed", "killed and edited")
CALLS = 900  # of a rollback's own, about: where it is killed


# ---- What must come of it -------------------------------------------------------------------------


class Expected:
    """before: as the run found it; after: as it left it; now: as the rollback finds it."""

    def __init__(self, before, after, now):
        self.before, self.after, self.now = before, after, now
        self.left, self.unknown = set(), set()
        self.files = dict(now.files)
        changed = [path for path in sorted(before.covered | after.covered) if before.get_covered(path) != after.get_covered(path)]
        for path in changed:
            if before.get_covered(path) is None:
                self.remove(path)
        for path in changed:
            if before.get_covered(path) is not None:
                self.put_back(path)
        self.index = self.swap("index", before.index, after.index, now.index)
        self.head = self.swap("head", before.head, after.head, now.head)
        self.operations = {name: self.swap(name, before.operations[name], after.operations[name], now.operations[name])
                           for name in OPERATIONS}
        self.refs = self.swap_refs()

    def swap(self, what, before, after, now):
        if before == after or now == before:
            return now
        if now == after:
            return before
        self.left.add(what)
        return now

    def swap_refs(self):
        def parse(text):
            return {name: oid for oid, _, name in (line.split() for line in text.splitlines())}
        before, after, now = parse(self.before.refs), parse(self.after.refs), parse(self.now.refs)
        refs = {name: self.swap(name, before.get(name), after.get(name), now.get(name)) for name in {**before, **after, **now}}
        return b"".join(b"%s commit\t%s\n" % (oid, name) for name, oid in sorted(refs.items()) if oid)

    def remove(self, path):
        if path in self.before.files:  # it was there, and ignored: whose it is cannot be known
            self.left.add(path)
        elif any(path.startswith(folder + b"/") for folder in self.before.hidden):  # it may have been there
            self.unknown.add(path)
        elif self.is_hidden(path):
            self.left.add(path)
        elif self.files.get(path) == self.after.files[path]:
            del self.files[path]
        elif path in self.files:
            self.left.add(path)

    def put_back(self, path):
        want, was, now = self.before.files[path], self.after.get_covered(path), self.files.get(path)
        if now == want:
            return
        if now is not None and self.is_hidden(path):
            self.left.add(path)
        elif now == was and (now is not None or self.has_room(path)):
            self.files[path] = want
            if now is None and path in self.now.folders:  # the user may have emptied it
                self.unknown.add(path)
        else:
            self.left.add(path)

    def is_hidden(self, path):
        """It is there and ignored by now, so that no undo could bring it back."""
        return path in self.now.files and path not in self.now.covered

    def has_room(self, path):
        parts = path.split(b"/")
        above = [b"/".join(parts[:n]) for n in range(1, len(parts))]
        if any(other in self.files for other in above) or any(other.startswith(path + b"/") for other in self.files):
            return False
        return not (path in self.now.folders and path not in self.after.folders)

    def judge(self, got):
        for path in sorted(set(got.files) | set(self.files)):
            need(got.get(path) == self.files.get(path) or path in self.unknown and path not in got.files,
                 f"{path!r} is {short(got.get(path))}, not {short(self.files.get(path))}; before {short(self.before.get(path))}"
                 f"{'' if path in self.before.covered else ' (hidden)'}, after {short(self.after.get(path))}"
                 f"{'' if path in self.after.covered else ' (hidden)'}, then {short(self.now.get(path))}")
        for name in ("head", "refs", "operations"):
            need(getattr(got, name) == getattr(self, name), f"{name}: {getattr(got, name)!r}, not {getattr(self, name)!r}")
        need(got.index == self.index, f"the index: {list(set(got.index or []) ^ set(self.index or []))[:4]}")
        self.judge_folders(got)

    def was_emptied(self, folder):
        """By the user, so that it is the user's."""
        return any(path.startswith(folder + b"/") for path in self.after.files) and \
            not any(path.startswith(folder + b"/") for path in self.now.files)

    def judge_folders(self, got):
        full = {path[:at] for path in self.files for at in range(len(path)) if path[at:at + 1] == b"/"}
        before, after, now = self.before.folders, self.after.folders, self.now.folders
        filled = {path[:at] for path in self.before.files for at in range(len(path)) if path[at:at + 1] == b"/"}
        hidden = self.before.hidden | self.after.hidden | self.now.hidden
        for path in sorted(set(before) | set(after) | set(now) | set(got.folders)):
            if path.startswith(b"embedded") or path in self.unknown or any((path + b"/").startswith(other + b"/") or other.startswith(path + b"/") for other in hidden):
                continue
            is_there = path in got.folders
            if path in full:
                need(is_there, f"the folder {path!r} is missing")
            elif path in before and not (path in after and path not in now) and path not in filled:
                need(is_there or any((path + b"/").startswith(other + b"/") for other in self.files), f"the empty folder {path!r} is missing")
            elif path in after and path not in before and not self.was_emptied(path) and not any(
                    other.startswith(path + b"/") and other in now and (other not in after or self.was_emptied(other))
                    for other in got.folders):
                need(not is_there, f"the folder {path!r} that the run made is there")
            if is_there and path in before and (path not in now or now[path] == after.get(path)):
                need(got.folders[path] == before[path], f"the folder {path!r} has the mode {got.folders[path]:o}, not {before[path]:o}")


# ---- A case ---------------------------------------------------------------------------------------


class Case:
    def __init__(self, setup, n):
        self.setup, self.n = setup, n
        self.rng = random.Random(f"{setup.seed}:{n}")
        self.kind = self.rng.choice(KINDS)
        self.dir = os.path.join(setup.top, str(n))
        self.repo = os.path.join(self.dir, "repo")
        self.env = {"PATH": os.environ["PATH"], "HOME": os.path.join(self.dir, "home"), "TMPDIR": self.dir, "TZ": "UTC",
                    "LC_ALL": "C.UTF-8", "TERM": "dumb", "GIT_CONFIG_NOSYSTEM": "1", "FAULT_MARK": self.dir}
        self.said = []
        self.written = {}  # by the user beside the rollback: content by path

    def close(self):
        subprocess.run(["chmod", "-R", "u+rwX", self.dir], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.dir, ignore_errors=True)

    def wf(self, *words, kill_at=None):
        command = [self.setup.program, *words]
        if kill_at is not None:
            command = [self.setup.injector, "-o", os.path.join(self.dir, "report"), "kill", str(kill_at), "--", *command]
        try:
            done = subprocess.run(command, cwd=self.repo, env=self.env, timeout=180, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except subprocess.TimeoutExpired as expired:
            raise Loss(f"'{' '.join(words)}' hangs") from expired
        text = done.stdout.decode(errors="replace")
        self.said.append(f"$ {' '.join(words)}{f' (killed at {kill_at})' if kill_at is not None else ''}: {done.returncode}\n{text}")
        return done.returncode, text

    def look(self):
        state = State(self.repo)
        folders = b"\0".join(path + b"/" for path in state.folders) + b"\0"
        state.hidden = {path.rstrip(b"/") for path in git(self.repo, "check-ignore", "--no-index", "-z", "--stdin", check=False, text=folders).split(b"\0")
                        if path}
        return state

    def write_workflow(self):
        steps = []
        for n in range(self.rng.randint(1, 3)):
            command = f"{EDIT} . {self.setup.seed} {self.n}.{n}"
            if self.kind == "beside step":
                command = f"{EDIT} . {self.setup.seed} {self.n}.{n}.user & {command}; wait"
            steps.append(f"  - {{id: s{n}, run: '{command}'{f', needs: [s{n - 1}]' if n else ''}}}\n")
        os.makedirs(os.path.join(self.repo, ".workflows"))
        with open(os.path.join(self.repo, ".workflows/w.yml"), "w") as file:
            file.write(f"rollback: {{strategy: {self.rng.choice(('run', 'run', 'step'))}}}\nsteps:\n{''.join(steps)}")

    def edit(self, mark):
        return Editor(self.repo, self.rng, mark).do(self.rng.randint(1, 6))

    def edit_beside(self, stop):
        """Whole files only: what was read first and then written over is the user's own loss."""
        editor = Editor(self.repo, random.Random(f"{self.setup.seed}:{self.n}:beside"), b"beside")
        while not stop.is_set():
            path = editor.pick() or b"beside"
            content = editor.content()
            try:
                with open(editor.whole(path) + b".beside", "wb") as file:
                    file.write(content)
                os.rename(editor.whole(path) + b".beside", editor.whole(path))
                self.written[path] = content
            except OSError:
                pass
            stop.wait(0.003)

    def roll(self, command):
        """Its exit status, in the end."""
        if self.kind.startswith("killed"):
            for _ in range(self.rng.randint(1, 3)):
                status, _ = self.wf(command, kill_at=self.rng.randrange(CALLS))
                if status != 0:
                    raise RuntimeError("the injector failed")
                with open(os.path.join(self.dir, "report"), errors="backslashreplace") as report:
                    end = report.read().split("\n")[-2]
                if end != "signal 9":
                    return int(end.split()[1])
            if not os.path.exists(os.path.join(self.repo, ".git/wf/rollback.json")):
                return None  # before it began, or after its end: the look says which
            return self.wf("rollback")[0]
        if self.kind == "beside rollback" and command == "rollback":
            stop = threading.Event()
            user = threading.Thread(target=self.edit_beside, args=(stop,))
            user.start()
            status, _ = self.wf(command)
            stop.set()
            user.join()
            return status
        return self.wf(command)[0]

    def roll_for_sure(self, command, begin):
        status = self.roll(command)
        if status is None and not self.has_finished(command, begin):
            status = self.wf(command)[0]
        need(status in (0, 5, None), f"'{command}' exits {status}")
        return status

    def has_finished(self, command, begin):
        """By its undo note: it leads away from a later snapshot than the one of before."""
        return self.undo_note() != begin

    def undo_note(self):
        try:
            with open(os.path.join(self.repo, ".git/wf/undo.json"), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def judge_bytes(self, states):
        """Whoever's bytes, they are in the tree or under refs/wf."""
        objects = git(self.repo, "rev-list", "--objects", "--no-object-names", "--glob=refs/wf/*").split()
        objects, tree = set(objects), self.look()
        there = {value[2] for value in tree.files.values() if value}
        wanted = {(path, value[2]) for state in states for path, value in state.files.items() if path in state.covered and value}
        wanted |= set(self.written.items())
        for path, content in wanted:
            oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest().encode()
            need(content in there or oid in objects, f"the bytes of {path!r} are nowhere: {content[:60]!r}")

    def judge_leftovers(self):
        where = os.path.join(self.repo, ".git")
        for name in ("wf/rollback.json", "index.lock", "HEAD.lock"):
            need(not os.path.exists(os.path.join(where, name)), f"left: .git/{name}")
        runs = os.path.join(self.repo, "cortex-brain/workflows")
        for run in os.listdir(runs):
            need(not os.path.exists(os.path.join(runs, run, "rollback")), f"left: {run}/rollback")
        if self.n % 8 == 0:
            odd = [word for name in ("Blob", "LineLength", "Symlink", "Large") for word in ("-c", f"fsck.gitattributes{name}=ignore")]
            said = subprocess.run(["git", *odd, "-c", "fsck.gitignoreSymlink=ignore", "fsck", "--no-dangling", "--no-progress"], cwd=self.repo, capture_output=True, text=True, errors="backslashreplace")
            need(not said.returncode, f"git fsck: {said.stderr}")

    def run(self):
        make(self.repo, self.env["HOME"], self.rng)
        self.write_workflow()
        before = self.look()
        status, text = self.wf("run", "w")
        need(status == 0, f"the run exits {status}")
        if not git(self.repo, "for-each-ref", "refs/wf"):
            raise Loss("the run took no snapshot")
        after = self.look()
        if "edited" in self.kind:
            self.edit(b"since")
        now = self.look()
        note = self.undo_note()
        status = self.roll_for_sure("rollback", note)
        back = self.look()
        if self.kind != "beside rollback":
            expected = Expected(before, after, now)
            expected.judge(back)
            need(not expected.left or status in (5, None), f"exit {status}, but left: {expected.left}")
        self.judge_bytes((now, back))
        self.undo(now, back)

    def undo(self, now, back):
        if self.kind == "edited" and self.rng.random() < 0.5:
            self.edit(b"again")
            then = self.look()
            self.roll_for_sure("undo", self.undo_note())
            Expected(now, back, then).judge(self.look())
            self.judge_bytes((now, back, then))
        else:
            self.roll_for_sure("undo", self.undo_note())
            undone = self.look()
            if self.kind != "beside rollback":
                Expected(now, back, back).judge(undone)
            self.judge_bytes((now, back))
            if self.rng.random() < 0.5:
                self.roll_for_sure("undo", self.undo_note())
                if self.kind != "beside rollback":
                    Expected(back, undone, undone).judge(self.look())
        self.judge_leftovers()


# ---- Running them ---------------------------------------------------------------------------------

setup = None


class Setup:
    def __init__(self, options, top):
        self.program = os.path.abspath(options.program)
        self.injector = os.path.abspath(os.path.join(options.tools, "inject"))
        self.seed, self.top, self.keeps, self.is_verbose = options.seed, top, options.keep, options.verbose


def judge(what):
    case, loss = Case(setup, what[2]), None
    os.environ.update(HOME=case.env["HOME"], GIT_CONFIG_NOSYSTEM="1", LC_ALL="C.UTF-8")
    try:
        os.makedirs(case.dir)
        case.run()
    except Loss as lost:
        loss = f"{case.kind}: {lost}" + ("\n" + "".join(case.said) if setup.is_verbose else "")
    except Exception as error:  # the test's own
        loss = f"{case.kind}: {type(error).__name__}: {error}" + ("\n" + "".join(case.said) if setup.is_verbose else "")
    finally:
        if not (loss and setup.keeps):
            case.close()
    return (case.kind, *what[1:]), "0 -", loss


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/git-wf")
    parser.add_argument("--tools", default="build/tests/fault", help="where inject is")
    parser.add_argument("--out", default="build/fault")
    parser.add_argument("--dir", help="where the repositories are made (default: /dev/shm, else TMPDIR)")
    parser.add_argument("--cases", type=int, default=1200)
    parser.add_argument("--seconds", type=float, default=0, help="0: all cases")
    parser.add_argument("--floor", type=int, default=0, help="fewer cases are a failure (default: what was asked for)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("--first", action="store_true", help="stop at the first loss")
    parser.add_argument("--keep", action="store_true", help="the repositories of losses")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--case", type=int, help="only this one")
    return parser.parse_args()


def main():
    global setup
    options = read_options()
    if not options.dir:
        options.dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
    options.floors = {"reversal": options.floor or (1 if options.seconds or options.case is not None else options.cases)}
    for name in [name for name in os.environ if name.startswith(("GIT_", "WF_", "XDG_"))]:
        del os.environ[name]
    top = tempfile.mkdtemp(prefix="wf-reversal.", dir=options.dir)
    setup = Setup(options, top)
    points = [("case", "reversal", n) for n in ([options.case] if options.case is not None else range(options.cases))]
    try:
        with multiprocessing.Pool(options.jobs) as pool:
            figures = {"reversal": run_points("reversal", points, options, lambda todo: feed(pool, options.jobs, judge, todo))}
    finally:
        if options.keep:
            print(f"# kept: {top}")
        else:
            shutil.rmtree(top, ignore_errors=True)
    return report_sweeps(figures, options)


if __name__ == "__main__":
    sys.exit(main())
