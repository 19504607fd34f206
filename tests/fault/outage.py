"""What the power cuts meet: commands that are recorded, and what of them has been promised to last.

A recording is a log of oplog for each command, one behind the other. Steps write their id to $FAULT_RAN,
which is not on the disk that is cut: there one sees what the world has seen.
"""

import copy
import json
import os
import subprocess
import time

from disk import Disk
from scenario import (A, ALL, B, CHECKPOINTS, COMPILED, FAILING, KINDS, KINDS_OUTPUTS, OUTPUTS, PARALLEL, PLAIN,
                      Scenario, step)

SYNC_WITHIN_S = 0.1  # of the journal, if no barrier comes before
SYNC_SLACK_S = 0.3   # a traced program on a busy machine

ONCE = COMPILED + step("d", "cat out/c >/dev/null", needs="[c]", idempotent="false") + \
    step("e", "cat out/c > out/e", needs="[d]", inputs="[out/c]", outputs="[out/e]")
TIMED = "steps:\n" + "".join((
    step("a", "cat src/a > out/a", inputs="[src/a]", outputs="[out/a]"),
    step("s", "sleep 0.6; cat out/a > out/s", inputs="[out/a]", outputs="[out/s]"),
))

# What is made is no output, and goes and comes.
ROLLED = "rollback: {}\n" + COMPILED + step("d", "echo x > made; rm -f src/b2; echo y > src/a2", needs="[c]")

KILLED = COMPILED + step("d", 'test ! -e "$FAULT_FAIL" || kill -9 $PPID; cat out/c >/dev/null', needs="[c]")

COMMITTED = COMPILED + step("d", "echo x > made", needs="[c]") + \
    "  - {id: save, needs: [d], commit: {message: made}}\n"

WF, RUN = "git-wf", ("git-wf", "run", "w")
REST = ("sleep", "0.05")  # the clock ticks: what is recorded from now on is not racy
SYNC = ("sync",)          # of all that there is: done in the log only
FAIL, MEND = ("touch", "../fail"), ("rm", "../fail")


def outage(name, text, outputs, cacheable, commands, **more):
    made = Scenario(name, text, outputs, cacheable, command=("run", "w"), **more)
    made.commands = commands
    return made


OUTAGES = {s.name: s for s in (
    outage("first", PLAIN, OUTPUTS, ALL, [RUN], uncached="d"),
    outage("again", COMPILED, OUTPUTS, ALL, [RUN, REST, RUN, REST, RUN]),
    outage("synced-first", COMPILED, OUTPUTS, ALL, [RUN, SYNC, RUN, ("rm", "out/a", "out/b"), RUN, REST, RUN]),
    outage("edited", PLAIN, {"out/a": b"new\n", "out/b": B, "out/c": b"new\n" + B}, ALL,
           [RUN, REST, ("sh", "-c", "echo new >src/a"), SYNC, RUN, REST, RUN], uncached="d"),
    outage("declared", CHECKPOINTS, OUTPUTS, ALL, [RUN], uncached="d"),
    outage("unsnapped", CHECKPOINTS.replace("{", "{strategy: none, ", 1), OUTPUTS, ALL, [RUN], uncached="d"),
    outage("resumed", FAILING, {**OUTPUTS, "out/e": A + B}, ALL + ["e"],
           [FAIL, RUN, MEND, (WF, "resume")], uncached="d"),
    outage("killed", KILLED, OUTPUTS, ALL, [FAIL, RUN, MEND, (WF, "resume")], uncached="d"),
    outage("aborted", FAILING, {**OUTPUTS, "out/e": A + B}, ALL + ["e"],
           [FAIL, RUN, MEND, (WF, "resume", "--abort")], uncached="d"),
    outage("once", ONCE, {**OUTPUTS, "out/e": A + B}, ALL + ["e"], [RUN], uncached="d"),
    outage("timed", TIMED, {"out/a": A, "out/s": A}, "as", [RUN]),
    outage("kinds", KINDS, KINDS_OUTPUTS, "ak", [RUN, REST, RUN, ("rm", *KINDS_OUTPUTS), RUN]),
    outage("gc", COMPILED, OUTPUTS, ALL,
           [RUN, ("sh", "-c", "echo once >src/a"), RUN, ("sh", "-c", "echo of a >src/a"), SYNC, (*RUN, "--force"),
            (WF, "cache", "gc"), RUN]),
    outage("rolled-back", ROLLED, OUTPUTS, ALL, [RUN, (WF, "rollback"), (WF, "undo"), (WF, "rollback")], uncached="d"),
    outage("committed", COMMITTED, OUTPUTS, ALL, [RUN], uncached="d"),
    outage("isolated", PLAIN, OUTPUTS, ALL, [(*RUN, "--isolate"), REST, (*RUN, "--isolate", "--force"), RUN], uncached="d"),
    outage("parallel", PARALLEL, {"out/f-1": A, "out/f-2": A, "out/f-3": A, "out/b": B, "out/c": A * 3}, "fbc",
           [(*RUN, "-j2")]),
)}


