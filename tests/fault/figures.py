"""The figures of the sweeps: one object each in one file, whoever ran last.

	{"kill": {"points": 5821, "possible": 5821, "floor": 5000, "losses": 0, "seconds": 301.5, "seed": 1, …},
	 "children": {…}, …}

`points`: how many were judged; `losses`: how many of them broke a promise; `floor`: fewer points are a failure, too;
`seconds`; `seed`: of what was chosen by chance. Everything else is for people. A sweep writes its object whatever came out.

build/fault/figures.json is that of the last `make check` or `make check-long`; tests/fault/figures.json, which is committed,
that of the last `make check-long` in which nothing was lost. The table in README.md is made of it by figures.jq, which has
a row for each sweep; jq says, too, whether the figures are good. A new sweep adds its row there.

	figures.py DIRECTORY SWEEP KEY=NUMBER...	the same from a shell
"""

import fcntl
import json
import os
import sys


def keep(directory, figures):
    """Puts the sweeps of `figures` in place of what was there of them; the others stay."""
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, "figures.json")
    with open(os.path.join(directory, ".figures.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = {}
        try:
            with open(path) as file:
                known = json.load(file)
        except (OSError, ValueError):
            pass
        known.update(figures)
        with open(path + ".new", "w") as file:
            json.dump(known, file, indent=1)
            file.write("\n")
        os.replace(path + ".new", path)


def main():
    directory, sweep, *pairs = sys.argv[1:]
    keep(directory, {sweep: {key: json.loads(number) for key, number in (pair.split("=", 1) for pair in pairs)}})


if __name__ == "__main__":
    main()
