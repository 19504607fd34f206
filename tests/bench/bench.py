#!/usr/bin/env python3
"""`make bench`: git wf against ninja, make, samurai and the physical limits of this machine.

The tools take turns inside each repetition, so that a slow minute of the machine hits them all; the
figure of a row is the median, a gate is judged by the lower 95 % bound of the ratio over the pairs
(or of the milliseconds, where the gate is absolute). After every run the outputs that were written
are counted: a fast tool that skipped work shows. A peer that is not here is replaced by another and
the factor between the two that was measured once (EQUIVALENT); it is marked with '~'.

Samurai is found on PATH or in $WFBENCH_SAMU; make, ninja and tup likewise.
"""
import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import timing
from timing import BenchError, bounds, format_ms, ratio_bounds
from work import TOOLS, GitWf, Graph, put

# (row's kind, absent peer) -> (peer that is here, absent/present)
EQUIVALENT = {
    ("cold", "samu"): ("ninja", 0.98), ("noop", "samu"): ("ninja", 0.76),
    ("leaf", "tup"): ("make", 0.34),
}

ROWS = {}


def row(name, *gates, kind=None, what=""):
    """A gate is ("ratio", peer, limit), ("ms", limit), ("mib", limit) or ("zero",)."""
    def register(function):
        ROWS[name] = {"name": name, "function": function, "gates": gates, "kind": kind, "what": what}
        return function
    return register


class Project:
    """One tool's copy of the work."""

    def __init__(self, bench, tool, root):
        self.bench, self.tool, self.root = bench, tool, root
        shutil.rmtree(root, ignore_errors=True)
        os.makedirs(root)
        tool.prepare(root)

    def run(self):
        return self.bench.run(self.tool.run(), self.root)


class Session:
    def __init__(self, options):
        self.options = options
        self.bench = timing.Bench(options.out, options.timeout)
        self.work = os.path.join(options.out, "work")
        self.reps = options.repetitions
        wanted = options.tools.split(",")
        os.environ["WFBENCH_GIT_WF"] = os.path.abspath(options.program)
        tools = [c(options.jobs) for c in TOOLS if c.name in wanted or c is GitWf]
        self.tools = [t for t in tools if t.program and self.can_measure(t)]
        self.graphs = {}

    def can_measure(self, tool):
        why = tool.why_not()
        if why:
            self.note(f"left out: {tool.name} does not work here: {why}")
        return not why

    def note(self, text):
        print(text, file=sys.stderr, flush=True)

    def graph(self, n, mode):
        """(graph, {tool: project}), built once and left up to date."""
        if (n, mode) not in self.graphs:
            self.note(f"  building {mode} {n} with each tool")
            g = Graph(n, mode)
            projects = {}
            for tool in self.tools:
                p = Project(self.bench, tool, f"{self.work}/{mode}{n}/{tool.name}")
                g.write_inputs(p.root)
                tool.write(g, p.root)
                tool.forget(p.root)
                p.run()
                p.built = g.outputs(p.root)
                if p.built != n:
                    raise BenchError(f"{tool.name}: {p.built} of {n} outputs after a cold run")
                projects[tool.name] = p
            self.graphs[(n, mode)] = (g, projects)
        return self.graphs[(n, mode)]

    def interleave(self, projects, before, floor=None, count=None, expect=None):
        """Samples by tool over the repetitions, each after before(project, repetition). With
        `count`, what it gives after a run is compared with expect(tool)."""
        samples = {name: [] for name in projects}
        if floor:
            samples["floor"] = []
        names = list(samples)
        for rep in range(self.reps):
            # Another one goes first each time.
            for name in names[rep % len(names):] + names[:rep % len(names)]:
                if name == "floor":
                    samples[name].append(floor())
                    continue
                project = projects[name]
                # A file system's clock ticks every 4 ms; tools compare times of files, tup in
                # whole seconds: without the first wait it would not see the change.
                time.sleep(project.tool.clock_s)
                before(project, rep)
                time.sleep(0.02)
                since_ns = time.time_ns() - 8_000_000
                sample = project.run()
                if count:
                    sample["written"] = count(project, since_ns)
                    want = expect(project.tool)
                    if want is not None and sample["written"] != want:
                        self.note(f"  # {name}: {sample['written']} outputs written, expected {want}")
                        sample["wrong"] = True
                samples[name].append(sample)
        return samples

    def graph_row(self, n, mode, before, expect, floor=None, only=None, settle=True):
        g, projects = self.graph(n, mode)
        projects = {k: p for k, p in projects.items() if not only or only(p.tool)}
        if settle:
            for p in projects.values():
                p.run()
                p.run()
        floor_root = f"{self.work}/{mode}{n}/{next(iter(projects))}"
        samples = self.interleave(
            projects, lambda p, rep: before(g, p, rep),
            (lambda: self.bench.floor(floor_root, *floor)) if floor else None,
            lambda p, since_ns: g.outputs(p.root, since_ns), expect)
        for p in projects.values():
            if g.outputs(p.root) != n:
                raise BenchError(f"{p.tool.name}: outputs are missing after the row")
        return samples


