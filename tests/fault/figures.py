"""The figures of the sweeps: one object each in one file, whoever ran last."""

import fcntl
import json
import os


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
