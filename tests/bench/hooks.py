#!/usr/bin/env python3
"""What a hook adds to `git commit`: git wf, lefthook (its native binary) and a raw shell hook, turn by turn.

	hooks.py --program build/git-wf [--lefthook PATH] [--pairs 15] [noop] [staged] [isolation]

A figure is the time of the commit less that of one without a hook in the same turn; a gate is judged by the lower
95 % bound of the ratio over the pairs. Time is given twice: of the clock, and of the CPUs, which other work on the
machine does not change. lefthook: $WFBENCH_LEFTHOOK, else on PATH; `npm i lefthook-linux-x64` has it.
"""
import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

CHECK = "steps: [{id: check, foreach: {f: {lines: git.staged}}, per_file: true, run: [%s, '${each.f}']}]\n"
SHELL = "#!/bin/sh\ngit diff --cached --name-only -z --diff-filter=ACM -- '*.c' | xargs -0 -r /bin/true\n"
STASH = """#!/bin/sh
# What hook managers do to have the worktree as the commit: what is not staged goes, and comes back.
git diff --binary --no-color --no-ext-diff >"$0.patch" && git checkout -q -- . && grep -q . f0.c
status=$?
git apply --whitespace=nowarn "$0.patch"
exit $status
"""
LEFTHOOK = "pre-commit:\n  jobs:\n    - name: check\n      glob: '*.c'\n      run: /bin/true {staged_files}\n"


