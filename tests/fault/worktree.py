"""Random worktrees, random edits of them, and what they look like from outside: nothing of git-wf is used here.

	worktree.py edit REPOSITORY SEED NUMBER...	what a step, or the user beside it, does

A tree is odd on purpose: names with newlines, without UTF-8, with a leading dash; links, modes, empty folders; files
that git converts, ignores, or is told not to look at; an embedded repository; an index that is half staged.
"""

import contextlib
import itertools
import os
import random
import re
import shutil
import signal
import stat
import subprocess
import sys

NAMES = [b"a", b"b.txt", b"c.up", b"d.id", b"crlf.txt", b"x.bin", b"-dash", b"--", b" lead", b"trail ", b'q"uote', b"back\\slash",
         b"new\nline", b"tab\t", b"\xff\xfe", "ünï".encode(), "日本".encode(), "e\u0301".encode(), "\u00e9".encode(), b"*", b"[x]",
         b":colon", b"!bang", b"#hash", b"\x01ctl", b".hidden", b"n" * 120, b"A", b"hid.ign", b"~", b"$HOME", b"%s"]
FOLDERS = [b"dir", b"deep", b"sp ace", b"\xe9t\xe9", b"ign", b"-d", b"new\nfolder", b"sub"]
MODES = (0o644, 0o755, 0o600, 0o444, 0o640, 0o700, 0o664)
ATTRIBUTES = (b"", b"* text=auto\n", b"*.txt text eol=crlf\n", b"*.up filter=up\n", b"*.id ident\n* text=auto\n*.up filter=up\n",
              b"*.up filter=broken\n*.txt text\n", b"* -text\n")
