"""What all sweeps share: points are judged until time is up, losses are printed, figures written."""

import collections
import time

from figures import keep


def feed(pool, jobs, fn, todo):
    """Results as they come; asks for no more than is being worked on, so that time can be up."""
    waiting = collections.deque()
    for what in todo:
        waiting.append(pool.apply_async(fn, (what,)))
        if len(waiting) > jobs * 2:
            yield waiting.popleft().get()
    while waiting:
        yield waiting.popleft().get()


def describe(what):
    name, kind, *fault = what
    return ":".join(map(str, (name, kind, *fault)))


def print_loss(what, hit, loss, names):
    number, _, rest = (hit or "-1 no call").partition(" ")
    print(f"not ok - {describe(what)} ({names.get(int(number), '')} {rest})\n#   " +
          loss.strip().replace("\n", "\n#   "), flush=True)


def run_points(kind, points, options, judged, names=()):
    """The figures of one kind. judged: from points to (point, what was hit or None, loss or None)."""
    began = time.monotonic()
    n, missed, losses, by_scenario = 0, 0, [], collections.Counter()
    floor = options.floors.get(kind, 100 if points else 0)

    def until_time_is_up():
        """And as many as there must be, however busy the machine is."""
        for i, what in enumerate(points):
            is_late = options.seconds and time.monotonic() - began > options.seconds
            if is_late and i >= floor or options.first and losses:
                return
            yield what

    for what, hit, loss in judged(until_time_is_up()):
        n += 1
        missed += hit is None
        by_scenario[what[0]] += 1
        if loss:
            losses.append((describe(what), loss))
            if len(losses) <= options.show:
                print_loss(what, hit, loss, dict(names))
    took = time.monotonic() - began
    print(f"# {kind}: {n} of {len(points)} points ({missed} came too late), seed {options.seed}, "
          f"{len(losses)} losses, {took:.0f} s", flush=True)
    return {"points": n, "floor": floor,
            "possible": len(points), "not_hit": missed, "losses": len(losses), "seconds": round(took, 1), "seed": options.seed,
            "by_scenario": dict(by_scenario),
            "first_losses": losses[:20]}


def report_sweeps(figures, options):
    """The exit status: 1 if there was a loss, or fewer points than there must be."""
    failed = passed = 0
    for kind, one in figures.items():
        few = one["points"] < one["floor"]
        if few:
            print(f"not ok - {kind}: too few points")
        failed += one["losses"] + few
        passed += one["points"] - one["losses"]
    keep(options.out, figures)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
