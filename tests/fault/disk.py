"""What a disk may hold after a power cut: a file system that remembers what is not synced yet.

It begins as a folder whose files are all on the disk, and follows a log of oplog. Whatever no fsync has
made durable is *pending*: of the names a change each (made, renamed, removed: whole or not at all), of
the contents a list of writes. A cut keeps any of the changes of names, in any order that the file system
liked, and of each file on its own:

	none	nothing since its last fsync
	all	everything
	nul	its last size, but NUL bytes where new bytes were to be
	prefix	some of the writes, the last of them in part
	blocks	its last size, and some of the blocks

This is what POSIX leaves open, and more than any one file system does: ext4 keeps the order of names.
"""

import os
import posixpath
import stat as st_mode

BLOCK = 512
EXCHANGE = 2  # of renameat2
CONTENTS = ("none", "all", "nul", "prefix", "blocks")


class Stat:
    def __init__(self, ino, mode, size, mtime, ctime):
        self.ino, self.mode, self.size, self.mtime, self.ctime = ino, mode, size, mtime, ctime


def stat_of(path):
    st = os.lstat(path)
    return Stat(st.st_ino, st.st_mode, st.st_size, st.st_mtime_ns, st.st_ctime_ns)


class File:
    def __init__(self, stat=None, base=b"", target=None, is_dir=False):
        self.stat, self.base_stat = stat, stat
        self.base, self.target, self.is_dir = base, target, is_dir
        self.pending = []  # [offset or None: cut, bytes or size, Stat after it]

    def settle(self):
        self.base, self.base_stat, self.pending = self.content(), self.stat, []

    def content(self):
        return self.after(len(self.pending))

    def after(self, n, n_bytes=None):
        """With n writes, and n_bytes of the one that comes then."""
        out = bytearray(self.base)
        for offset, what, _ in self.pending[:n]:
            put(out, offset, what)
        if n_bytes is not None and n < len(self.pending):
            offset, what, _ = self.pending[n]
            put(out, offset, what[:n_bytes] if offset is not None else what)
        return bytes(out)

    def sized(self):
        """The last size, without the new bytes."""
        kept, size = len(self.base), len(self.base)
        for offset, what, _ in self.pending:
            size = what if offset is None else max(size, offset + len(what))
            kept = min(kept, size)
        return self.base[:kept] + bytes(size - kept)

    def torn(self, how, rng):
        """(content, stat or None: of no file that ever was)"""
        if how == "none":
            return self.base, self.base_stat
        if how == "nul":
            return self.sized(), self.stat
        if how == "prefix":
            n = rng.randrange(len(self.pending))
            offset, what, _ = self.pending[n]
            n_bytes = rng.randrange(len(what) + 1) if offset is not None else 0
            return self.after(n, n_bytes), self.pending[n][2]
        if how == "blocks":
            new, out = self.content(), bytearray(self.sized())
            for at in range(0, len(new), BLOCK):
                if rng.random() < 0.5:
                    out[at:at + BLOCK] = new[at:at + BLOCK]
            return bytes(out), self.stat
        return self.content(), self.stat


def put(out, offset, what):
    if offset is None:
        del out[what:]
        out.extend(bytes(what - len(out)))
        return
    out.extend(bytes(max(0, offset - len(out))))
    out[offset:offset + len(what)] = what


class Change:
    """Of names, whole or not at all."""

    def __init__(self, serial, names):
        self.serial, self.names = serial, names  # {(folder, name): File or None}
        self.unsynced = {folder for folder, _ in names}


