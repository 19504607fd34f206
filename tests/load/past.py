"""Thousands of past runs: who shows the newest, or runs again, does not read them all."""

import os
import shutil
import subprocess
import time

from place import need

PAIRS = 25
WORKFLOWS = "abc"
SHOWN = 20
NAMES_S = 0.02  # to read 10,000 names at most


def make_runs(place, n):
    """Copies of real runs under other names, each with its line in the history, all of the past."""
    for name in WORKFLOWS:
        place.write(f".workflows/{name}.yml", "steps:\n  - {id: s, run: echo hello, inputs: [src]}\n  - {id: t, needs: [s], run: 'true'}\n")
        place.wf("run", name).need(0)
    real = {run[0]: run for run in place.run_ids()}
    texts = {name: [(file, open(os.path.join(place.runs_dir, run, file)).read()) for file in ("journal.ndjson", "workflow.json", "results.json")]
             for name, run in real.items()}
    path = os.path.join(place.runs_dir, "history.ndjson")
    with open(path) as file:
        lines = {line["run"][0]: text for line, text in zip(place.history(), file)}
    made = []
    for i in range(n):
        name = WORKFLOWS[i % len(WORKFLOWS)]
        seconds = i * 37
        run = f"{name}-2020{1 + seconds // 86400 // 28:02}{1 + seconds // 86400 % 28:02}-{seconds // 3600 % 24:02}{seconds // 60 % 60:02}{seconds % 60:02}-{i * 7919 % 0xffffff:06x}"
        directory = os.path.join(place.runs_dir, run)
        os.mkdir(directory)
        for file, text in texts[name]:
            with open(os.path.join(directory, file), "w") as copy:
                copy.write(text.replace(real[name], run))
        made.append(lines[name].replace(real[name], run))
    with open(path) as file:
        newest = file.read()
    with open(path, "w") as file:
        file.write("".join(made) + newest)


def seconds_of(words, place):
    began = time.perf_counter()
    subprocess.run(words, cwd=place.repo, env=place.env, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def ratio(place, words, peer, pairs=PAIRS):
    """The fastest of each, taking turns: others are at work here, too. (ratio, its seconds, the peer's)"""
    mine, of_peer = map(min, zip(*((seconds_of(words, place), seconds_of(peer, place)) for _ in range(pairs))))
    return mine / of_peer, mine, of_peer


def without_them(place):
    """The same repository with few runs: what a command takes then."""
    few = os.path.join(place.dir, "few")
    shutil.copytree(place.repo, few, symlinks=True)
    return few


def need_quick(place, n):
    for name in WORKFLOWS:
        place.write(f".workflows/{name}.yml", "steps: []\n")
    make_runs(place, 0)
    few = without_them(place)
    for run in place.run_ids():
        shutil.rmtree(os.path.join(place.runs_dir, run))
    os.unlink(os.path.join(place.runs_dir, "history.ndjson"))
    make_runs(place, n)
    history = os.path.join(place.runs_dir, "history.ndjson")
    figures = {}
    shown = place.wf("history").need(0).out.splitlines()
    need(len(shown) == SHOWN + 1, f"history shows {len(shown) - 1} runs")
    times, took, of_wc = ratio(place, [place.program, "history"], ["wc", "-l", history])
    need(times <= 3, f"history takes {times:.1f} times what 'wc -l' does ({took * 1000:.1f} ms, {of_wc * 1000:.1f})")
    figures["history beside wc -l"] = {"ratio_to_wc": round(times, 2), "ms": round(took * 1000, 2), "wc_ms": round(of_wc * 1000, 2)}
    # Listing the names of all folders is allowed to those that look for a run, and to nobody else.
    for words, most in ((("list",), 1.5), (("run", "-n", "a"), 1.5), (("plan", "a"), 1.5), (("history",), 1.5), (("status",), None), (("log", "latest"), None)):
        times, took, of_few = ratio(place, [place.program, *words], [place.program, "-C", few, *words])
        quick = times <= most if most else took <= of_few + NAMES_S
        need(quick, f"'{' '.join(words)}' takes {times:.1f} times as long with {n} runs ({took * 1000:.1f} ms)")
        figures[" ".join(words)] = {"ratio_to_few": round(times, 2), "ms": round(took * 1000, 2)}
    return figures