# ---- Rows -------------------------------------------------------------------------------------

def forget_all(graph, project, _rep):
    project.tool.forget(project.root)
    graph.set_outputs_aside(project.root)


def cold(session, mode, floor):
    n = session.options.cold_steps
    return session.graph_row(n, mode, forget_all, lambda tool: n,
                             floor=(floor, n, session.options.jobs), settle=False,
                             only=lambda tool: tool.name != "tup")


@row("cold-shell", ("ratio", "samu", 1.15), kind="cold", what="nothing built, a shell per step, N=1000")
def cold_shell(session):
    return cold(session, "sh", "sh")


@row("cold-simple", ("ratio", "make", 1.05), ("ratio", "ninja", 1.0), kind="cold",
     what="nothing built, simple commands, N=1000")
def cold_simple(session):
    return cold(session, "cp", "cp")


def noop(session, n):
    return session.graph_row(n, "cp", lambda g, p, rep: None, lambda tool: 0, floor=("stat", n))


@row("noop-100", ("ms", 2.0), kind="noop", what="nothing changed, N=100")
def noop_100(session):
    return noop(session, 100)


@row("noop-1000", ("ratio", "samu", 1.0), kind="noop", what="nothing changed, N=1000")
def noop_1000(session):
    return noop(session, 1000)


@row("noop-10000", ("ratio", "ninja", 0.9), ("mib", 16), kind="noop",
     what="nothing changed, N=10000, and its peak memory")
def noop_10000(session):
    return noop(session, 10000)


@row("leaf", ("ratio", "tup", 1.0), kind="leaf",
     what="one input's content, dependents' outputs unaffected, N=1000")
def leaf(session):
    def expect(tool):
        # The leaf and the two that declare its output; tup sees that these do not read it.
        return {"git-wf": 3, "tup": 1}.get(tool.name, 55)
    return session.graph_row(1000, "cp", lambda g, p, rep: g.change_leaf(p.root, f"l{rep}"), expect)


@row("leaf-propagates", ("ratio", "make", 1.1), kind="leaf",
     what="one input's content, 55 steps must run, N=1000")
def leaf_propagates(session):
    return session.graph_row(1000, "cat", lambda g, p, rep: g.change_leaf(p.root, f"p{rep}"),
                             lambda tool: 55)


@row("touch", ("ms", 30), kind="touch", what="times of all inputs, no content, N=1000")
def touch(session):
    return session.graph_row(1000, "cp", lambda g, p, rep: g.touch_all(p.root),
                             lambda tool: 0 if tool.by_content else None, floor=("hash", 1000),
                             only=lambda tool: tool.by_content or tool.name == "make")


@row("restore", ("ms", 200), kind="restore", what="1000 outputs deleted, cache kept")
def restore(session):
    return session.graph_row(1000, "cp", lambda g, p, rep: g.clear_outputs(p.root),
                             lambda tool: 1000, floor=("copy", 1000),
                             only=lambda tool: tool.restores)


def inputs_projects(session, name, pattern, write, only):
    """One step over large inputs, for each tool."""
    projects = {}
    for tool in session.tools:
        if only and tool.name not in only:
            continue
        p = Project(session.bench, tool, f"{session.work}/{name}/{tool.name}")
        os.makedirs(f"{p.root}/out")
        files = write(p.root)
        tool.forget(p.root)
        tool.write_inputs(p.root, files, pattern)
        for _ in range(3):
            p.run()
        projects[tool.name] = p
    return projects


def done_written(project, since_ns):
    return int(os.stat(f"{project.root}/out/done").st_mtime_ns >= since_ns)