class Disk:
    def __init__(self, top):
        self.top = top
        self.names, self.durable, self.changes = {}, {}, []
        self.serial, self.durable_since = 0, {}  # a change between two folders may wait for the second
        self.files = {}  # by inode
        self.root = self.load(top)

    def load(self, path):
        stat = stat_of(path)
        if st_mode.S_ISLNK(stat.mode):
            file = File(stat, target=os.readlink(path))
        elif st_mode.S_ISDIR(stat.mode):
            file = File(stat, is_dir=True)
            for name in os.listdir(path):
                self.names[file, name] = self.durable[file, name] = self.load(os.path.join(path, name))
        else:
            with open(path, "rb") as content:
                file = File(stat, content.read())
        self.files[stat.ino] = file
        return file

    # ---- Following a log ----

    def find(self, path):
        """(folder, name) of a path; None: not on this disk."""
        path = posixpath.normpath(path)
        if path == self.top or not path.startswith(self.top + "/"):
            return None
        *folders, name = path[len(self.top) + 1:].split("/")
        at = self.root
        for folder in folders:
            at = self.names[at, folder]
        return at, name

    def look(self, path):
        """The File of a path below the top, or None."""
        try:
            return self.names.get(self.find(os.path.join(self.top, path)))
        except KeyError:
            return None

    def change(self, names):
        for key, file in names.items():
            if file is None:
                self.names.pop(key, None)
            else:
                self.names[key] = file
        self.serial += 1
        self.changes.append(Change(self.serial, names))

    def make(self, path, file):
        self.change({self.find(path): file})

    def sync(self, file):
        file.settle()
        if not file.is_dir:
            return
        left = []
        for change in self.changes:
            change.unsynced.discard(file)
            if change.unsynced:
                left.append(change)
            else:
                self.note_durable(change)
        self.changes = left

    def note_durable(self, change):
        for key, file in change.names.items():
            if self.durable_since.get(key, 0) > change.serial:
                continue
            self.durable_since[key] = change.serial
            if file is None:
                self.durable.pop(key, None)
            else:
                self.durable[key] = file

    def sync_all(self):
        for change in self.changes:
            self.note_durable(change)
        self.changes = []
        for file in self.files.values():
            file.settle()

    def apply(self, op, words, data):
        """One line of the log; True if the disk has changed, or what is durable of it."""
        return getattr(self, "on_" + op)(words, data)

    def on_open(self, words, _):
        flags, ino, path = int(words[0]), int(words[1]), words[2]
        key = self.find(path)
        if key is None:
            return False
        file = self.names.get(key)
        if file is None:
            file = self.files[ino] = File()
            self.change({key: file})
            return True
        if flags & os.O_TRUNC and file.content():
            file.pending.append([None, 0, None])
            return True
        return False

    def on_nameless(self, words, _):
        """No cut leaves it, as long as it gets no name: on_link() knows of none such."""
        self.files[int(words[0])] = File()
        return False

    def on_write(self, words, data):
        ino, offset, length, at = map(int, words)
        file = self.files.get(ino)
        if file is None:
            return False
        file.pending.append([offset, data[at:at + length], None])
        return True

    def on_size(self, words, _):
        file = self.files.get(int(words[0]))
        if file is None or len(file.content()) == int(words[1]):
            return False
        file.pending.append([None, int(words[1]), None])
        return True

    def on_sync(self, words, _):
        if words[0] == "all":
            self.sync_all()
            return True
        file = self.files.get(int(words[0]))
        if file is None:
            return False
        self.sync(file)
        return True

    def on_rename(self, words, _):
        old, new = self.find(words[1]), self.find(words[2])
        if old is None and new is None:
            return False
        if old is None or new is None:
            raise RuntimeError(f"a rename from elsewhere: {words}")
        if int(words[0]) & EXCHANGE:
            self.change({old: self.names[new], new: self.names[old]})
        elif self.names[old] is not self.names.get(new):
            self.change({old: None, new: self.names[old]})
        return True

    def on_link(self, words, _):
        new = self.find(words[1])
        if new is not None:
            self.change({new: self.names[self.find(words[0])]})
        return new is not None

    def on_symlink(self, words, _):
        return self.on_new(words[1], File(target=words[0]))

    def on_mkdir(self, words, _):
        return self.on_new(words[0], File(is_dir=True))

    def on_new(self, path, file):
        if self.find(path) is None:
            return False
        self.make(path, file)
        return True

    def on_unlink(self, words, _):
        if self.find(words[0]) is None:
            return False
        self.make(words[0], None)
        return True

    def on_stat(self, words, _):
        stat = Stat(int(words[0]), int(words[1], 8), *map(int, words[2:5]))
        path = words[5]
        key = self.find(path) if path != "-" else None
        file = self.names.get(key) if key else self.files.get(stat.ino)
        if posixpath.normpath(path) == self.top:
            file = self.root
        if file is None:
            return False
        self.files[stat.ino] = file
        file.stat = stat
        if file.pending and file.pending[-1][2] is None:
            file.pending[-1][2] = stat
        return False

    def on_unknown(self, words, _):
        if self.find(words[1]) is not None or words[1] == "-":
            raise RuntimeError(f"the log does not understand a call that may change a file: {words}")
        return False

    # ---- What a cut leaves ----

    def torn_files(self, names):
        """Those that can be reached with these names and have something pending."""
        return [file for file in dict.fromkeys(file for _, file in walk(self.root, names)) if file.pending]

    def kept_names(self, keeps):
        """keeps: a bool for each pending change."""
        names, whole = dict(self.durable), {}
        for change, is_kept in zip(self.changes, keeps):
            for key, file in change.names.items():
                if not is_kept:
                    whole[key[0]] = False
                elif self.durable_since.get(key, 0) > change.serial:
                    continue
                elif file is None:
                    names.pop(key, None)
                else:
                    names[key] = file
        return names, whole

    def tree(self, names, whole, contents):
        """{path: (File, content, Stat or None)}; contents: {File: (content, stat)}"""
        out = {}
        for path, file in walk(self.root, names):
            if file.is_dir:
                out[path] = (file, None, file.stat if whole.get(file, True) else None)
            elif file.target is not None:
                out[path] = (file, None, file.stat)
            else:
                out[path] = (file, *contents.get(file, (file.base, file.stat)))
        return out

    def now(self):
        return self.tree(self.names, {}, {f: (f.content(), f.stat) for f in self.files.values()})


