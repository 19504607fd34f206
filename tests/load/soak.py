"""Run, edit, cancel, resume, again and again, now and then with a kill -9: nothing grows."""

import ctypes
import os
import random
import signal
import statistics
import time

from children import descendants
from place import need, size_of

PR_SET_CHILD_SUBREAPER = 36
CONTENTS = 8  # that the source has in turn: the cache knows all of them soon
KILLS = 0.01
WAIT_S = 20
GROWTH = 1.25
CACHE_BYTES = 1 << 20  # where it is compacted at the latest; a short soak does not get there
# The stat table knows each file that was ever written, up to this many: then the oldest go.
STAT_BYTES = 2 * 65536 * 72

WORKFLOW = """steps:
  - {id: a, run: 'cat src/a > out/a', inputs: [src/a], outputs: [out/a]}
  - {id: b, run: 'cat out/a out/a > out/b; echo of b', inputs: [out/a], outputs: [out/b]}
  - {id: slow, needs: [b], run: 'test ! -e SLOW || { : > STARTED; sleep 30 & wait; }'}
"""


class Soak:
    def __init__(self, place, seed):
        self.place, self.chance = place, random.Random(seed)
        self.slow, self.started = (os.path.join(place.dir, name) for name in ("slow", "started"))
        self.samples, self.n_kills = [], 0
        place.write(".workflows/w.yml", WORKFLOW.replace("SLOW", self.slow).replace("STARTED", self.started))
        place.write(".gitignore", "out/\n")
        place.write("out/.keep", "")
        self.edit(0)
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def edit(self, i):
        self.content = f"content {i % CONTENTS}\n"
        self.place.write("src/a", self.content)

    def run(self, *words):
        self.place.wf(*words).need(0)
        need(self.place.read("out/a") == self.content, f"out/a is not what {words} makes")
        need(self.place.read("out/b") == self.content * 2, f"out/b is not what {words} makes")

    def start_slow(self):
        if os.path.exists(self.started):
            os.unlink(self.started)
        open(self.slow, "w").close()
        with open(os.path.join(self.place.dir, "said"), "wb") as said:
            return self.place.start("run", "w", stdout=said, stderr=said)

    def wait_started(self, engine):
        until = time.monotonic() + WAIT_S
        while not os.path.exists(self.started):
            need(engine.poll() is None and time.monotonic() < until, f"the run did not start: {open(os.path.join(self.place.dir, 'said')).read()}")
            time.sleep(0.0005)

    def cancel(self):
        engine = self.start_slow()
        self.wait_started(engine)
        self.look(engine.pid)
        if self.chance.random() < 0.9:
            engine.send_signal(signal.SIGINT)
        else:
            self.place.wf("cancel").need(0)
        status = engine.wait(timeout=WAIT_S)
        need(status in (-signal.SIGINT, 130, 1), f"cancelled, the run ends with {status}")
        os.unlink(self.slow)

    def kill(self):
        self.before = set(self.place.run_ids())
        engine = self.start_slow()
        time.sleep(self.chance.random() * 0.02)
        engine.kill()
        engine.wait()
        os.unlink(self.slow)
        self.n_kills += 1

    def look(self, pid):
        """What the engine has while a step runs."""
        with open(f"/proc/{pid}/status") as file:
            rss_kib = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        dead = [state for state, _ in descendants(pid).values()].count("Z")
        self.now = {"fds": len(os.listdir(f"/proc/{pid}/fd")), "rss_kib": rss_kib, "engine_zombies": dead}

    def sample(self):
        place = self.place
        # What a killed engine left comes to us when it is ended.
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        states = [state for state, _ in descendants().values()]
        last = place.run_ids()
        newest = max((os.path.join(place.runs_dir, run) for run in last), key=os.path.getmtime)
        cache = os.path.join(place.repo, ".git/wf")
        stat_bytes = os.path.getsize(os.path.join(cache, "stat"))
        self.samples.append(dict(self.now, processes=len(states), temporary=len(place.temporary_files()), stat_bytes=stat_bytes,
                                 cache_bytes=size_of(cache) - stat_bytes, run_bytes=size_of(newest)))

    def loop(self, i):
        self.edit(i)
        self.run("run", "w")
        self.edit(i + self.chance.randrange(1, CONTENTS))
        if self.chance.random() < KILLS:
            self.kill()
            self.run(*(("run", "w") if self.chance.random() < 0.5 else ("resume",)) if self.was_begun() else ("run", "w"))
        else:
            self.cancel()
            self.run("resume")

    def was_begun(self):
        """A kill may come before there is a run to resume, or before it says what it is."""
        killed = set(self.place.run_ids()) - self.before
        return all(os.path.exists(os.path.join(self.place.runs_dir, run, "workflow.json")) for run in killed) and \
            self.place.wf("status", "--exit-code").status == 1


def need_flat(samples, name, most=None):
    column = [sample[name] for sample in samples]
    quarter = max(1, len(column) // 4)
    early, late = max(column[quarter:2 * quarter] or column), max(column[-quarter:])
    need(late <= early * GROWTH if most is None else max(column) <= most, f"{name} grows: {column}")
    return column


def need_soak(place, loops, seed):
    soak = Soak(place, seed)
    every = max(1, loops // 40)
    took = []
    for i in range(loops):
        began = time.monotonic()
        soak.loop(i)
        took.append(time.monotonic() - began)
        if i >= CONTENTS and (i + 1) % every == 0:
            soak.sample()
    figures = {name: need_flat(soak.samples, name) for name in ("fds", "rss_kib", "run_bytes")}
    figures |= {name: need_flat(soak.samples, name, most) for name, most in (("cache_bytes", CACHE_BYTES), ("stat_bytes", STAT_BYTES))}
    figures |= {name: need_flat(soak.samples, name, 0) for name in ("engine_zombies", "processes")}
    # Each kill may leave the file that was being written, until gc finds it old.
    figures["temporary"] = need_flat(soak.samples, "temporary", soak.n_kills)
    tenth = max(1, loops // 10)
    figures["loop_ms"] = [round(statistics.median(part) * 1000, 1) for part in (took[:tenth], took[-tenth:])]
    return {"kills": soak.n_kills, **figures}
