"""The work that every tool is given, and one class per tool that writes it in the tool's format.

N steps in 10 layers of N/10. Step i makes out/DDD/NNNNNN from its own in/DDD/NNNNNN and depends on
two steps of the layer above: one changed leaf has 1+2+...+10 = 55 dependents (itself included),
whatever N is. Ways to make it:

    cp   cp in out                   dependents' outputs do not change: early cut-off can stop
    sh   cp in out && :              needs a shell
    cat  cat in dep1 dep2 > out      a change goes through: all 55 must run
"""
import os
import shutil
import subprocess
import tempfile


def put(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def set_aside(root, name):
    """Moves what is there out of the project. A file system may take its time to reuse what was deleted (ext4
    looks past every inode that was freed within the last five seconds): deleted right before a run it would be a
    cost of the run, the more the more a tool keeps."""
    if os.path.lexists(os.path.join(root, name)):
        os.makedirs(root + ".aside", exist_ok=True)
        os.rename(os.path.join(root, name), os.path.join(tempfile.mkdtemp(dir=root + ".aside"), "it"))


class Graph:
    def __init__(self, n, mode="cp"):
        self.n, self.mode, self.width = n, mode, max(2, n // 10)

    def input(self, i):
        return f"in/{i // 1000:03d}/{i:06d}"

    def output(self, i):
        return f"out/{i // 1000:03d}/{i:06d}"

    def deps(self, i):
        if i < self.width:
            return []
        above = (i // self.width - 1) * self.width
        return [above + i % self.width, above + (i + 1) % self.width]

    def command(self, i):
        if self.mode == "cat":
            inputs = [self.input(i)] + [self.output(d) for d in self.deps(i)]
            return f"cat {' '.join(inputs)} > {self.output(i)}"
        return f"cp {self.input(i)} {self.output(i)}" + (" && :" if self.mode == "sh" else "")

    def last_layer(self):
        return range((self.n - 1) // self.width * self.width, self.n)

    def folders(self):
        return range((self.n + 999) // 1000)

    def make_folders(self, root):
        for d in self.folders():
            os.makedirs(f"{root}/in/{d:03d}", exist_ok=True)
            os.makedirs(f"{root}/out/{d:03d}", exist_ok=True)

    def write_inputs(self, root):
        self.make_folders(root)
        for i in range(self.n):
            put(root, self.input(i), f"input {i:06d} 0\n")

    def set_outputs_aside(self, root):
        set_aside(root, "out")
        self.make_folders(root)

    def clear_outputs(self, root):
        for d in self.folders():
            for entry in os.scandir(f"{root}/out/{d:03d}"):
                os.unlink(entry.path)

    def change_leaf(self, root, tag):
        put(root, self.input(0), f"input 000000 {tag}\n")

    def touch_all(self, root):
        for i in range(self.n):
            os.utime(os.path.join(root, self.input(i)))

    def outputs(self, root, since_ns=0):
        """How many outputs there are, or of these how many were written since then."""
        return sum(1 for d in self.folders() for e in os.scandir(f"{root}/out/{d:03d}")
                   if e.name[0] != "." and max(e.stat().st_mtime_ns, e.stat().st_ctime_ns) >= since_ns)


class Tool:
    name = "?"
    state = []          # paths below the project that a cold run must not find
    by_content = False  # a touched file with the same content is no change
    cuts_off = False    # an output that came out the same is no change for what depends on it
    restores = False    # brings deleted outputs back without running
    clock_s = 0.02      # how far apart in time it can tell two contents of one size

    def __init__(self, jobs):
        self.jobs = jobs
        self.program = self.find()

    def find(self):
        """WFBENCH_<NAME>, or SAMU for $WFBENCH_SAMU; else PATH."""
        key = self.name.upper().replace("-", "_")
        return os.environ.get("WFBENCH_" + key) or shutil.which(self.name)

    def why_not(self):
        """Why it cannot be measured here although it is installed, or None."""

    def version(self):
        run = subprocess.run([self.program, "--version"], capture_output=True, text=True,
                             stdin=subprocess.DEVNULL, check=False)
        return (run.stdout.strip() or run.stderr.strip() or "?").splitlines()[0]

    def prepare(self, root):
        """Once, in the new project."""

    def write(self, graph, root):
        raise NotImplementedError

    def write_inputs(self, root, files, pattern):
        """One step whose command does not read its inputs: the time is the tool's own."""
        raise NotImplementedError

    def run(self):
        raise NotImplementedError

    def forget(self, root):
        for name in self.state:
            set_aside(root, name)


class Make(Tool):
    name = "make"

    def run(self):
        # -rR: without it a no-op of 100 steps takes 19 ms and not 2, for the built-in rules.
        return [self.program, "-rRs", f"-j{self.jobs}"]

    def write(self, graph, root):
        lines = [".PHONY: all", "all: " + " ".join(map(graph.output, graph.last_layer()))]
        for i in range(graph.n):
            deps = " ".join(map(graph.output, graph.deps(i)))
            lines.append(f"{graph.output(i)}: {graph.input(i)} {deps}\n\t{graph.command(i)}")
        put(root, "Makefile", "\n".join(lines) + "\n")

    def write_inputs(self, root, files, pattern):
        deps = "$(shell find src -type f)" if "*" in pattern else pattern
        put(root, "Makefile", f"out/done: {deps}\n\techo done > out/done\n")


class Ninja(Tool):
    name = "ninja"
    state = [".ninja_log", ".ninja_deps"]

    def run(self):
        return [self.program, f"-j{self.jobs}"]

    def write(self, graph, root):
        lines = ["rule c\n  command = $cmd"]
        for i in range(graph.n):
            deps = " ".join(map(graph.output, graph.deps(i)))
            lines.append(f"build {graph.output(i)}: c {graph.input(i)}" +
                         (f" | {deps}" if deps else "") + f"\n  cmd = {graph.command(i)}")
        put(root, "build.ninja", "\n".join(lines) + "\n")

    def write_inputs(self, root, files, pattern):
        put(root, "build.ninja", "rule c\n  command = echo done > $out\n"
            "build out/done: c " + " ".join(files) + "\n")


class Samu(Ninja):
    name = "samu"


class Tup(Tool):
    name = "tup"
    state = [".tup"]
    cuts_off = True
    clock_s = 1.1

    def why_not(self):
        """It mounts a file system of its own (FUSE), which not every machine lets it do, and undo."""
        with tempfile.TemporaryDirectory(prefix="wf-bench-tup.", ignore_cleanup_errors=True) as root:
            put(root, "Tupfile", ": |> echo > %o |> out\n")
            self.forget(root)
            run = subprocess.run(self.run(), cwd=root, check=False, stdin=subprocess.DEVNULL,
                                 capture_output=True, text=True)
            if run.returncode == 0:
                return None
            subprocess.run(["umount", "-l", f"{root}/.tup/mnt"], check=False, capture_output=True)
            return (run.stderr.strip() or f"exit {run.returncode}").splitlines()[-1]

    def run(self):
        return [self.program, "upd", "--quiet", f"-j{self.jobs}"]

    def write(self, graph, root):
        lines = []
        for i in range(graph.n):
            deps = " ".join(map(graph.output, graph.deps(i)))
            lines.append(f": {graph.input(i)}" + (f" | {deps}" if deps else "") +
                         f" |> {graph.command(i)} |> {graph.output(i)}")
        put(root, "Tupfile", "\n".join(lines) + "\n")

    def write_inputs(self, root, files, pattern):
        put(root, "Tupfile", ": " + " ".join(files) + " |> echo done > %o |> out/done\n")

    def forget(self, root):
        super().forget(root)
        subprocess.run([self.program, "init", "--no-sync", "--force"], cwd=root, check=False,
                       stdin=subprocess.DEVNULL, capture_output=True)


class GitWf(Tool):
    name = "git-wf"
    state = ["cortex-brain", ".git/wf"]
    by_content = cuts_off = restores = True

    def run(self):
        return [self.program, "run", "bench", f"-j{self.jobs}", "-q"]

    def prepare(self, root):
        subprocess.run(["git", "init", "-q", root], check=True, stdin=subprocess.DEVNULL)

    def write(self, graph, root):
        lines = ["steps:"]
        for i in range(graph.n):
            inputs = ", ".join([graph.input(i)] + [graph.output(d) for d in graph.deps(i)])
            lines.append(f'  - {{id: s{i}, run: "{graph.command(i)}", inputs: [{inputs}],'
                         f" outputs: [{graph.output(i)}]}}")
        put(root, ".workflows/bench.yml", "\n".join(lines) + "\n")

    def write_inputs(self, root, files, pattern):
        put(root, ".workflows/bench.yml",
            f'steps:\n  - {{id: only, run: "echo done > out/done", inputs: ["{pattern}"],'
            " outputs: [out/done]}\n")


TOOLS = [GitWf, Make, Ninja, Samu, Tup]