def glob_row(session, before, expect):
    def write(root):
        files = [f"src/{i // 100:03d}/{i:05d}.txt" for i in range(10000)]
        for i, path in enumerate(files):
            put(root, path, f"{i:06d}" + "x" * 1017 + "\n")
        return files
    if not hasattr(session, "glob"):
        session.note("  writing 10,000 files for each tool")
        session.glob = inputs_projects(session, "glob", "src/**", write, ("git-wf", "ninja", "make"))
    root = f"{session.work}/glob/git-wf"
    return session.interleave(session.glob, before,
                              lambda: session.bench.floor(root, "walk", 100), done_written, expect)


@row("glob-noop", ("ms", 25), kind="glob", what="one step, 10,000 files by a glob, nothing changed")
def glob_noop(session):
    return glob_row(session, lambda p, rep: None, lambda tool: 0)


@row("glob-touch", ("ms", 60), kind="glob", what="the same, times of all files")
def glob_touch(session):
    def before(project, _rep):
        for folder, _, names in os.walk(f"{project.root}/src"):
            for name in names:
                os.utime(os.path.join(folder, name))
    return glob_row(session, before, lambda tool: 0 if tool.by_content else 1)


@row("glob-change", ("ms", 30), kind="glob", what="the same, content of one file")
def glob_change(session):
    return glob_row(session, lambda p, rep: put(p.root, "src/050/05000.txt", f"{rep:06d}\n"),
                    lambda tool: 1)


def big_row(session, before, expect, floor):
    def write(root):
        # One is enough, and one is 1 GiB: the tools share it.
        shared = f"{session.work}/big/big"
        if not os.path.exists(shared):
            block = os.urandom(1 << 20)
            with open(shared, "wb") as f:
                for i in range(session.options.big_mib):
                    f.write(i.to_bytes(8, "little") + block[8:])
        os.link(shared, f"{root}/big")
        return ["big"]
    if not hasattr(session, "big"):
        session.note(f"  writing a file of {session.options.big_mib} MiB")
        session.big = inputs_projects(session, "big", "big", write, ("git-wf", "ninja", "make"))
    root = f"{session.work}/big/git-wf"
    return session.interleave(session.big, before,
                              (lambda: session.bench.floor(root, "big", 1)) if floor else None,
                              done_written, expect)


@row("big-noop", ("ms", 3), kind="big", what="one input of 1 GiB, nothing changed")
def big_noop(session):
    return big_row(session, lambda p, rep: None, lambda tool: 0, False)


@row("big-hash", ("ms", 250), kind="big", what="the same, its time moved: must hash")
def big_hash(session):
    return big_row(session, lambda p, rep: os.utime(f"{p.root}/big"),
                   lambda tool: 0 if tool.by_content else 1, True)


def start_row(session, commands):
    g, projects = session.graph(100, "cp")
    samples = {name: [] for name in commands}
    for _ in range(max(session.reps, 31)):
        for name, command in commands.items():
            samples[name].append(session.bench.run(command, projects["git-wf"].root))
    return samples


@row("start", ("ms", 1.2), kind="start", what="--version")
def start(session):
    commands = {t.name: [t.program, "--version"] for t in session.tools}
    commands["floor"] = ["/bin/true"]
    return start_row(session, commands)


@row("list", ("ms", 2), kind="start", what="show a workflow of 100 steps")
def list_steps(session):
    ours = next(t for t in session.tools if t.name == "git-wf")
    commands = {"git-wf": [ours.program, "show", "bench"], "floor": ["/bin/true"]}
    return start_row(session, commands)


