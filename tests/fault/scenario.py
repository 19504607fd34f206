"""Small workflows in real repositories, and what must hold of them in the end.

A scenario is a repository (a template that each point gets a copy of), commands that prepare the copy,
the command that meets the fault, and the files that must be there once a later run has passed. Steps
write their id to $FAULT_RAN when they begin; a file named by $FAULT_FAIL or $FAULT_SLOW makes some of
them fail or sleep.
"""

import hashlib
import json
import os
import shutil
import subprocess


class Loss(Exception):
    """A promise that was not kept."""


LOG = 'echo %s >>"$FAULT_RAN"; '


def step(name, command, **keys):
    text = f"  - {{id: {name}, run: '{LOG % name}{command}'"
    for key, value in keys.items():
        text += f", {key}: {value}"
    return text + "}\n"


COMPILED = "steps:\n" + "".join((
    step("a", "cat src/a > out/a", inputs="[src/a]", outputs="[out/a]"),
    step("b", "cat src/b > out/b; echo said b", inputs="[src/b]", outputs="[out/b]"),
    step("c", "cat out/a out/b > out/c", inputs="[out/a, out/b]", outputs="[out/c]"),
    step("lint", "test -s out/c", inputs="[out/c]"),
))
PLAIN = COMPILED + step("d", 'echo value=7 >>"$WF_OUTPUT"', needs="[c]")
FAILING = COMPILED + step("d", 'test ! -e "$FAULT_FAIL"', needs="[c]") + \
    step("e", "cat out/c > out/e", needs="[d]", inputs="[out/c]", outputs="[out/e]")
RETRYING = "steps:\n" + "".join((
    step("a", 'cat src/a > out/a; echo x >>"$FAULT_RAN.tries"; test $(wc -l <"$FAULT_RAN.tries") -gt 2',
         inputs="[src/a]", outputs="[out/a]", retry="{attempts: 5, delay: 2ms}"),
    step("b", "cat out/a > out/b", inputs="[out/a]", outputs="[out/b]"),
    step("d", ":", needs="[b]"),
))
PARALLEL = "max_parallel: 2\nsteps:\n" + \
    step("f", "cat src/a > out/f-${each.n}", foreach="{n: [1, 2, 3]}", inputs="[src/a]",
         outputs='["out/f-${each.n}"]') + \
    step("b", "cat src/b > out/b", inputs="[src/b]", outputs="[out/b]") + \
    step("c", "cat out/f-1 out/f-2 out/f-3 > out/c", inputs="[out/f-1, out/f-2, out/f-3]",
         outputs="[out/c]")
CHECKPOINTS = "rollback: {checkpoints: [{after: a}, {before: c}]}\n" + PLAIN
# Longer than the 100 ms after which the journal is synced by a thread.
SYNCED = "steps:\n" + "".join((
    step("a", "cat src/a > out/a", inputs="[src/a]", outputs="[out/a]"),
    step("s", "sleep 0.15; cat out/a > out/s", inputs="[out/a]", outputs="[out/s]"),
))
# A large file, a link, an executable, one in a folder of its own.
KINDS = "steps:\n" + "".join((
    step("a", "cat src/a > out/a", inputs="[src/a]", outputs="[out/a]"),
    step("k", "head -c 70000 /dev/zero > out/big; ln -sf a out/link; cat out/a > out/tool; chmod +x out/tool; "
         "mkdir -p out/dir; cat out/a > out/dir/x", inputs="[out/a]",
         outputs="[out/big, out/link, out/tool, out/dir/x]"),
))
KINDS_OUTPUTS = {"out/a": b"of a\n", "out/big": bytes(70000), "out/link": b"of a\n", "out/tool": b"of a\n",
                 "out/dir/x": b"of a\n"}
ONCE = "steps:\n" + "".join((
    step("a", "cat src/a > out/a", inputs="[src/a]", outputs="[out/a]"),
    step("o", ":", needs="[a]", idempotent="false"),
    step("c", "cat out/a > out/c", needs="[o]", inputs="[out/a]", outputs="[out/c]"),
))
ORPHANS = "steps:\n" + "".join((
    step("a", "cat src/a > out/a", inputs="[src/a]", outputs="[out/a]"),
    step("s", 'test ! -e "$FAULT_SLOW" || { sleep 60 & setsid sleep 60 & sleep 60; }; cat out/a > out/s',
         inputs="[out/a]", outputs="[out/s]"),
))

