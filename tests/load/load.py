#!/usr/bin/env python3
"""What happens when there is much of it: large graphs, crowds, a long past, a long time.

	load.py --program build/git-wf [--sample] [graphs] [ready] [crowd] [history] [soak]

Ends with "N passed, N failed", and puts its figures beside those of the fault sweeps. See README.md.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from place import Loss, Place  # before the others: it knows where the fault tools are

import figures
import graphs
import many
import past
import soak

# part: (size of all, of a sample, points of a size, one point)
PARTS = {
    "graphs": (100000, 10000, graphs.points, graphs.check),
    "ready": (10000, 500, lambda n: ("2", "64"), lambda place, n, jobs: many.need_ready(place, n, int(jobs))),
    "crowd": (1000, 100, lambda n: ("crowd",), lambda place, n, _: many.need_crowd(place, n)),
    "history": (10000, 1000, lambda n: ("history",), lambda place, n, _: past.need_quick(place, n)),
    "soak": (5000, 40, lambda n: ("soak",), lambda place, n, _: soak.need_soak(place, n, options.seed)),
}


def judge(top, part, n, point):
    """(figures or None, what was lost or None)"""
    directory = tempfile.mkdtemp(prefix=f"{part}.", dir=top)
    try:
        return PARTS[part][3](Place(options.program, options.tools, directory), n, point), None
    except Loss as loss:
        return None, str(loss)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def sweep(top, part):
    size, sample, points, _ = PARTS[part]
    n = options.size or (sample if options.sample else size)
    began, measured, losses = time.monotonic(), {}, []
    names = [point for point in points(n) if not options.point or point == options.point]
    for name in names:
        result, loss = judge(top, part, n, name)
        if loss:
            losses.append((name, loss))
            print(f"not ok - {part} {name}\n#   " + loss.strip().replace("\n", "\n#   "), flush=True)
        else:
            measured[name] = result
        if options.verbose:
            print(f"# {part} {name}: {result}", flush=True)
    took = time.monotonic() - began
    print(f"# {part}: size {n}, {len(names)} points, {len(losses)} losses, {took:.0f} s", flush=True)
    # What was judged: graphs, or so many things at each point.
    n_judged = len(names) * (1 if part == "graphs" else n)
    return {"points": n_judged, "floor": n_judged, "losses": len(losses), "seconds": round(took, 1), "seed": options.seed,
            "size": n, "measured": measured, "first_losses": losses}, len(names)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/git-wf")
    parser.add_argument("--tools", default="build/tests/fault", help="where evil is")
    parser.add_argument("--out", default="build/fault")
    parser.add_argument("--dir", help="where the repositories are made (default: TMPDIR)")
    parser.add_argument("--sample", action="store_true", help="small sizes")
    parser.add_argument("--size", type=int, default=0, help="another size")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--point", help="only this one")
    parser.add_argument("--verbose", action="store_true", help="what each point measured")
    parser.add_argument("parts", nargs="*", default=[], metavar="PART", help=", ".join(PARTS))
    return parser.parse_args()


def main():
    if not sys.platform.startswith("linux"):
        print("skipped: needs /proc\n0 passed, 0 failed")
        return 0
    top = tempfile.mkdtemp(prefix="wf-load.", dir=options.dir)
    passed = failed = 0
    try:
        for part in options.parts or PARTS:
            result, n_points = sweep(top, part)
            if not options.point:
                figures.keep(options.out, {part: result})
            passed += n_points - result["losses"]
            failed += result["losses"]
    finally:
        shutil.rmtree(top, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


options = read_options()

if __name__ == "__main__":
    sys.exit(main())