def walk(root, names):
    """(path, File), a folder before what is in it."""
    below = {}
    for (folder, name), file in names.items():
        below.setdefault(folder, []).append((name, file))
    todo = [("", root)]
    while todo:
        prefix, folder = todo.pop()
        for name, file in sorted(below.get(folder, ()), key=lambda pair: pair[0]):
            yield prefix + name, file
            if file.is_dir:
                todo.append((prefix + name + "/", file))


# ---- Which cuts there are ------------------------------------------------------------------------

EXTREMES = (  # changes of names, contents of our own files, of those that steps have written
    (False, "none", "none"), (True, "all", "all"), (True, "nul", "nul"), (True, "none", "none"), (False, "all", "all"),
    (True, "all", "nul"), (True, "nul", "all"),
)
OURS = (".git/wf/", "cortex-brain/")


def count_combinations(disk):
    n = 2 ** len(disk.changes)
    if n > 64:
        return n
    return n * len(CONTENTS) ** sum(1 for file in disk.files.values() if file.pending)


def cut(disk, variant, rng):
    """The tree of one cut: the extremes first, then samples."""
    if variant < len(EXTREMES):
        keeps_names, of_ours, of_theirs = EXTREMES[variant]
        names, whole = disk.kept_names([keeps_names] * len(disk.changes))
        ours = {file for path, file in walk(disk.root, names) if path.startswith(OURS)}
        return disk.tree(names, whole, {file: file.torn(of_ours if file in ours else of_theirs, rng)
                                        for file in disk.torn_files(names)})
    names, whole = disk.kept_names(sample_names(len(disk.changes), rng))
    favourite = rng.choice(CONTENTS)
    contents = {file: file.torn(favourite if rng.random() < 0.4 else rng.choice(CONTENTS), rng)
                for file in disk.torn_files(names)}
    return disk.tree(names, whole, contents)


def every_cut(disk, number, rng):
    """The number-th of all combinations, where they are few."""
    keeps = [bool(number >> i & 1) for i in range(len(disk.changes))]
    number >>= len(disk.changes)
    names, whole = disk.kept_names(keeps)
    contents = {}
    for file in (file for file in disk.files.values() if file.pending):
        contents[file] = file.torn(CONTENTS[number % len(CONTENTS)], rng)
        number //= len(CONTENTS)
    return disk.tree(names, whole, contents)


def sample_names(n, rng):
    """In order as a journal keeps them, all of them but a few, or any."""
    kind = rng.randrange(3)
    if kind == 0:
        n_kept = rng.randrange(n + 1)
        return [i < n_kept for i in range(n)]
    share = 0.5 if kind == 1 else 0.9
    return [rng.random() < share for _ in range(n)]