# Of the two in the group one takes long, and fails.
GROUP = "max_parallel: 2\nsteps:\n" + step("a", "cat src/a > out/a", inputs="[src/a]", outputs="[out/a]") + (
    "  - id: g\n    wait_for: any\n    needs: [a]\n    steps:\n"
    "      - {id: slow, run: 'sleep 4; exit 1', outputs: [out/slow]}\n"
    "      - {id: quick, run: 'echo g >>\"$FAULT_RAN\"; cat out/a > out/g', inputs: [out/a], outputs: [out/g]}\n"
) + step("c", "cat out/g > out/c", needs="[g]", inputs="[out/g]", outputs="[out/c]")
GATED = ("requires: [{files: [src/a]}, {run: 'echo q >>\"$FAULT_RAN\"; test -e src/b'}]\n"
         "ensures: [{files: [out/c]}, {run: 'test -s out/c'}]\nsteps:\n") + "".join((
    step("a", "cat src/a > out/a", inputs="[src/a]", outputs="[out/a]", requires="[{files: [src/a]}, {run: 'test -s src/a'}]"),
    step("c", "cat out/a > out/c", inputs="[out/a]", outputs="[out/c]", ensures="[{run: 'test -s out/c'}, {files: [out/c]}]"),
))
HANDLED = ("on_failure: [told]\non_success: [told]\nerror_handlers:\n  told: {run: 'echo told >>\"$FAULT_RAN\"'}\n"
           "finally:\n  - {id: f, run: 'echo f >>\"$FAULT_RAN\"'}\n") + COMPILED + \
    step("d", 'test ! -e "$FAULT_FAIL"', needs="[c]", on_failure="[h]") + step("h", ":") + \
    step("e", "cat out/c > out/e", needs="[d]", inputs="[out/c]", outputs="[out/e]")
ASKING = "steps:\n" + step("a", "cat src/a > out/a", inputs="[src/a]", outputs="[out/a]") + \
    "  - {id: q, needs: [a], ask: {question: Which?, choices: [x, y], default: x}}\n" + \
    "  - {id: y, needs: [a], approve: Really?}\n" + \
    step("c", "cat out/a > out/c; echo ${steps.q.outputs.answer} > out/x", needs="[q, y]", inputs="[out/a]", outputs="[out/c, out/x]")
CONFINED = "steps:\n" + "".join((
    step("a", "cat src/a > out/a", inputs="[src/a]", outputs="[out/a]", sandbox="{network: none}"),
    step("c", "cat out/a > out/c", inputs="[out/a]", outputs="[out/c]", limits="{memory: 100M, files: 100}"),
))
# What it makes is not ignored, and goes away with a rollback.
TAKEN_BACK = "rollback: {strategy: run}\nsteps:\n" + "".join((
    step("a", "cat src/a > out/a", inputs="[src/a]", outputs="[out/a]"),
    step("m", "cat out/a > made; mkdir -p new/er; cat out/a > new/er/file; chmod +x src/b; rm changed", inputs="[out/a]"),
    step("d", 'test ! -e "$FAULT_FAIL"', needs="[m]"),
))

A, B = b"of a\n", b"of b\n"
OUTPUTS = {"out/a": A, "out/b": B, "out/c": A + B}


class Scenario:
    def __init__(self, name, text, outputs, cacheable, *, uncached=(), command=("run", "w"), prepare=(),
                 status=0, marks=(), must_run=(), limit_s=10, check=None, run=None, resume=("resume",)):
        self.name, self.text, self.outputs, self.status = name, text, outputs, status
        self.cacheable, self.uncached = set(cacheable), set(uncached)
        self.command, self.prepare = list(command), prepare
        self.marks, self.must_run, self.limit_s = marks, set(must_run), limit_s
        self.run = run or (self.command if command[0] == "run" else ["run", "w"])
        self.resume = resume
        self.check = check  # check(point, done): what else must hold, when the command may or must have done it


def remove(*paths):
    def act(point):
        for path in paths:
            whole = os.path.join(point.repo, path)
            if os.path.isdir(whole):
                shutil.rmtree(whole)
            elif os.path.exists(whole):
                os.unlink(whole)
    return act


def mark(name, there):
    def act(point):
        path = os.path.join(point.dir, name)
        if there:
            open(path, "w").close()
        else:
            os.unlink(path)
    return act


def write(path, content):
    def act(point):
        os.makedirs(os.path.dirname(os.path.join(point.repo, path)), exist_ok=True)
        with open(os.path.join(point.repo, path), "wb") as file:
            file.write(content)
    return act


def trusted(point, done):
    """The record is the old or the new one, whole; the new one once the command said so."""
    folder = os.path.join(point.dir, ".local/state/git-wf/trust")
    names = [name for name in os.listdir(folder) if not name.endswith(".tmp")]
    if len(names) != 1 or not names[0].endswith("-hooks.json"):
        raise Loss(f"records of trust: {names}")
    with open(os.path.join(folder, names[0])) as file:
        text = file.read()
    try:
        files = {file["path"]: file["sha256"] for file in json.loads(text)["files"]}
    except ValueError as error:
        raise Loss(f"a record of trust that is no JSON: {text[:200]}") from error
    now = {}
    for path in (".workflows/w.yml", ".workflows/actions/greet"):
        with open(os.path.join(point.repo, path), "rb") as file:
            now[path] = hashlib.sha256(file.read()).hexdigest()
    old = {path: digest for path, digest in now.items() if path.endswith("w.yml")}
    if files != now and (done or files != old):
        raise Loss(f"trusted is {files}, not {now}")
    if done and len(os.listdir(folder)) != 1:
        raise Loss(f"left in the folder of trust: {os.listdir(folder)}")