class Repo:
    """The same work for each; what differs is the hook."""

    def __init__(self, top, name, hook, env, n_files, workflow=None, config=None):
        self.root, self.name, self.env, self.n = os.path.join(top, name), name, env, 0
        os.makedirs(self.root)
        if not os.path.exists(os.path.join(top, "template")):
            self.make_template(os.path.join(top, "template"), n_files)
        subprocess.run(["cp", "-a", os.path.join(top, "template") + "/.", self.root], check=True)
        for path, text in ((".workflows/check.yml", workflow), ("lefthook.yml", config)):
            if text:
                os.makedirs(os.path.dirname(os.path.join(self.root, path)), exist_ok=True)
                put(self.root, path, text)
        self.git("add", "-A")
        self.git("commit", "-qm", "start", "--allow-empty")
        os.makedirs(os.path.join(self.root, ".git/hooks"), exist_ok=True)
        if hook:
            put(self.root, ".git/hooks/pre-commit", hook)
            os.chmod(os.path.join(self.root, ".git/hooks/pre-commit"), 0o755)

    def make_template(self, root, n_files):
        for i in range(0, n_files, 100):
            os.makedirs(os.path.join(root, f"d{i // 100}"))
            for k in range(i, min(i + 100, n_files)):
                put(root, f"d{i // 100}/f{k}.c", f"int f{k};\n")
        put(root, "f0.c", "int start;\n")
        put(root, "note", "one\n")
        subprocess.run(["git", "init", "-q", "--template=", root], env=self.env, check=True)
        for words in (("add", "-A"), ("commit", "-qm", "start"), ("gc", "-q")):
            subprocess.run(["git", *words], cwd=root, env=self.env, check=True)

    def git(self, *words):
        subprocess.run(["git", *words], cwd=self.root, env=self.env, check=True, stdout=subprocess.DEVNULL)

    def commit(self):
        """(milliseconds of the clock, of the CPUs)"""
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(["git", "commit", "-qm", "more"], cwd=self.root, env=self.env, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(f"{self.name}: {done.stderr}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return took * 1000, cpu * 1000


def put(root, path, text):
    with open(os.path.join(root, path), "w") as file:
        file.write(text)


def bounds(values):
    """Median, and the 95 % bounds of it by the binomial distribution of ranks."""
    values, n = sorted(values), len(values)
    rank = max(0, int((n - 1.96 * n ** 0.5) / 2))
    return statistics.median(values), values[rank], values[n - 1 - rank]


def measure(repos, pairs, change):
    """Added milliseconds of each but the first, which has no hook, by turns; another one begins each turn, for the
    first finds the caches as the others left them."""
    added = {repo.name: [] for repo in repos[1:]}
    for turn in range(pairs + 2):
        took = {}
        for repo in repos[turn % len(repos):] + repos[:turn % len(repos)]:
            change(repo, turn)
            took[repo.name] = repo.commit()
        base = took.pop(repos[0].name)
        for name, (clock, cpu) in took.items():
            if turn >= 2:  # two for the caches
                added[name].append((clock - base[0], cpu - base[1]))
    return added


def show(title, added, gates):
    failed = 0
    print(f"## {title}")
    for name, values in added.items():
        for k, unit in enumerate(("clock", "cpu")):
            print("%-12s %-5s +%.1f ms [%.1f, %.1f]" % (name, unit, *bounds([v[k] for v in values])))
    for peer, limit in gates:
        if peer not in added:
            print(f"git wf / {peer}: not measured, it is not here")
            continue
        for k, unit in enumerate(("clock", "cpu")):
            ratio = bounds([ours[k] / theirs[k] for ours, theirs in zip(added["git wf"], added[peer]) if theirs[k] > 0])
            verdict = "ok" if ratio[1] <= limit else "not ok"
            failed += verdict != "ok" and unit == "clock"
            print("%-6s git wf / %s, %s: %.2f [%.2f, %.2f], limit %.2f" % (verdict, peer, unit, *ratio, limit))
    return failed


def one_file(repo, turn):
    put(repo.root, "f0.c", f"int turn{turn};\n")
    repo.git("add", "f0.c")


def noop(top, options, env):
    ours = f'#!/bin/sh\nexec "{options.program}" __hook pre-commit "$@"\n'
    flow = "on: {pre-commit: {files: '*.c'}}\n" + CHECK % "/bin/true"
    repos = [Repo(top, "none", None, env, 10000), Repo(top, "git wf", ours, env, 10000, workflow=flow),
             Repo(top, "shell", SHELL, env, 10000)]
    if options.lefthook:
        hook = f'#!/bin/sh\nexec "{options.lefthook}" run pre-commit "$@"\n'
        repos.append(Repo(top, "lefthook", hook, env, 10000, config=LEFTHOOK))
    gates = (("lefthook", 0.5), ("shell", 1.5))

    def nothing(repo, turn):
        put(repo.root, "note", f"{turn}\n")
        repo.git("add", "note")
    return show("10,000 tracked files, one staged that no step is about", measure(repos, options.pairs, nothing), gates) + \
        show("10,000 tracked files, one staged, /bin/true over it", measure(repos, options.pairs, one_file), gates)


def staged(top, options, env):
    """500 staged, then one of them again: how many are checked?"""
    seen = os.path.join(top, "seen")
    ours = f'#!/bin/sh\nexec "{options.program}" __hook pre-commit "$@"\n'
    flow = "on: {pre-commit: {files: '**/*.c'}}\n" + CHECK % f"sh, -c, 'echo \"$1\" >>{seen}', sh"
    repo = Repo(top, "git wf", ours, env, 500, workflow=flow)
    for i in range(500):
        put(repo.root, f"d{i // 100}/f{i}.c", f"int changed{i};\n")
    repo.git("add", "-A")
    subprocess.run([options.program, "hooks", "run", "pre-commit"], cwd=repo.root, env=env, check=True, stdout=subprocess.DEVNULL)
    first = count(seen)
    put(repo.root, "d3/f333.c", "int again;\n")
    repo.git("add", "-A")
    took = repo.commit()
    print(f"## 500 staged files through one checker\nchecked {first}, then with one changed {count(seen) - first}, in {took[0]:.1f} ms")
    return 0 if (first, count(seen)) == (500, 501) else 1


def count(path):
    with open(path) as file:
        return len(file.readlines())


def isolation(top, options, env):
    ours = f'#!/bin/sh\nexec "{options.program}" __hook pre-commit "$@"\n'
    flow = "on: {pre-commit: {isolation: shadow}}\nsteps: [{id: look, run: grep -q . f0.c}]\n"
    repos = [Repo(top, "none", None, env, 50000), Repo(top, "git wf", ours, env, 50000, workflow=flow),
             Repo(top, "stash", STASH, env, 50000)]

    def dirty(repo, turn):
        one_file(repo, turn)
        put(repo.root, "f0.c", f"int turn{turn};\nint unstaged;\n")
        put(repo.root, "d7/f777.c", f"int unstaged{turn};\n")
    return show("50,000 files, isolation, warm", measure(repos, options.pairs, dirty), (("stash", 0.6),))


ROWS = {"noop": noop, "staged": staged, "isolation": isolation}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/git-wf")
    parser.add_argument("--lefthook", default=os.environ.get("WFBENCH_LEFTHOOK") or shutil.which("lefthook"))
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--dir")
    parser.add_argument("rows", nargs="*", default=[])
    options = parser.parse_args()
    options.program = os.path.abspath(options.program)
    failed = 0
    for name in options.rows or ROWS:
        top = tempfile.mkdtemp(prefix="wf-bench-hooks.", dir=options.dir)
        env = {"PATH": os.environ["PATH"], "HOME": top, "GIT_CONFIG_NOSYSTEM": "1", "GIT_WF_TRUST": "1", "LC_ALL": "C.UTF-8",
               "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@b"}
        put(top, ".gitconfig", "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n")  # not while one is timed
        try:
            failed += ROWS[name](top, options, env)
        finally:
            shutil.rmtree(top, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