IGNORES = (b"", b"*.ign\n", b"*.ign\nign/\n", b"/dir/\n!*.txt\n", b"*.ign\n\\#hash\n")
OPERATIONS = ("MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "MERGE_RR", "SQUASH_MSG", "CHERRY_PICK_HEAD", "REVERT_HEAD")
PROTECTED = (b".git", b".workflows", b"cortex-brain")

CONFIG = """[user]
	name = A U Thor
	email = author@example.com
[init]
	defaultBranch = main
[filter "up"]
	clean = tr a-z A-Z
	smudge = tr A-Z a-z
[filter "broken"]
	clean = false
	smudge = false
	required = true
[advice]
	detachedHead = false
	addEmbeddedRepo = false
[gc]
	auto = 0
[core]
	safecrlf = false
"""


def git(repo, *words, check=True, text=None):
    done = subprocess.run(["git", *words], cwd=repo, input=text, capture_output=True,
                          stdin=None if text is not None else subprocess.DEVNULL)
    if done.returncode == -signal.SIGSEGV:  # git 2.39 does so where it commits an empty split index
        with contextlib.suppress(FileNotFoundError):
            os.remove(os.path.join(os.fsdecode(repo), ".git/index.lock"))
    if check and done.returncode:
        raise RuntimeError(f"git {words}: {done.stderr.decode(errors='replace')}")
    return done.stdout


# ---- What there is -------------------------------------------------------------------------------


def look(path):
    """(kind, permissions, content) of a file or a link; None: there is neither."""
    try:
        st = os.lstat(path)
        if stat.S_ISLNK(st.st_mode):
            return "link", 0, os.readlink(path)
        if stat.S_ISREG(st.st_mode):
            with open(path, "rb") as file:
                return "file", stat.S_IMODE(st.st_mode), file.read()
    except (FileNotFoundError, NotADirectoryError):
        pass
    return None


class State:
    """All that a rollback has to do with."""

    def __init__(self, repo):
        repo = os.fsencode(repo)
        self.files, self.folders = {}, {}
        for where, names, files in os.walk(repo):
            below = os.path.relpath(where, repo)
            below = b"" if below == b"." else below + b"/"
            if not below:
                names[:] = [name for name in names if name not in (b".git", b"cortex-brain")]
            links = [name for name in names if os.path.islink(os.path.join(where, name))]
            names[:] = [name for name in names if name not in links]
            for name in names:
                self.folders[below + name] = stat.S_IMODE(os.lstat(os.path.join(where, name)).st_mode)
            for name in files + links:
                self.files[below + name] = look(os.path.join(where, name))
        listed = git(repo, "ls-files", "-z", "-c", "-o", "--exclude-standard").split(b"\0")
        self.covered = {path for path in listed if path in self.files and not path.startswith(b"cortex-brain/")}
        self.index = read_index(repo)
        self.refs = git(repo, "for-each-ref", "refs/heads", "refs/tags")
        with open(os.path.join(repo, b".git/HEAD"), "rb") as file:
            self.head = file.read()
        self.operations = {name: look(os.path.join(repo, b".git", name.encode())) for name in OPERATIONS}

    def get(self, path):
        return self.files.get(path)

    def get_covered(self, path):
        return self.files[path] if path in self.covered else None


def read_index(repo):
    """Tag, mode, object, stage, path and flags of each entry, as git tells them."""
    said = git(repo, "ls-files", "-z", "-s", "-v", "--debug")
    entries = re.findall(rb"([^\0]*)\0  ctime:[^\n]*\n  mtime:[^\n]*\n  dev:[^\n]*\n  uid:[^\n]*\n  size: \d+\tflags: ([0-9a-f]+)\n", said)
    return [(entry, int(flags, 16) & 0x6000b000) for entry, flags in entries]


def short(value):
    return value and (value[0], oct(value[1]), value[2][:50])


# ---- Edits ---------------------------------------------------------------------------------------


class Editor:
    """Does things to a worktree; what, follows from the numbers. Nothing that it does may fail the caller."""

    def __init__(self, repo, rng, token):
        self.repo, self.rng, self.token = os.fsencode(repo), rng, token
        self.serial = itertools.count()

    def whole(self, path):
        return os.path.join(self.repo, path)

    def paths(self, kind):
        """Of files or folders, sorted: the choice must not depend on the disk's order."""
        found = []
        for where, names, files in os.walk(self.repo):
            below = os.path.relpath(where, self.repo)
            below = b"" if below == b"." else below + b"/"
            names[:] = sorted(name for name in names if below + name not in PROTECTED and name not in (b".git", b"embedded"))
            found += [below + name for name in (files if kind == "files" else names)]
        return sorted(found)

    def pick(self, kind="files"):
        found = self.paths(kind)
        return self.rng.choice(found) if found else None

    def new_path(self):
        rng = self.rng
        folder = b"/".join(rng.choice(FOLDERS) for _ in range(rng.choice((0, 0, 1, 1, 2, 3))))
        known = self.pick("folders")
        if known and rng.random() < 0.4:
            folder = known
        return os.path.join(folder, rng.choice(NAMES))

    def content(self):
        rng = self.rng
        mark = b"%s %d\n" % (self.token, next(self.serial))
        body = rng.choice((b"", b"mixed Case\n", b"one\ntwo\n", b"bin\0ary\xff", b"long" * 400, b"$Id$\n", b"$Id: 1234$\n", b"no newline"))
        if rng.random() < 0.3:
            return (mark + body).replace(b"\n", b"\r\n")
        return b"" if rng.random() < 0.05 else mark + body

    def place(self, path):
        """Its folder, if there can be one."""
        above = os.path.dirname(self.whole(path))
        os.makedirs(above, exist_ok=True)
        if os.path.relpath(os.path.realpath(above), os.path.realpath(self.repo)).startswith(b".."):
            raise OSError("a link leads out")
        return self.whole(path)

    # What may be done, with how likely.

    def write_new(self):
        path = self.place(self.new_path())
        with open(path, "wb") as file:
            file.write(self.content())
        os.chmod(path, self.rng.choice(MODES))

    def change(self):
        path = self.whole(self.pick() or b"a")
        if os.path.islink(path):
            return
        how, was = self.rng.random(), os.lstat(path)
        with open(path, "rb") as file:
            text = file.read()
        if how < 0.4:
            text += self.content()
        elif how < 0.6:
            text = self.content()
        elif how < 0.7:
            text = b""
        else:
            text = bytes(reversed(text))
        with open(path, "wb") as file:
            file.write(text)
        if how > 0.85:  # the same size, the same time
            os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))

    def replace(self):
        """As editors do: a new file over the old one."""
        path = self.pick()
        if path:
            whole = self.whole(path)
            with open(whole + b".new", "wb") as file:
                file.write(self.content())
            os.rename(whole + b".new", whole)

    def remove(self):
        path = self.pick()
        if path:
            os.unlink(self.whole(path))

    def remove_folder(self):
        path = self.pick("folders")
        if path:
            shutil.rmtree(self.whole(path))

    def chmod(self):
        path = self.pick()
        if path and not os.path.islink(self.whole(path)):
            os.chmod(self.whole(path), self.rng.choice(MODES))

    def chmod_folder(self):
        path = self.pick("folders")
        if path:
            os.chmod(self.whole(path), self.rng.choice((0o755, 0o700, 0o750, 0o775)))

    def link(self):
        path = self.place(self.pick() if self.rng.random() < 0.5 and self.pick() else self.new_path())
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink(self.rng.choice((b"a", b"nowhere", b"dir", b".", b"../x", b"\xff" + self.token)), path)

    def folder(self):
        os.makedirs(self.place(os.path.join(self.new_path() + b".d", self.rng.choice((b"", b"empty", b"e/f")))), exist_ok=True)

    def file_to_folder(self):
        path = self.pick()
        if path:
            os.unlink(self.whole(path))
            with open(self.place(os.path.join(path, self.rng.choice(NAMES))), "wb") as file:
                file.write(self.content())

    def folder_to_file(self):
        path = self.pick("folders")
        if path:
            shutil.rmtree(self.whole(path))
            with open(self.whole(path), "wb") as file:
                file.write(self.content())

    def move(self):
        path = self.pick(self.rng.choice(("files", "folders")))
        if path:
            os.rename(self.whole(path), self.place(self.new_path()))

    def ignore(self):
        with open(self.whole(b".gitignore"), "wb") as file:
            file.write(self.rng.choice(IGNORES))

    def convert(self):
        with open(self.whole(b".gitattributes"), "wb") as file:
            file.write(self.rng.choice(ATTRIBUTES))

    def git(self, *words):
        git(self.repo, *words, check=False)

    def stage(self):
        path = self.pick()
        how = self.rng.random()
        if how < 0.3 or not path:
            self.git("add", "-A", "--", ".", ":!embedded")
        elif how < 0.6:
            self.git("--literal-pathspecs", "add", "--", path)
        elif how < 0.75:
            self.git("--literal-pathspecs", "add", "-N", "--", path)
        elif how < 0.85:
            self.git("--literal-pathspecs", "rm", "-q", "--cached", "--", path)
        else:
            self.git("--literal-pathspecs", "add", "-f", "--", path)

    def pin(self):
        path = self.pick()
        if path:
            self.git("update-index", self.rng.choice(("--assume-unchanged", "--skip-worktree", "--no-assume-unchanged", "--no-skip-worktree",
                                                      "--chmod=+x")), "--", path)

    def commit(self):
        self.git("commit", "-q", "-m", "made", *self.rng.choice(((), ("-a",), ("--allow-empty",))))

    def branch(self):
        self.git(*self.rng.choice((("branch", "b%d" % next(self.serial)), ("checkout", "-q", "-b", "c%d" % next(self.serial)),
                                   ("checkout", "-q", "--detach"), ("branch", "-D", "-q", "other"), ("branch", "-f", "other"))))

    def merge(self):
        self.git(*self.rng.choice((("merge", "-q", "side"), ("merge", "--abort"), ("merge", "-q", "--no-ff", "side"), ("cherry-pick", "side"),
                                   ("reset", "-q"), ("reset", "-q", "--hard"), ("read-tree", "--reset", "HEAD"))))

    def index_again(self):
        """The same entries, other bytes."""
        self.git(*self.rng.choice((("update-index", "--refresh"), ("update-index", "--index-version", "4"), ("status",))))

    DEEDS = (("write_new", 8), ("change", 12), ("replace", 4), ("remove", 6), ("remove_folder", 2), ("chmod", 4), ("chmod_folder", 2),
             ("link", 4), ("folder", 3), ("file_to_folder", 3), ("folder_to_file", 2), ("move", 4), ("ignore", 1), ("convert", 1),
             ("stage", 7), ("pin", 2), ("commit", 2), ("branch", 2), ("merge", 1), ("index_again", 1))
    TREE = ("write_new", "change", "replace", "remove", "chmod", "link", "folder", "file_to_folder", "move", "stage")

    def do(self, n, only=None):
        deeds = [(name, weight) for name, weight in self.DEEDS if not only or name in only]
        done = []
        for name in self.rng.choices([name for name, _ in deeds], [weight for _, weight in deeds], k=n):
            try:
                getattr(self, name)()
                done.append(name)
            except OSError:  # as a tree may be, it could not be done
                pass
        return done


