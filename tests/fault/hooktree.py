"""The repository of a hook that fixes what is committed, when the power fails in it; the templates are those of hooks.py."""

import subprocess

import hooks
from outage import WF, Recording
from point import Point, need
from rebuilt import Rebuilt
from scenario import Scenario

# Those that change something. What a step of 'silent' writes in place without saying so is its own to sync.
NAMES = [name for name, (_, hook, *_) in hooks.SCENARIOS.items() if hook == "pre-commit" and name not in ("silent", "in-place", *hooks.APART)]
TRIES = 2  # the first may refuse, for what it finds


class HookTree(Rebuilt, Point):
    """Each file of the worktree and each entry of the index is as before the hook or as after it, and can be read; the
    hook, tried again, ends as one that was not disturbed."""

    def __init__(self, setup, name, directory):
        self.call = [WF, "__hook", hooks.SCENARIOS[name][1]]
        scenario = Scenario(name, "", {}, "")
        scenario.commands = [self.call]
        super().__init__(setup, scenario, directory)
        self.env.update(hooks.env_of(setup.program, directory), TMPDIR=directory, GIT_INDEX_FILE=".git/index")
        self.before = self.look()
        self.recording = Recording(self, setup.tools, setup.program)
        self.after = self.look()

    def look(self):
        """(files, entries of the index), each with its content"""
        return self.files(), self.entries()

    def files(self):
        """With what git knows of their modes."""
        return {path: (bool(mode & 0o111), content) for path, (mode, content) in hooks.files_of(self.repo).items()}

    def entries(self):
        found = {}
        for line in filter(None, self.git("ls-files", "-s", "-z").split(b"\0")):
            words, path = line.split(b"\t")
            mode, blob, _ = words.split()
            found[path.decode()] = (mode, self.git("cat-file", "blob", blob.decode()))
        return found

    def git(self, *words):
        done = subprocess.run(["git", *words], cwd=self.repo, env=self.env, capture_output=True)
        need(done.returncode == 0, f"after the cut: git {' '.join(words)}: {done.stderr.decode()}")
        return done.stdout

    def survive(self, n, variant, seed):
        """False: there is no such cut."""
        if self.fail_power(n, variant, seed) is None:
            return False
        now = self.look()
        for what, there, before, after in zip(("the worktree", "the index"), now, self.before, self.after):
            hooks.need_either(f"after the cut: {what}", there, before, after)
        text = self.hook_again()
        now = self.look()
        for what, there, after in zip(("the worktree", "the index"), now, self.after):
            need(there == after, f"at the end {what} is {there}, not {after}: {text}")
        return True

    def hook_again(self):
        for _ in range(TRIES):
            status, text = self.wf(*self.call[1:])
            need(status in (0, 1) and "BUG" not in text, f"the hook ends with {status}: {text}")
            if status == 0:
                return text
        need(False, f"the hook refuses, again and again: {text}")
