#!/usr/bin/env python3
"""Power cuts of a real file system: an ext4 on a loop device is shut down in the middle of a run.

	shutdown.py --program build/git-wf --tools build/tests/fault [--points 240]
	shutdown.py ... --point once:ext4:310:nolog

At the n-th system call the file system stops (FS_IOC_SHUTDOWN, with its journal written or not) and the program is
killed; then it is mounted again, which replays the journal, and the program has to go on. Needs root and mounts; else one
line says why it is skipped. Ends with "N passed, N failed".
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from outage import OUTAGES, WF, snapshots_told
from point import Loss, need
from power import Survivor
from scenario import make_template
from sweeping import report_sweeps, run_points

FLAGS = {"log": 1, "nolog": 2}  # what the file system's journal holds in memory is written first, or lost
SCENARIOS = ("first", "declared", "resumed", "aborted", "once", "kinds")
AT_THE_END = 1000000  # later than any call: the program has ended
IMAGE_BYTES = 64 << 20
PATIENCE_S = 5
BOOT_ID = "00000000-0000-4000-8000-00000000e4f5"


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"'{' '.join(words)}': {done.stderr.strip()}")


class Image:
    """A small ext4, mounted below `directory`."""

    def __init__(self, directory):
        self.image, self.pristine = os.path.join(directory, "image"), os.path.join(directory, "pristine")
        self.at = os.path.join(directory, "mount")
        os.mkdir(self.at)
        with open(self.pristine, "wb") as file:
            file.truncate(IMAGE_BYTES)
        run("mkfs.ext4", "-q", "-F", self.pristine)
        self.is_mounted = False

    def make_anew(self):
        self.unmount()
        run("cp", "--sparse=always", self.pristine, self.image)
        self.mount()

    def mount(self):
        run("mount", "-o", "loop", self.image, self.at)
        self.is_mounted = True

    def unmount(self):
        """Who was killed there may take a moment to be gone."""
        until = time.monotonic() + PATIENCE_S
        while self.is_mounted:
            try:
                run("umount", self.at)
                self.is_mounted = False
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)


def kind_of(checkpoint):
    """None: it is not whole, which is allowed for those that nobody waits for."""
    with open(checkpoint, "rb") as file:
        try:
            return json.load(file)["kind"]
        except (ValueError, KeyError):
            return None


class Promised:
    """What was there when commands had ended by themselves, and what steps the world has seen begin."""

    def __init__(self):
        self.journals, self.files, self.snapshots, self.began = {}, {}, {}, []

    def note(self, point):
        for name, journal in point.journals().items():
            folder = os.path.join("cortex-brain/workflows", name)
            with open(journal, "rb") as file:
                text = self.journals[os.path.join(folder, "journal.ndjson")] = file.read()
            self.snapshots.update(snapshots_told(name, text))
            for path in self.whole_files(point.repo, folder):
                with open(os.path.join(point.repo, path), "rb") as file:
                    self.files[path] = file.read()

    @staticmethod
    def whole_files(repo, folder):
        checkpoints = os.path.join(folder, "checkpoints")
        for path in (os.path.join(folder, "workflow.json"), os.path.join(folder, "results.json")):
            if os.path.exists(os.path.join(repo, path)):
                yield path
        folder = os.path.join(repo, checkpoints)
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            if not name.startswith(".") and kind_of(os.path.join(folder, name)) in ("declared", "pause"):
                yield os.path.join(checkpoints, name)


class Mounted(Survivor):
    """The repository is on the image, all else beside it."""

    def __init__(self, setup, scenario, directory):
        self.image = setup.image
        self.image.make_anew()
        super().__init__(setup, scenario, directory)
        on_image = os.path.join(self.image.at, "repo")
        shutil.move(self.repo, on_image)
        self.repo = on_image
        self.env["FAULT_FAIL"] = os.path.join(self.image.at, "fail")
        run("sync", "-f", self.image.at)

    def close(self):
        super().close()
        self.image.unmount()

    def do(self, words):
        subprocess.run([self.setup.program if word == WF else word for word in words], cwd=self.repo, env=self.env,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def be_cut(self, n, flags):
        """What must last; None: `n` is later than the last call, and not meant to be."""
        promised = Promised()
        *first, last = self.scenario.commands
        for words in first:
            self.do(words)
            if words[0] == WF:
                promised.note(self)
            else:
                run("sync", "-f", self.image.at)  # the user's own
        if n < AT_THE_END and not self.stop_at(n, flags, last):
            return None
        if n == AT_THE_END:
            self.do(last)
            promised.note(self)
            self.stop_at(0, flags, ("true",))
        promised.began = self.ran()
        self.image.unmount()
        self.image.mount()
        table = os.path.join(self.dir, "reboot")
        with open(table, "w") as file:
            file.write(BOOT_ID + "\n")
        self.env.update(LD_PRELOAD=os.path.join(self.setup.tools, "reboot.so"), FAULT_REBOOT=table)
        return promised

    def stop_at(self, n, flags, words):
        report = os.path.join(self.dir, "report")
        command = [self.setup.program if word == WF else word for word in words]
        if words == ("true",):  # any program will do: its first call
            command = [self.setup.program, "version"]
        done = subprocess.run([self.setup.injector, "-o", report, "shutdown", str(n), str(FLAGS[flags]), self.image.at,
                               "--", *command], cwd=self.repo, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise OSError(done.stderr.strip())
        with open(report) as file:
            self.hit = next((line[4:].strip() for line in file if line.startswith("hit ")), None)
        return self.hit

    def need_barriers(self, promised):
        """What a step that has begun waited for."""
        journals = b"".join(open(path, "rb").read() for path in self.journals().values() if os.path.exists(path))
        if self.scenario.name == "once" and "d" in promised.began:
            need(b'"type":"step.start","step":"d"' in journals, "'d' began, and the journal does not know")
        if self.scenario.name == "declared" and promised.began:
            told = {}
            for name, path in self.journals().items():
                with open(path, "rb") as file:
                    told.update(snapshots_told(name, file.read()))
            need(told, "a step began, and no snapshot is told of")
            self.need_snapshots(told)
        if self.scenario.name == "declared" and "c" in promised.began:
            found = [path for name in self.journals()
                     for path in Promised.whole_files(self.repo, os.path.join("cortex-brain/workflows", name))
                     if "/checkpoints/" in path]
            need(len(found) == 2, f"'c' began, and of two declared checkpoints there are {found}")


class Replaced:
    """What a command was about to put in place of a file: nobody knows how far it came."""

    @staticmethod
    def content():
        return None


def in_between(path):
    return Replaced if path.endswith("/results.json") else None


class Setup:
    def __init__(self, options, top):
        self.program, self.top = os.path.abspath(options.program), top
        self.tools = os.path.abspath(options.tools)
        self.injector = os.path.join(self.tools, "inject")
        self.first_pid, self.n, self.templates = 2, 0, {}
        self.image = Image(top)
        for name in SCENARIOS:
            self.templates[name] = os.path.join(top, "template-" + name)
            make_template(OUTAGES[name], self.templates[name])

    def judge(self, what):
        name, _, n, flags = what
        self.n += 1
        point, loss = Mounted(self, OUTAGES[name], os.path.join(self.top, str(self.n))), None
        try:
            promised = point.be_cut(n, flags)
            if promised is None:
                return what, None, None
            point.need_promises(promised, None if n == AT_THE_END else in_between)
            point.need_barriers(promised)
            point.judge(promised, self.n, True)
        except Loss as lost:
            loss = str(lost)
        finally:
            point.close()
        return what, point.hit or "-1 at the end", loss

    def count_calls(self, name):
        point = Mounted(self, OUTAGES[name], os.path.join(self.top, "count-" + name))
        try:
            *first, last = OUTAGES[name].commands
            for words in first:
                point.do(words)
            report = os.path.join(point.dir, "report")
            subprocess.run([self.injector, "-o", report, "record", "--", self.program, *last[1:]], cwd=point.repo,
                           env=point.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with open(report, errors="replace") as file:
                return sum(1 for line in file if line[:1].isdigit())
        finally:
            point.close()


def choose_points(setup, options, rng):
    """Of each scenario as many, a tenth of them when the program has ended."""
    points = []
    for name in options.scenarios:
        n_calls = setup.count_calls(name)
        for i in range(-(-options.points // len(options.scenarios))):
            n = AT_THE_END if i % 10 == 0 else rng.randrange(n_calls)
            points.append((name, "ext4", n, rng.choice(list(FLAGS))))
    rng.shuffle(points)
    return points


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/git-wf")
    parser.add_argument("--tools", default="build/tests/fault", help="where inject and reboot.so are")
    parser.add_argument("--out", default="build/fault")
    parser.add_argument("--points", type=int, default=240)
    parser.add_argument("--seconds", type=float, default=0, help="at most; 0: all points")
    parser.add_argument("--floor", type=int, default=200, help="fewer points are a failure")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20, help="how many losses are printed")
    parser.add_argument("--first", action="store_true", help="stop at the first loss")
    parser.add_argument("--scenarios", type=lambda text: text.split(","), default=list(SCENARIOS))
    parser.add_argument("--point", help="only this one, as a loss names it")
    return parser.parse_args()


def cannot(setup):
    """Why this machine cannot do it, or None."""
    point = None
    try:
        point = Mounted(setup, OUTAGES["first"], os.path.join(setup.top, "try"))
        point.stop_at(0, "nolog", ("true",))
    except OSError as error:
        return str(error)
    finally:
        if point:
            point.close()
    return None


def main():
    options = read_options()
    options.floors = {"ext4": options.floor}
    top = tempfile.mkdtemp(prefix="wf-ext4.")
    try:
        try:
            setup = Setup(options, top)
            why = cannot(setup)
        except OSError as error:
            why = str(error)
        if why or os.geteuid():
            print(f"skipped: {why or 'only root may shut a file system down'}\n0 passed, 0 failed")
            return 0
        if options.point:
            name, kind, n, flags = options.point.split(":")
            _, hit, loss = setup.judge((name, kind, int(n), flags))
            print(f"hit {hit}: {loss or 'ok'}")
            return 1 if loss else 0
        points = choose_points(setup, options, random.Random(options.seed))
        figures = run_points("ext4", points, options, lambda todo: map(setup.judge, todo))
    finally:
        subprocess.run(["umount", os.path.join(top, "mount")], capture_output=True)
        shutil.rmtree(top, ignore_errors=True)
    return report_sweeps({"ext4": figures}, options)


if __name__ == "__main__":
    sys.exit(main())
