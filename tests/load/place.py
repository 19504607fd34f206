"""A repository of its own, commands in it with what they cost, and what must hold of all that is in it.

The judgement uses nothing of git-wf: files, the journal as plain JSON, /proc, and git.
"""

import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fault"))

from point import Loss, need  # noqa: F401: for all parts
from scenario import git


class Result:
    """`cpu` is the seconds that the processors worked: what it takes where nobody else is at work."""

    def __init__(self, words, status, seconds, cpu, kib, out, err):
        self.words, self.status, self.seconds, self.cpu, self.kib, self.out, self.err = words, status, seconds, cpu, kib, out, err

    def need(self, *statuses):
        need(self.status in statuses, f"'{' '.join(self.words)}' exits with {self.status}: {self.err[-600:]}{self.out[-300:]}")
        return self

    def need_cost(self, seconds, mib):
        what = f"'{' '.join(self.words)}' takes"
        took = min(self.seconds, self.cpu)
        need(took <= seconds, f"{what} {took:.2f} s, more than {seconds:g}")
        need(self.kib <= mib * 1024, f"{what} {self.kib / 1024:.0f} MiB, more than {mib}")
        return self


class Place:
    def __init__(self, program, tools, directory):
        self.program, self.dir = os.path.abspath(program), directory
        self.evil = os.path.abspath(os.path.join(tools, "evil"))
        self.repo, self.tmp = os.path.join(directory, "repo"), os.path.join(directory, "tmp")
        self.runs_dir = os.path.join(self.repo, "cortex-brain/workflows")
        self.env = {"PATH": os.path.dirname(self.program) + ":" + os.environ["PATH"], "HOME": directory,
                    "TMPDIR": self.tmp, "TZ": "UTC", "LC_ALL": "C.UTF-8", "TERM": "dumb",
                    "GIT_CONFIG_NOSYSTEM": "1"}
        for path in (self.tmp, os.path.join(self.repo, ".workflows")):
            os.makedirs(path)
        git(self.repo, "init", "-q", "--template=", "-b", "main", ".")
        git(self.repo, "commit", "-q", "--allow-empty", "-m", "start")

    def write(self, path, text):
        whole = os.path.join(self.repo, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w") as file:
            file.write(text)

    def read(self, path):
        with open(os.path.join(self.repo, path)) as file:
            return file.read()

    def start(self, *words, **more):
        return subprocess.Popen([self.program, *words], cwd=self.repo, env=self.env, stdin=subprocess.DEVNULL, **more)

    def wf(self, *words):
        """A Result; its cost is that of the program, and of nothing around it."""
        out, err, report = (os.path.join(self.dir, name) for name in ("out", "err", "report"))
        if os.path.exists(report):
            os.unlink(report)
        with open(out, "wb") as out_file, open(err, "wb") as err_file:
            child = subprocess.Popen([self.evil, "run", report, self.program, *words], cwd=self.repo, env=self.env,
                                     stdin=subprocess.DEVNULL, stdout=out_file, stderr=err_file)
        while not os.path.exists(report):
            need(child.poll() is None, f"'{' '.join(words)}' could not be started")
            time.sleep(0.0005)
        child.kill()
        child.wait()
        status, kib, _, took_ns, cpu_us = map(int, open(report).read().split())
        said = [open(path, errors="replace").read() for path in (out, err)]
        return Result(words, status, took_ns / 1e9, cpu_us / 1e6, kib, *said)

    # ---- Looking ----

    def run_ids(self):
        if not os.path.isdir(self.runs_dir):
            return []
        return sorted(name for name in os.listdir(self.runs_dir) if os.path.isdir(os.path.join(self.runs_dir, name)))

    def journal(self, run):
        """Its events; each line has to be whole, and in its place."""
        events = []
        with open(os.path.join(self.runs_dir, run, "journal.ndjson"), errors="replace") as file:
            for line in file:
                events.append(json.loads(line))
                need(line.endswith("\n") and events[-1]["seq"] == len(events), f"the journal of {run} has a gap at {len(events)}")
        return events

    def history(self):
        with open(os.path.join(self.runs_dir, "history.ndjson")) as file:
            return [json.loads(line) for line in file]

    def need_whole_files(self):
        """No damaged file, no temporary one."""
        try:
            for run in self.run_ids():
                need(self.journal(run), f"the journal of {run} is empty")
                for name in ("workflow.json", "results.json"):
                    with open(os.path.join(self.runs_dir, run, name)) as file:
                        json.load(file)
            self.history()
        except (OSError, ValueError) as error:
            raise Loss(f"a damaged file: {error}") from error
        left = self.temporary_files()
        need(not left, f"temporary files: {left[:5]}")
        git(self.repo, "fsck", "--strict")

    def state_files(self):
        for top in (self.runs_dir, os.path.join(self.repo, ".git/wf")):
            for directory, _, names in os.walk(top):
                for name in names:
                    yield os.path.join(directory, name)

    def temporary_files(self):
        found = [path for path in self.state_files() if path.endswith(".tmp") or ".damaged" in path]
        return found + [os.path.join(self.tmp, name) for name in os.listdir(self.tmp)]


def size_of(path):
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(directory, name))
               for directory, _, names in os.walk(path) for name in names)
