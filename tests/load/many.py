"""Much at once: thousands of steps that are ready, and a thousand invocations of one moment."""

import collections
import os
import random
import subprocess

from place import need

MIB = 64
LIMIT_S = 300


def need_ready(place, n, jobs):
    """n steps that wait for nothing: each runs once, never more than `jobs` at a time."""
    ran = os.path.join(place.dir, "ran")
    place.write(".workflows/ready.yml", "steps:\n" + "".join(f"  - {{id: s{i}, run: 'echo {i} >> {ran}'}}\n" for i in range(n)))
    result = place.wf("run", "ready", f"-j{jobs}", "--output", "quiet").need(0).need_cost(LIMIT_S, MIB)
    lines = open(ran).read().split()
    need(sorted(map(int, lines)) == list(range(n)), f"{len(lines)} lines of {n} steps")
    most = at_work = passed = 0
    for event in place.journal(place.run_ids()[-1]):
        at_work += (event["type"] == "step.start") - (event["type"] == "step.end")
        most = max(most, at_work)
        passed += event["type"] == "step.end" and event["status"] == "passed"
    need(passed == n, f"{passed} of {n} steps passed")
    need(2 <= most <= jobs, f"{most} steps at a time, not {jobs}")
    place.need_whole_files()
    return {"seconds": round(result.seconds, 2), "mib": result.kib // 1024, "most_at_once": most}


# ---- A thousand invocations ----

READERS = (("status",), ("status", "--json"), ("status", "hot"), ("history",), ("status", "--porcelain"))
N_OTHERS = 10


def write_workflows(place):
    """hot: a run at a time, others are refused; of the others each second waits for its turn."""
    slow = "  - {id: s, run: 'echo $WF_RUN_ID >> %s; sleep 0.02'}\n"
    names = ["hot"] + [f"other{i}" for i in range(N_OTHERS)]
    for i, name in enumerate(names):
        waits = "concurrency: {wait: true}\n" if i and i % 2 == 0 else ""
        place.write(f".workflows/{name}.yml", waits + "steps:\n" + slow % os.path.join(place.dir, "ran-" + name))
    return names


def invocations(n):
    chance = random.Random(7)
    words = [chance.choice(READERS) for _ in range(n // 2)]
    words += [("run", "hot", "-q")] * (n * 3 // 10)
    words += [("run", f"other{i % N_OTHERS}", "-q") for i in range(n // 5)]
    chance.shuffle(words)
    return words


def start_all(place, words):
    """All at one moment: each waits until its end of a pipe is closed."""
    gate, opener = os.pipe()
    os.set_inheritable(opener, False)
    children = []
    for i, word in enumerate(words):
        said = open(os.path.join(place.dir, f"said.{i}"), "wb")
        children.append(subprocess.Popen(["sh", "-c", 'read -r _; exec "$@"', "sh", place.program, *word], cwd=place.repo,
                                         env=place.env, stdin=gate, stdout=said, stderr=said))
        said.close()
    os.close(gate)
    os.close(opener)
    return children


def need_crowd(place, n):
    names = write_workflows(place)
    for name in names:
        place.wf("run", name).need(0)
    words = invocations(n)
    ends = collections.defaultdict(collections.Counter)
    for i, child in enumerate(start_all(place, words)):
        status = child.wait(timeout=LIMIT_S)
        word = words[i]
        allowed = (0, 4) if word[0] == "run" else (0,)
        need(status in allowed, f"'{' '.join(word)}' exits with {status}: {open(os.path.join(place.dir, f'said.{i}')).read()[-500:]}")
        ends[word[1] if word[0] == "run" else "reading"][status] += 1
    for k, name in enumerate(names):
        ran = open(os.path.join(place.dir, "ran-" + name)).read().split()
        admitted = ends[name][0] + 1
        need(len(ran) == len(set(ran)) == admitted, f"{name}: {len(ran)} lines of {admitted} runs")
        need(ends[name][4] == 0 or k == 0 or k % 2 == 1, f"{name} waits, and was refused")
    n_runs = sum(ends[name][0] + 1 for name in names)
    need(len(place.history()) == n_runs == len(place.run_ids()), f"{len(place.history())} lines of history of {n_runs} runs")
    place.need_whole_files()
    for name in names:
        place.wf("run", name).need(0)
    return {"passed": sum(ends[name][0] for name in names), "busy": sum(ends[name][4] for name in names), "read": ends["reading"][0]}
