"""The judgement after a kill where a step must not simply run again (`idempotent: false`)."""

import json
import time

from point import need


def events_of_o(point):
    """Types of the journal's events about the step, in order."""
    types = []
    for path in point.journals().values():
        for line in point.lines(path):
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if event.get("step") == "o":
                types.append(event["type"])
    return types


def need_once(point):
    """At most once without a person's word; whether it may have begun is on disk before it begins."""
    until = time.monotonic() + 5
    while point.processes() and time.monotonic() < until:  # it may have been on its way when the engine was killed
        time.sleep(0.005)
    began, events = point.ran().count("o"), events_of_o(point)
    need(began <= 1, f"it began {began} times before the kill")
    need(not began or "step.start" in events, "it began, and the journal does not say so")
    status, text = point.wf("resume")
    if status == 129 and ("no run was interrupted or failed" in text or "has to be started again" in text):
        need("step.start" not in events or "step.end" in events, f"it may have begun, and resume knows of nothing: {text}")
    elif "step.end" in events or "step.start" not in events:
        need(status == 0 or not events, f"its end is known, or it did not begin, and resume exits {status}: {text}")
    else:
        need(status == 1 and "--done o" in text and "--retry o" in text,
             f"it may have begun, and resume exits {status}: {text}")
        need(point.ran().count("o") == began, "it may have run, and resume ran it again")
        point.passes("resume", "--done", "o")
        need(point.ran().count("o") == began, "it was said to be done, and ran again")
        point.need_outputs("after --done")
    need(point.ran().count("o") <= 1, "it ran twice")
