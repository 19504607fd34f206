"""Graphs of 100,000 steps: what only looks at them is done within two seconds and 300 MiB."""

import json
import random

from place import need

SECONDS, MIB = 2, 300
TRIES = 3  # of which the fastest counts: others are at work here, too


def chain(n):
    return [[i - 1] if i else [] for i in range(n)]


def fan_out(n):
    return [[0] if i else [] for i in range(n)]


def fan_in(n):
    return [[] for _ in range(n - 1)] + [list(range(n - 1))]


def lattice(n, width=100):
    """Layers of 100, each step below two of the layer before."""
    return [sorted({i - width, i - width - i % width + (i + 1) % width}) if i >= width else [] for i in range(n)]


def at_random(n):
    chance = random.Random(1)
    return [sorted({chance.randrange(i) for _ in range(3)}) if i else [] for i in range(n)]


SHAPES = {"chain": chain, "fan-out": fan_out, "fan-in": fan_in, "lattice": lattice, "random": at_random}


def write_json(place, name, needs):
    steps = [{"id": f"s{i}", "run": "true", **({"needs": [f"s{k}" for k in below]} if below else {})}
             for i, below in enumerate(needs)]
    place.write(f".workflows/{name}.json", json.dumps({"steps": steps}))


def write_yaml(place, name, needs):
    lines = [f"  - {{id: s{i}, run: 'true'" + (f", needs: [{', '.join(f's{k}' for k in below)}]" if below else "") + "}\n"
             for i, below in enumerate(needs)]
    place.write(f".workflows/{name}.yml", "steps:\n" + "".join(lines))


def write_files(place, name, n):
    """The edges come from files: ten steps in a row each, and every one has a source of its own."""
    lines = []
    for i in range(n):
        inputs = [f"src/{i}"] + ([f"out/{i - 1}"] if i % 10 else [])
        lines.append(f"  - {{id: s{i}, run: 'cat src/{i} > out/{i}', inputs: [{', '.join(inputs)}], outputs: [out/{i}]}}\n")
    place.write(f".workflows/{name}.yml", "steps:\n" + "".join(lines))


def cheapest(place, words, status=0):
    results = []
    for _ in range(TRIES):
        results.append(place.wf(*words).need(status))
        if results[-1].cpu <= SECONDS / 2:
            break
    best = min(results, key=lambda result: result.cpu)
    return best.need_cost(SECONDS, MIB)


def need_plan(place, name, n, n_first):
    """The plan has every step, and says of those below others that they wait."""
    result = cheapest(place, ("plan", name))
    words = [line.split()[0] for line in result.out.splitlines() if line.startswith("  ") and line.split()[0] in ("run", "pending")]
    need(words.count("run") == n_first and len(words) == n, f"the plan of {name} has {words.count('run')} and {len(words)} steps")
    return result


def points(n):
    for shape in SHAPES:
        for form in ("json", "yaml"):
            yield f"{shape}-{form}"
    yield from ("files", "cycle", "look")


def check(place, n, point):
    """One point: {what: [seconds, of the processor, MiB]}"""
    figure = lambda result: [round(result.seconds, 2), round(result.cpu, 2), result.kib // 1024]  # noqa: E731
    shape, _, form = point.rpartition("-")
    if point == "files":
        write_files(place, point, n)
        return {"plan": figure(need_plan(place, point, n, n // 10))}
    if point == "cycle":
        write_yaml(place, point, [[n - 1]] + chain(n)[1:])
        result = cheapest(place, ("plan", point), 129)
        need("s0" in result.err and len(result.err) < 100000, f"a circle is told so: {result.err[:300]}")
        return {"plan": figure(result)}
    if point == "look":
        write_json(place, point, chain(n))
        commands = {"validate": ("validate", point), "graph": ("graph", point, "--format", "dot"), "explain": ("explain", point, f"s{n - 1}"),
                    "dry run": ("run", "-n", point), "show": ("show", point), "list": ("list",)}
        return {what: figure(cheapest(place, words)) for what, words in commands.items()}
    needs = SHAPES[shape](n)
    (write_json if form == "json" else write_yaml)(place, point, needs)
    return {"plan": figure(need_plan(place, point, n, sum(not below for below in needs)))}
