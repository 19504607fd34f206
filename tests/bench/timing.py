"""Timed runs through a small static launcher, and what is computed from them."""
import math
import os
import random
import statistics
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


class BenchError(Exception):
    pass


class Bench:
    """Where the bench works, and its two helper programs."""

    def __init__(self, out, timeout_s):
        self.bin = os.path.join(out, "bin")
        self.timeout_s = timeout_s
        os.makedirs(self.bin, exist_ok=True)
        for name, flags in (("launch", ["-static"]), ("floor", [])):
            subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-D_GNU_SOURCE", "-O2", *flags,
                            "-o", os.path.join(self.bin, name),
                            os.path.join(HERE, "floor", name + ".c")], check=True)

    def run(self, command, cwd):
        """{wall_ms, cpu_ms, rss_mib} of one run; rss is the largest single process waited for."""
        result = os.path.join(self.bin, "launch.out")
        if os.path.exists(result):
            os.unlink(result)
        environment = {k: v for k, v in os.environ.items()
                       if not k.startswith(("GIT_", "WF_", "MAKE", "MFLAGS"))}
        environment["LAUNCH_TIMEOUT_S"] = str(self.timeout_s)
        subprocess.run([os.path.join(self.bin, "launch"), result, *command], cwd=cwd,
                       env=environment, stdin=subprocess.DEVNULL, check=True)
        with open(result) as f:
            wall_ns, cpu_us, rss_kib, status = map(int, f.read().split())
        if status != 0:
            raise BenchError(f"exit {status}: {' '.join(command)} (in {cwd})")
        return {"wall_ms": wall_ns / 1e6, "cpu_ms": cpu_us / 1e3, "rss_mib": rss_kib / 1024}

    def floor(self, cwd, mode, n, jobs=1):
        """The same figures for a physical limit; the time is that of the work alone."""
        run = subprocess.run([os.path.join(self.bin, "floor"), mode, str(n), str(jobs)], cwd=cwd,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise BenchError(f"floor {mode}: {run.stderr.strip()}")
        return {"wall_ms": float(run.stdout), "cpu_ms": 0.0, "rss_mib": 0.0}


def bounds(values, seed=1):
    """The median and its 95 % interval by bootstrap: (low, median, high)."""
    rng = random.Random(seed)
    n = len(values)
    medians = sorted(statistics.median(rng.choices(values, k=n)) for _ in range(2000))
    return medians[int(0.025 * 2000)], statistics.median(values), medians[int(0.975 * 2000) - 1]


def ratio_bounds(ours, theirs):
    """The same for ours/theirs over interleaved pairs: logarithms make it symmetric."""
    logs = [math.log(a / b) for a, b in zip(ours, theirs)]
    return tuple(math.exp(x) for x in bounds(logs))


def format_ms(ms):
    if ms < 10:
        return f"{ms:.2f} ms"
    if ms < 1000:
        return f"{ms:.1f} ms"
    return f"{ms / 1000:.2f} s"
