"""A repository that a power cut has hit: made anew at its place as the disk was left, after a reboot."""

import os
import random
import shutil
import subprocess
import zlib

from disk import EXTREMES, count_combinations, cut, every_cut

SAMPLES = 8    # of a cut, besides the extremes
ALL_UP_TO = 24  # combinations: no sample then, but all


class Rebuilt:
    """Has repo, dir, env, setup and a recording."""

    def points(self):
        """(after which operation, which of the trees that a cut may leave there)"""
        for n in self.recording.cuts:
            count = count_combinations(self.recording.at(n)[0])
            for variant in range(count if count <= ALL_UP_TO else len(EXTREMES) + SAMPLES):
                yield n, variant

    def fail_power(self, n, variant, seed):
        """(the disk before, what must last), or None: there is no such cut."""
        if n > len(self.recording.ops):
            return None
        disk, promises = self.recording.at(n)
        rng = random.Random(f"{seed}:{n}:{variant}")
        if count_combinations(disk) > ALL_UP_TO:
            tree = cut(disk, variant, rng)
        elif variant < count_combinations(disk):
            tree = every_cut(disk, variant, rng)
        else:
            return None
        self.build(tree)
        self.start_anew(tree, zlib.crc32(f"{n}:{variant}".encode()))
        if self.setup.keeps:
            kept = os.path.join(self.dir, "cut")
            shutil.rmtree(kept, ignore_errors=True)
            subprocess.run(["cp", "-a", self.repo, kept], check=True)
        return disk, promises

    def build(self, tree):
        shutil.rmtree(self.repo)
        os.mkdir(self.repo)
        for path, (file, content, _) in tree.items():
            whole = os.path.join(self.repo, path)
            if file.is_dir:
                os.mkdir(whole)
            elif file.target is not None:
                os.symlink(file.target, whole)
            else:
                with open(whole, "wb") as out:
                    out.write(content)
            if file.stat and file.target is None:
                os.chmod(whole, file.stat.mode & 0o7777)

    def start_anew(self, tree, serial):
        """Files are known by what they were; see reboot.c."""
        lines = [f"00000000-0000-4000-8000-{serial & 0xffffffffffff:012x}"]
        for path, (_, _, stat) in tree.items():
            now = os.lstat(os.path.join(self.repo, path))
            if stat:
                lines.append(f"{now.st_ino} {now.st_ctime_ns} {stat.ino} {stat.mtime} {stat.ctime}")
        table = os.path.join(self.dir, "reboot")
        with open(table, "w") as out:
            out.write("\n".join(lines) + "\n")
        self.env["LD_PRELOAD"] = os.path.join(self.setup.tools, "reboot.so")
        self.env["FAULT_REBOOT"] = table

    def told(self, n):
        """The operation before the cut."""
        op = next((op for op in reversed(self.recording.ops[:n]) if op.name != "stat"), None)
        return " ".join([op.name, *op.words])[-120:] if op else "nothing"
