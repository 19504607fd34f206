"""One point of a sweep: a copy of a scenario's repository, one fault, and the judgement after it.

The judgement uses nothing of git-wf: it reads files, the journal as plain JSON, /proc, and asks git.
"""

import itertools
import json
import os
import shutil
import subprocess
import time

from scenario import Loss, git

# What comes after the fault, before the next run.
NOTHING, RESUME, REMOVE_OUTPUTS, KILL_AGAIN = range(4)

USER_FILES = ("src/a", "src/b", "changed", "untracked", "out/ignored", ".gitignore", ".workflows/w.yml")


def need(holds, what):
    if not holds:
        raise Loss(what)


class Point:
    def __init__(self, setup, scenario, directory):
        self.setup, self.scenario, self.dir = setup, scenario, directory
        self.hit = None  # what the fault met
        self.repo = os.path.join(directory, "repo")
        self.ran_file = os.path.join(directory, "ran")
        self.mark = f"FAULT_MARK={directory}"
        self.env = {
            "PATH": os.environ["PATH"], "HOME": directory, "TMPDIR": directory, "TZ": "UTC",
            "LC_ALL": "C.UTF-8", "TERM": "dumb", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@b",
            "FAULT_MARK": directory, "FAULT_RAN": self.ran_file,
            "FAULT_FAIL": os.path.join(directory, "fail"), "FAULT_SLOW": os.path.join(directory, "slow"),
        }
        os.makedirs(directory)
        subprocess.run(["cp", "-a", setup.templates[scenario.name], self.repo], check=True)
        for act in scenario.prepare:
            if callable(act):
                act(self)
            else:
                self.wf(*act)
        for name in scenario.marks:
            open(os.path.join(directory, name), "w").close()
        self.before = self.user_files()
        self.old_lines = {path: self.lines(path) for path in self.journals().values()}

    def close(self):
        for pid in self.processes():
            os.kill(pid, 9)
        shutil.rmtree(self.dir, ignore_errors=True)

    # ---- Doing ----

    def wf(self, *words):
        """(exit status, both streams)"""
        try:
            done = subprocess.run([self.setup.program, *words], cwd=self.repo, env=self.env, timeout=10,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
        except subprocess.TimeoutExpired as expired:
            raise Loss(f"'{' '.join(words)}' hangs") from expired
        return done.returncode, done.stdout.decode(errors="replace")

    def inject(self, *fault):
        """(what was hit or None, how it ended, its text)"""
        report = os.path.join(self.dir, "report")
        said = os.path.join(self.dir, "said")
        with open(said, "wb") as out:
            done = subprocess.run(
                [self.setup.injector, "-o", report, "-t", str(self.scenario.limit_s), *map(str, fault), "--",
                 self.setup.program, *self.scenario.command],
                cwd=self.repo, env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        if done.returncode:
            raise RuntimeError(f"the injector failed: {open(said).read()}")
        lines = open(report, errors="replace").read().splitlines()
        hit = next((line[4:] for line in lines if line.startswith("hit ")), None)
        self.hit = self.hit or hit
        return hit, lines[-1], open(said, errors="replace").read()

    def starve(self, nth, words, how="one"):
        """Allocation `nth` fails, or it and all later ones: (exit status, text, how many there were or None)."""
        report = os.path.join(self.dir, "allocations")
        env = dict(self.env, LD_PRELOAD=self.setup.nomem, FAULT_ALLOC=f"{nth}{'+' if how == 'all' else ''}", FAULT_ALLOC_REPORT=report)
        try:
            done = subprocess.run([self.setup.program, *words], cwd=self.repo, env=env, timeout=10,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
        except subprocess.TimeoutExpired as expired:
            raise Loss("hangs") from expired
        n = int(open(report).read()) if os.path.exists(report) else None
        return done.returncode, done.stdout.decode(errors="replace"), n

    def record(self):
        report = os.path.join(self.dir, "report")
        subprocess.run([self.setup.injector, "-o", report, "-t", str(self.scenario.limit_s), "record", "--",
                        self.setup.program, *self.scenario.command],
                       cwd=self.repo, env=self.env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        lines = open(report, errors="replace").read().splitlines()
        return [int(line.split(" ", 1)[0]) for line in lines if line[:1].isdigit()], lines[-1]

    def unmark(self):
        for name in self.scenario.marks:
            path = os.path.join(self.dir, name)
            if os.path.exists(path):
                os.unlink(path)

    # ---- Looking ----

    def user_files(self):
        found = {}
        for name in USER_FILES:
            try:
                with open(os.path.join(self.repo, name), "rb") as file:
                    found[name] = file.read()
            except OSError:
                found[name] = None
        return found

    def ran(self):
        try:
            with open(self.ran_file) as file:
                return file.read().split()
        except FileNotFoundError:
            return []

    def journals(self):
        runs = os.path.join(self.repo, "cortex-brain/workflows")
        if not os.path.isdir(runs):
            return {}
        return {name: os.path.join(runs, name, "journal.ndjson") for name in os.listdir(runs)
                if os.path.isdir(os.path.join(runs, name))}

    def has_manifest(self):
        newest = max(self.journals().values(), key=lambda path: os.stat(os.path.dirname(path)).st_mtime_ns)
        return os.path.exists(os.path.join(os.path.dirname(newest), "workflow.json"))

    def newest_journal(self):
        path = max(self.journals().values(), key=lambda path: os.stat(path).st_mtime_ns)
        with open(path, "rb") as file:
            return file.read()

    def damage(self, at, bit):
        """Flips a bit of the newest journal; 8: cuts it there."""
        path = max(self.journals().values(), key=lambda path: os.stat(path).st_mtime_ns)
        with open(path, "rb") as file:
            text = bytearray(file.read())
        at = min(at, len(text) - 1)
        if bit == 8:
            del text[at:]
        else:
            text[at] ^= 1 << bit
        with open(path, "wb") as file:
            file.write(text)

    @staticmethod
    def lines(path):
        try:
            with open(path, "rb") as file:
                return file.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return []

    def acknowledged(self, also_before=False):
        """Steps that the journal of the run that met the fault says have passed: a whole line, JSON,
        that is all it takes. Or any journal."""
        passed = set()
        for path in self.journals().values():
            lines = self.lines(path)
            if lines == self.old_lines.get(path) and not also_before:
                continue
            for line in lines:
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                if event.get("type") == "step.end" and event.get("status") == "passed":
                    passed.add(event["step"])
        return passed

    def acknowledged_ids(self):
        """An item of a foreach counts as its step."""
        return {step.split("[")[0].split("/")[0] for step in self.acknowledged()}

    def processes(self):
        wanted = self.mark.encode()
        found = []
        for pid in os.listdir("/proc"):
            if not pid.isdigit() or int(pid) < self.setup.first_pid:
                continue
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    if wanted in file.read().split(b"\0"):
                        found.append(int(pid))
            except OSError:
                pass
        return found

    # ---- Judging ----

    def need_outputs(self, when, only=None):
        for path, content in self.scenario.outputs.items():
            if only is not None and path not in only:
                continue
            try:
                with open(os.path.join(self.repo, path), "rb") as file:
                    got = file.read()
            except OSError as error:
                raise Loss(f"{when}: {path}: {error.strerror}") from error
            need(got == content, f"{when}: {path} holds {got[:60]!r}")
            whole = os.path.join(self.repo, path)
            need(os.path.islink(whole) == path.endswith("link"), f"{when}: {path} is a link, or is none")
            need(os.access(whole, os.X_OK) == path.endswith("tool"), f"{when}: {path} can be run, or cannot")

    def need_user_files(self, when):
        now = self.user_files()
        for name, content in self.before.items():
            need(now[name] == content, f"{when}: the user's file '{name}' changed to {now[name]!r}")

    def need_no_processes(self, when):
        left = self.processes()
        if left:
            names = [open(f"/proc/{p}/cmdline").read().replace("\0", " ") if os.path.exists(f"/proc/{p}")
                     else "gone" for p in left]
            need(all(n == "gone" or not n for n in names), f"{when}: still alive: {names}")

    def age_temporaries(self):
        """gc spares what may be in use: what was written within the hour."""
        old = time.time() - 7200
        for where, _, names in itertools.chain(os.walk(self.repo), os.walk(os.path.join(self.dir, ".local"))):
            for name in names:
                if name.endswith((".tmp", ".lock")):
                    os.utime(os.path.join(where, name), (old, old), follow_symlinks=False)

    def need_no_temporaries(self, when):
        for top in (".git", "cortex-brain", "out", "src"):
            for where, _, names in os.walk(os.path.join(self.repo, top)):
                left = [n for n in names if n.endswith(".tmp") or n.endswith(".lock")]
                if self.scenario.name == "committed" and os.path.relpath(where, self.repo) in (".git", ".git/refs/heads"):
                    continue # git's hold on what is the user's, as after a commit of their own
                need(not left, f"{when}: left in {where[len(self.repo):]}: {left}")

    def passes(self, *words):
        status, text = self.wf(*words)
        need(status == 0, f"afterwards '{' '.join(words)}' exits {status}: {text}")
        return text

    def resume(self, kept):
        """What may be resumed is; what was acknowledged does not execute again."""
        had, before = len(self.ran()), self.acknowledged()
        status, text = self.wf(*self.scenario.resume)
        again = set(self.ran()[had:])
        # A run that ended before it could write down what it is leaves nothing that could go on.
        nothing = "no run was interrupted or failed" in text or (
            "has to be started again" in text and not self.has_manifest())
        if "--done o" in text and self.scenario.name == "once":
            status, text = self.wf("resume", "--retry", "o")
        need(status == 0 or nothing, f"resume exits {status}: {text}")
        if not nothing:
            need(not again & kept, f"resume executed {again & kept} again, acknowledged: {before}")
            self.need_outputs("after resume")
        return not nothing

    def afterwards(self, kept, variant, thorough):
        """The next commands work with no clean-up, lose nothing and end with the right files."""
        if variant == RESUME:
            self.resume(kept)
            self.need_no_processes("after resume")
        if variant == REMOVE_OUTPUTS:
            for path in self.scenario.outputs:
                if os.path.lexists(os.path.join(self.repo, path)):
                    os.unlink(os.path.join(self.repo, path))
        had = len(self.ran())
        self.passes(*self.scenario.run)
        again = set(self.ran()[had:]) & self.scenario.cacheable
        need(not again & kept, f"run executed {again & kept} again")
        self.need_outputs("after the next run")
        self.need_user_files("after the next run")
        self.need_no_processes("after the next run")
        had = len(self.ran())
        self.passes(*self.scenario.run)
        again = set(self.ran()[had:]) & self.scenario.cacheable
        need(not again, f"the run after the next one executed {again}")
        self.need_outputs("after the run after the next one")
        if thorough:
            try:
                need(not git(self.repo, "fsck", "--no-dangling"), "git fsck complains")
            except subprocess.CalledProcessError as failed:
                raise Loss(f"git fsck: {failed.stderr.decode(errors='replace')}") from failed
        self.age_temporaries()
        self.passes("cache", "gc")
        self.need_no_temporaries("after cache gc")
        if self.scenario.check:
            self.scenario.check(self, False)
            self.passes(*self.scenario.command)
            self.scenario.check(self, True)