def snapshot_row(session, n):
    """Of 50 changed files among n tracked ones. All three work on one repository, each on changes of
    its own: copies of 100,000 files would take longer than the row."""
    root = f"{session.work}/snapshot{n}"
    ours = next(t for t in session.tools if t.name == "git-wf")
    files = [f"src/{i // 100:04d}/{i:06d}" for i in range(n)]
    private = f"{root}/.git/private-index"
    commands = {
        "git-wf": lambda rep: [ours.program, "__snapshot", f"bench-20260101-000000-{rep:06x}", "1",
                               "start", ""],
        "git add": lambda rep: ["env", f"GIT_INDEX_FILE={private}", "git", "add", "-A"],
        "git stash": lambda rep: ["sh", "-c", "git stash push -u -q && git stash pop -q"],
    }

    def git(*words):
        subprocess.run(["git", "-c", "user.name=b", "-c", "user.email=b@b", *words], cwd=root,
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    session.note(f"  committing {n} files")
    ours.prepare(root)
    for path in files:
        put(root, path, f"{path} 0\n")
    git("config", "user.name", "b")
    git("config", "user.email", "b@b")
    git("add", "-A")
    git("commit", "-q", "-m", "all")
    samples = {name: [] for name in commands}
    for rep in range(session.reps + 1):
        for k, (name, command) in enumerate(commands.items()):
            for path in files[:: n // 50]:
                put(root, path, f"{path} {rep} {k}\n")
            if name == "git add":
                shutil.copy2(f"{root}/.git/index", private)
            sample = session.bench.run(command(rep), root)
            if rep:  # the first one warms what is remembered between snapshots
                samples[name].append(sample)
    return samples


@row("snapshot-10000", ("ratio", "git add", 3.0), ("ratio", "git stash", 1.0), kind="snapshot",
     what="before a step with rollback: 50 files changed of 10,000")
def snapshot_10000(session):
    return snapshot_row(session, 10000)


@row("snapshot-100000", ("ratio", "git add", 3.0), ("ratio", "git stash", 1.0), kind="snapshot",
     what="the same of 100,000")
def snapshot_100000(session):
    return snapshot_row(session, 100000)


@row("same-tick", ("zero",), kind="tick", what="edits right after a run: how many were missed")
def same_tick(session):
    """As many as a person's loop makes: write, run, write, run, with no pause."""
    samples = {}
    for tool in session.tools:
        if tool.name == "tup":
            continue
        edits = session.options.edits if tool.name == "git-wf" else min(40, session.options.edits)
        graph = Graph(1)
        p = Project(session.bench, tool, f"{session.work}/tick/{tool.name}")
        graph.write_inputs(p.root)
        tool.write(graph, p.root)
        missed = 0
        walls = []
        for i in range(edits):
            # The length stays: only time and content can tell.
            text = f"edit {i:06d}\n"
            put(p.root, graph.input(0), text)
            walls.append(p.run()["wall_ms"])
            with open(os.path.join(p.root, graph.output(0))) as f:
                missed += f.read() != text
        samples[tool.name] = [{"wall_ms": w, "cpu_ms": 0.0, "rss_mib": 0.0} for w in walls]
        samples[tool.name][0].update(missed=missed, edits=edits)
    return samples


# ---- Judging ----------------------------------------------------------------------------------

def walls(samples):
    return [s["wall_ms"] for s in samples]


def judge_gate(gate, kind, samples):
    """{text, passed: True|False|None}"""
    ours = samples["git-wf"]
    if any(s.get("wrong") for s in ours):
        return {"text": "wrong number of outputs written", "passed": False}
    if gate[0] == "zero":
        missed, edits = ours[0]["missed"], ours[0]["edits"]
        return {"text": f"{missed} of {edits} edits missed", "passed": missed == 0}
    if gate[0] == "mib":
        peak = max(s["rss_mib"] for s in ours)
        return {"text": f"peak {peak:.1f} MiB, at most {gate[1]}", "passed": peak <= gate[1]}
    if gate[0] == "ms":
        low, median, _ = bounds(walls(ours))
        return {"text": f"{format_ms(median)} (from {format_ms(low)}), at most {gate[1]} ms",
                "passed": low <= gate[1]}
    peer, limit = gate[1], gate[2]
    factor, mark = 1.0, ""
    if peer not in samples:
        if (kind, peer) not in EQUIVALENT or EQUIVALENT[(kind, peer)][0] not in samples:
            return {"text": f"no {peer} here", "passed": None}
        stand_in, factor = EQUIVALENT[(kind, peer)]
        mark = f"~ ({factor} of {stand_in})"
        theirs = [w * factor for w in walls(samples[stand_in])]
    else:
        theirs = walls(samples[peer])
    low, median, high = ratio_bounds(walls(ours), theirs)
    return {"text": f"{median:.2f} [{low:.2f} {high:.2f}] of {peer}{mark}, at most {limit}",
            "passed": low <= limit}


def summary(name, samples):
    """What is kept of a row."""
    result = {"what": ROWS[name]["what"], "tools": {}, "gates": []}
    for tool, list_of in samples.items():
        low, median, high = bounds(walls(list_of))
        result["tools"][tool] = {
            "median_ms": median, "low_ms": low, "high_ms": high, "min_ms": min(walls(list_of)),
            "peak_mib": max(s["rss_mib"] for s in list_of), "samples_ms": walls(list_of)}
        for key in ("missed", "edits"):
            if key in list_of[0]:
                result["tools"][tool][key] = list_of[0][key]
    if "floor" in samples and len(samples["floor"]) == len(samples["git-wf"]):
        low, median, high = ratio_bounds(walls(samples["git-wf"]), walls(samples["floor"]))
        result["floor_ratio"] = {"median": median, "low": low, "high": high}
    for gate in ROWS[name]["gates"]:
        result["gates"].append(judge_gate(gate, ROWS[name]["kind"], samples))
    return result


def verdict(passed):
    return {True: "PASS", False: "FAIL", None: "-"}[passed]


def table(results):
    tools = ["git-wf", "make", "ninja", "samu", "tup", "git add", "git stash", "floor"]
    tools = [t for t in tools if any(t in r["tools"] for r in results.values())]
    lines = ["| row | " + " | ".join(tools) + " | of floor | gate | |",
             "|" + "---|" * (len(tools) + 4)]
    for name, r in results.items():
        if "error" in r:
            lines.append(f"| {name} |" + " |" * (len(tools) + 1) + f" {r['error']} | FAIL |")
            continue
        cells = [format_ms(r["tools"][t]["median_ms"]) if t in r["tools"] else "" for t in tools]
        ratio = f"{r['floor_ratio']['median']:.2f}" if "floor_ratio" in r else ""
        gates = "<br>".join(g["text"] for g in r["gates"])
        words = "<br>".join(verdict(g["passed"]) for g in r["gates"])
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {ratio} | {gates} | {words} |")
    return "\n".join(lines)


def machine():
    return {"system": platform.platform(), "cpus": os.cpu_count(),
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/git-wf")
    parser.add_argument("--out", default="build/bench", help="figures.json, figures.md, work/")
    parser.add_argument("--rows", default=",".join(ROWS), help="names, comma separated: %(default)s")
    parser.add_argument("--tools", default="make,ninja,samu,tup")
    parser.add_argument("-r", "--repetitions", type=int, default=15, help="pairs (default %(default)s)")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("--cold-steps", type=int, default=1000)
    parser.add_argument("--big-mib", type=int, default=1024)
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--timeout", type=int, default=300, help="seconds of one run")
    parser.add_argument("--keep", action="store_true", help="leave the work folder")
    options = parser.parse_args()
    options.out = os.path.abspath(options.out)
    unknown = [r for r in options.rows.split(",") if r not in ROWS]
    if unknown:
        parser.error(f"no row '{unknown[0]}'; there are {', '.join(ROWS)}")
    if not os.access(options.program, os.X_OK):
        parser.error(f"no program '{options.program}': run 'make' first")
    return options


def main():
    options = parse_options()
    session = Session(options)
    results = {}
    for name in options.rows.split(","):
        session.note(f"{name}: {ROWS[name]['what']}")
        try:
            results[name] = summary(name, ROWS[name]["function"](session))
        except (BenchError, OSError, subprocess.CalledProcessError) as e:
            results[name] = {"what": ROWS[name]["what"], "error": str(e), "tools": {}, "gates": []}
            session.note(f"  # {e}")
        for gate in results[name]["gates"]:
            session.note(f"  {verdict(gate['passed'])}  {gate['text']}")
    figures = {"machine": machine(), "repetitions": options.repetitions, "jobs": options.jobs,
               "tools": {t.name: t.version() for t in session.tools}, "rows": results}
    with open(os.path.join(options.out, "figures.json"), "w") as f:
        json.dump(figures, f, indent=1)
    with open(os.path.join(options.out, "figures.md"), "w") as f:
        f.write(table(results) + "\n")
    print(table(results))
    if not options.keep:
        shutil.rmtree(session.work, ignore_errors=True)
    gates = [g["passed"] for r in results.values() for g in r["gates"]]
    failed = gates.count(False) + sum("error" in r for r in results.values())
    print(f"\n{gates.count(True)} gates passed, {failed} failed, {gates.count(None)} without a peer;"
          f" figures in {os.path.relpath(options.out)}/figures.json")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