def make(repo, home, rng):
    """A repository with a past, and the user's work in it."""
    os.makedirs(repo)
    os.makedirs(home, exist_ok=True)
    with open(os.path.join(home, ".gitconfig"), "w") as file:
        file.write(CONFIG)
    git(repo, "init", "-q", "--template=", ".")
    for name, value in (("core.autocrlf", ("false", "true", "input")), ("core.safecrlf", ("false", "true")), ("core.fileMode", ("true",)),
                        ("core.splitIndex", ("false", "false", "false", "true")), ("index.version", ("2", "4")),
                        ("core.untrackedCache", ("false", "true")), ("core.ignoreStat", ("false", "false", "true"))):
        if rng.random() < 0.25:
            git(repo, "config", name, rng.choice(value))
    editor = Editor(repo, rng, b"base")
    for _ in range(rng.randint(4, 14)):
        editor.do(1, ("write_new", "link", "folder"))
    if rng.random() < 0.6:
        editor.do(1, ("convert",))
    if rng.random() < 0.7:
        editor.do(1, ("ignore",))
    if rng.random() < 0.9:
        git(repo, "add", "-A", check=False)
        git(repo, "commit", "-q", "--allow-empty", "-m", "one")
        git(repo, "branch", "other")
        git(repo, "checkout", "-q", "-b", "side", check=False)
        editor.do(3, ("change", "write_new"))
        git(repo, "add", "-A", check=False)
        git(repo, "commit", "-q", "--allow-empty", "-m", "aside")
        git(repo, "checkout", "-q", "-f", "main", check=False)
    if rng.random() < 0.3:
        os.makedirs(os.path.join(repo, "embedded"))
        git(os.path.join(repo, "embedded"), "init", "-q", "--template=", ".")
        with open(os.path.join(repo, "embedded/inside"), "w") as file:
            file.write("not yours\n")
    Editor(repo, rng, b"mine").do(rng.randint(0, 10))


def main():
    _, _, repo, seed, *numbers = sys.argv
    for n in numbers:
        rng = random.Random(f"{seed}:{n}")
        Editor(repo, rng, f"{n}".encode()).do(rng.randint(1, 6))


if __name__ == "__main__":
    main()