class Op:
    def __init__(self, line, data, is_ours=False):
        at, _, self.name, *self.words = line.split("\t")
        self.at_s, self.data = int(at) / 1e9, data
        if self.name == "exit" and not is_ours:
            self.words = ["128"]


class Recording:
    """Of a scenario, in a repository of its own, whose path is that of all the trees after a cut."""

    def __init__(self, point, tools, program):
        self.disk = Disk(point.repo)
        self.ops, self.ran_file = [], point.ran_file
        oplog = os.path.join(tools, "oplog")
        for words in point.scenario.commands:
            if words == SYNC:
                self.ops.append(Op("0\t0\tsync\tall", b""))
            elif words == REST:
                time.sleep(float(words[1]))
            else:
                self.record(point, oplog, words, program)
        self.check(point.repo)
        self.cuts = self.find_cuts()

    def record(self, point, oplog, words, program):
        words = [program if word == WF else word for word in words]
        log, data = os.path.join(point.dir, "log"), os.path.join(point.dir, "data")
        subprocess.run([oplog, "-o", log, "-d", data, "--", *words], cwd=point.repo, env=point.env,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(data, "rb") as file:
            written = file.read()
        with open(log) as file:
            self.ops += [Op(line.rstrip("\n"), written, words[0] == program) for line in file]

    def check(self, repo):
        """The log is whole: what it says is what is there."""
        disk, _ = self.at(len(self.ops))
        logged, found = disk.now(), Disk(repo).now()
        told = {path: content for path, (_, content, _) in logged.items()}
        real = {path: content for path, (_, content, _) in found.items()}
        for path in told.keys() | real.keys():
            if path not in told or path not in real or told[path] != real[path]:
                raise RuntimeError(f"the log of {repo} is not whole: '{path}' is another")

    def find_cuts(self):
        """After which operations: those that changed something."""
        disk, found = copy.deepcopy(self.disk), [0]
        for i, op in enumerate(self.ops):
            if op.name == "exit" or disk.apply(op.name, op.words, op.data):
                found.append(i + 1)
            elif op.name == "stat" and found[-1] == i: # part of the operation before
                found[-1] = i + 1
        return found

    def at(self, n):
        """The disk after n operations, and what must last from then on."""
        disk = copy.deepcopy(self.disk)
        promises = Promises(disk, self.ran_file)
        for op in self.ops[:n]:
            if op.name == "exit":
                promises.on_exit(int(op.words[0]))
            else:
                disk.apply(op.name, op.words, op.data)
                promises.on_op(op)
        return disk, promises


def snapshots_told(run, journal):
    """{ref: commit}"""
    told = {}
    for line in journal.split(b"\n")[:-1]:
        try:
            event = json.loads(line)
        except ValueError:  # torn, after a cut
            continue
        if event["type"] == "snapshot":
            for which in ("raw", "tree"):
                told[f"refs/wf/{run}/{event['number']}/{which}"] = event[which]
    return told


class Promises:
    """What was acknowledged as durable: a journal up to a length, and whole files.

	when a command ends by itself	all journals, workflow.json and results.json of all runs, checkpoints that
					were declared or made by a pause
	when a step is seen to begin	declared checkpoints, snapshots; if the step must not run twice, also the journal
	0.1 s after it was written	a line of a journal
    """

    def __init__(self, disk, ran_file):
        self.disk, self.ran_file = disk, ran_file
        self.journals, self.files = {}, {}  # path: bytes
        self.snapshots = {}  # ref: commit
        self.ran_inode, self.began = None, []
        self.young = []  # (when, path, length of journal)

    def paths(self):
        top = self.disk.look("cortex-brain/workflows")
        if top is None:
            return
        for (folder, name), file in list(self.disk.names.items()):
            if folder is top and file.is_dir:
                yield "cortex-brain/workflows/" + name, file

    def below(self, folder, name):
        return self.disk.names.get((folder, name))

    def on_exit(self, status):
        self.young = []
        if status >= 128:
            return
        self.note_journals()
        self.note_checkpoints()
        self.note_snapshots()
        self.note_head()
        for path, run in self.paths():
            for name in ("workflow.json", "results.json"):
                file = self.below(run, name)
                if file:
                    self.files[f"{path}/{name}"] = file.content()

    def note_journals(self):
        for path, run in self.paths():
            journal = self.below(run, "journal.ndjson")
            if journal:
                self.journals[path + "/journal.ndjson"] = journal.content()

    def note_head(self):
        """Where a step of the run commits."""
        head = self.disk.look(".git/refs/heads/main")
        self.snapshots["refs/heads/main"] = head.content().decode().strip()

    def note_snapshots(self):
        """Those that the journal tells of."""
        for path, run in self.paths():
            journal = self.below(run, "journal.ndjson")
            self.snapshots.update(snapshots_told(os.path.basename(path), journal.content() if journal else b""))

    def note_checkpoints(self):
        for path, run in self.paths():
            folder = self.below(run, "checkpoints")
            for (where, name), file in list(self.disk.names.items()):
                if where is not folder or name.startswith("."):
                    continue
                if json.loads(file.content())["kind"] in ("declared", "pause"):
                    self.files[f"{path}/checkpoints/{name}"] = file.content()

    def on_op(self, op):
        if op.name == "open" and op.words[2] == self.ran_file:
            self.ran_inode = op.words[1]
        if op.name != "write":
            return
        if op.words[0] == self.ran_inode:
            self.on_step(op)
        self.on_time(op)

    def on_step(self, op):
        at, length = int(op.words[3]), int(op.words[2])
        now = op.data[at:at + length].decode().split()
        self.began += now
        self.note_checkpoints()
        self.note_snapshots()
        for path, run in self.paths():
            journal = self.below(run, "journal.ndjson")
            known = journal.content() if journal else b""
            at = known.find(b'"type":"step.start","step":"d"')
            if b'"once":true' in known[at:] and "d" in now:
                self.journals[path + "/journal.ndjson"] = known[:known.index(b"\n", at) + 1]

    def on_time(self, op):
        """A line of a journal was written; those that are old enough must last."""
        for path, run in self.paths():
            journal = self.below(run, "journal.ndjson")
            if journal and journal is self.disk.files.get(int(op.words[0])):
                self.young.append((op.at_s, path + "/journal.ndjson", len(journal.content())))
        while self.young and op.at_s - self.young[0][0] > SYNC_WITHIN_S + SYNC_SLACK_S:
            _, path, length = self.young.pop(0)
            known = self.journals.get(path, b"")
            now = self.disk.look(path).content()
            if length > len(known):
                self.journals[path] = now[:length]