RUN = ["run", "w"]
ALL = "a b c lint".split()
SCENARIOS = {s.name: s for s in (
    Scenario("fresh", PLAIN, OUTPUTS, ALL, uncached="d", must_run=ALL + ["d"]),
    Scenario("noop", COMPILED, OUTPUTS, ALL, prepare=(RUN, RUN)),
    Scenario("cached", COMPILED, OUTPUTS, ALL, prepare=(RUN, RUN, remove(".git/wf/plans"))),
    Scenario("failing", FAILING, {**OUTPUTS, "out/e": A + B}, ALL + ["e"], uncached="d", status=1,
             marks=("fail",)),
    Scenario("retrying", RETRYING, {"out/a": A, "out/b": A}, "ab", uncached="d", must_run="abd"),
    Scenario("parallel", PARALLEL, {"out/f-1": A, "out/f-2": A, "out/f-3": A, "out/b": B, "out/c": A * 3},
             "fbc", command=("run", "w", "-j2"), must_run="fbc"),
    Scenario("restored", PLAIN, OUTPUTS, ALL, uncached="d", must_run="d",
             prepare=(RUN, remove("out/a", "out/b", "out/c"))),
    Scenario("resumed", FAILING, {**OUTPUTS, "out/e": A + B}, ALL + ["e"], uncached="d", must_run="de",
             prepare=(mark("fail", True), RUN, mark("fail", False)), command=("resume",)),
    Scenario("gc", COMPILED, OUTPUTS, ALL, command=("cache", "gc"),
             prepare=(RUN, write("src/a", b"once\n"), RUN, write("src/a", A), RUN, RUN + ["--force"])),
    Scenario("checkpoints", CHECKPOINTS, OUTPUTS, ALL, uncached="d", must_run=ALL + ["d"]),
    Scenario("synced", SYNCED, {"out/a": A, "out/s": A}, "as", must_run="as"),
    Scenario("kinds", KINDS, KINDS_OUTPUTS, "ak", must_run="ak"),
    Scenario("kinds-back", KINDS, KINDS_OUTPUTS, "ak", prepare=(RUN, remove(*KINDS_OUTPUTS, "out/dir"))),
    # What must not run twice.
    Scenario("once", ONCE, {"out/a": A, "out/c": A}, "ac", uncached="o", must_run="aoc"),
    Scenario("trust", COMPILED, OUTPUTS, ALL, command=("trust", "hooks"), check=trusted,
             prepare=(RUN, ["trust", "hooks"], write(".workflows/actions/greet", b"echo\n"))),
    Scenario("group", GROUP, {"out/a": A, "out/g": A, "out/c": A}, "ac", uncached="g", must_run="agc", command=("run", "w", "-j2")),
    Scenario("gated", GATED, {"out/a": A, "out/c": A}, "ac", must_run="ac"),
    Scenario("handled", HANDLED, {**OUTPUTS, "out/e": A + B}, ALL + ["e"], uncached="d", status=1, marks=("fail",)),
    Scenario("answered", ASKING, {"out/a": A, "out/c": A, "out/x": b"x\n"}, "ac", must_run="c", prepare=(RUN, ["answer", "latest", "q", "x"]),
             command=("approve", "latest", "y", "--resume"), run=RUN + ["--yes"], resume=("resume", "--yes")),
    Scenario("confined", CONFINED, {"out/a": A, "out/c": A}, "ac", must_run="ac"),
    Scenario("orphans", ORPHANS, {"out/a": A, "out/s": A}, "as", marks=("slow",), limit_s=0.25),
)}


def git(directory, *words):
    env = {"PATH": os.environ["PATH"], "HOME": directory, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b", *words], cwd=directory,
                          env=env, check=True, capture_output=True).stdout


def make_template(scenario, directory):
    """A repository with tracked, changed and untracked files of the user."""
    os.makedirs(os.path.join(directory, "src"))
    os.makedirs(os.path.join(directory, "out"))
    os.makedirs(os.path.join(directory, ".workflows"))
    files = {"src/a": A, "src/b": B, ".gitignore": b"out/\n", "changed": b"before\n",
             ".workflows/w.yml": scenario.text.encode()}
    for path, content in files.items():
        with open(os.path.join(directory, path), "wb") as file:
            file.write(content)
    git(directory, "init", "-q", "--template=", "-b", "main", ".")
    git(directory, "add", "-A")
    git(directory, "commit", "-qm", "start")
    for path, content in {"changed": b"after\n", "untracked": b"mine\n", "out/ignored": b"mine too\n"}.items():
        with open(os.path.join(directory, path), "wb") as file:
            file.write(content)
