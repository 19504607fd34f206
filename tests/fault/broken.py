#!/usr/bin/env python3
"""A test of the test: the program is built with one promise broken at a time, and the sweeps have to notice.

	broken.py [--seconds 20] [NAME...]
	broken.py --check		only whether what is to be broken is there

The build is a copy below build/fault/broken; nothing of the sources is changed. Ends with "N passed, N failed".
"""

import argparse
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
TREE = os.path.join(TOP, "build/fault/broken")

# name, file, what stands there, what is put in its place, sweep, scenarios
BREAKS = (
    ("the journal says passed before the record is written", "src/run/emit.c",
     "\tflush_records(engine);\n\tif (engine->journal) {", "\tif (engine->journal) {",
     "kill", "fresh"),
    ("a record is written, and its objects at the end of the run only", "src/store/cache.c",
     "\tif (slab_append(&cache->objects, err) < 0)\n\t\treturn -1;\n", "",
     "kill", "fresh"),
    ("steps inherit the locks", "src/sys/lock.c",
     "O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW", "O_RDWR | O_CREAT | O_NOFOLLOW",
     "kill", "orphans"),
    ("nobody ends what a killed engine left running", "src/run/turn.c",
     "\tif (n)\n\t\t*n_ended += n - tree_kill_all(&left, grace_ms);\n", "\tn = 0;\n",
     "kill", "orphans"),
    ("temporary files stay", "src/store/leftover.c",
     "if (unlinkat(dirfd, name, 0) == 0)", "if (dirfd < 0 && unlinkat(dirfd, name, 0) == 0)",
     "kill", "fresh"),
    ("outputs are restored by way of a file beside them", "src/store/cache.c",
     "int fd = cache->spool ? open_spool(cache->spool, mode) : -1;", "int fd = -1;",
     "kill", "restored"),
    ("a journal that cannot be written is no failure", "src/store/journal.c",
     'result = err_errno(err, "cannot write the journal");', "done = waiting->len;",
     "errno", "fresh"),
    ("a lock that cannot be looked at is tried again", "src/sys/lock.c",
     "\t\tif (there < 0) {", "\t\tif (there < -1) {",
     "errno", "fresh"),
    ("what has left the group of its step stays", "src/run/stop.c",
     "\t\tn = left.processes.n;\n", "\t\tn = 0;\n",
     "children", "setsid:ok"),
    ("a log lacks the last byte of a large read", "src/run/capture.c",
     "take(capture, buf, (size_t)n, false);", "take(capture, buf, (size_t)n - (n > 4096), false);",
     "children", "long-line:ok"),
    ("a step that ignores TERM has more time", "src/run/engine_impl.h",
     "#define GRACE_MS       5000", "#define GRACE_MS       6500",
     "children", "ignore-term:ctrl-c"),
    ("the journal is not synced", "src/store/journal_syncer.c",
     "\tint result = fdatasync(fd);", "\tint result = fd < 0;",
     "power", "first,once"),
    ("no directory is synced", "src/sys/fs.c",
     "\tint result = fsync(fd) < 0 && errno != EINVAL && errno != ENOTSUP\n", "\tint result = fd < 0\n",
     "power", "first,declared"),
    ("files are put in place without a sync", "src/sys/fs_replace.c",
     "\treturn fsync(temp->fd) < 0 ?", "\treturn temp->fd < 0 ?",
     "power", "first,declared"),
    ("files are put in place without a sync, on a real disk", "src/sys/fs_replace.c",
     "\treturn fsync(temp->fd) < 0 ?", "\treturn temp->fd < 0 ?",
     "ext4", "declared"),
    ("the journal is not synced, on a real disk", "src/store/journal_syncer.c",
     "\tint result = fdatasync(fd);", "\tint result = fd < 0;",
     "ext4", "once"),
    ("the journal's lines wait for the end", "src/run/emit.c",
     "\tif (engine->journal && journal_sync_behind(engine->journal, &err) < 0)", "\tif (!engine->journal)",
     "power", "timed"),
    ("what must not run twice does not wait for the journal", "src/run/launch.c",
     "\tif (event.is_once) ", "\tif (event.is_once && execution->engine->is_fatal) ",
     "power", "once"),
    ("the folder of checkpoints has no durable name", "src/store/checkpoint.c",
     "if (writer->flags && !writer->is_named) {", "if (!writer->flags && !writer->is_named) {",
     "power", "unsnapped"),
    ("digests outlive the boot", "src/store/stattable.c",
     "is_settled(row) ? sum : sum ^ boot", "boot || is_settled(row) ? sum : sum ^ boot",
     "power", "again,edited,gc,synced-first"),
    ("compiled plans outlive the boot", "src/store/planfile_check.c",
     "head->boot == boot_number();", "head->boot;",
     "power", "again"),
    ("a wait that failed is not tried again", "src/sys/loop_signal.c",
     "\thas_ended_children = 1;\n\tif (++loop", "\tif (++loop",
     "errno", "fresh"),
    ("what may have run runs again", "src/run/by_hand.c",
     "step->status == STEP_UNKNOWN)\n\t\t\tby_hand_add(session, step->id, HAND_UNKNOWN);",
     "step->status == STEP_UNKNOWN)\n\t\t\tcontinue;",
     "kill", "once"),
    ("a record of trust is not the present one", "src/store/trust.c",
     "trust_record_write(&record, &text);", "record.files.list.n = 1;\n\ttrust_record_write(&record, &text);",
     "kill", "trust"),
    ("the sum of a line does not count", "src/store/journal_line.c",
     "return memcmp(text + len - JOURNAL_SUM_LEN, sum, JOURNAL_SUM_LEN) == 0;", "return *sum;",
     "journal", "fresh"),
    ("a snapshot is not synced", "src/sys/fs_sync.c",
     "return syncfs(fd) != 0 ?", "return fd < 0 ?",
     "power", "declared,rolled-back"),
    ("a rollback compares nothing", "src/git/restore_path.c",
     "\treturn S_ISREG(x.mode) && x.mode == y.mode && x.size_bytes == y.size_bytes &&\n", "\treturn S_ISREG(x.mode) ||\n",
     "reversal", ""),
    ("the index is swapped without a check", "src/git/restore_index.c",
     "same = says_the_same(work, &now, &sides[1], err) * 2;", "same = 2;",
     "reversal", ""),
    ("what was ignored is taken for the run's", "src/git/restore_folders.c",
     "return is_in(&work->folders[0].hidden, path);", "return work->root_fd < 0 && is_in(&work->folders[0].hidden, path);",
     "reversal", ""),
    ("a rollback that was killed is forgotten", "src/run/rollback_note.c",
     "return rollback_note_read(session, PENDING_NOTE, arena, note, err);",
     "return 0 * rollback_note_read(session, PENDING_NOTE, arena, note, err);",
     "rewind-kill", "rollback"),
    ("fixes are in the index before they are in the files", "src/git/publish.c",
     "\tif (!request->leaves_worktree && publish_swap(work, err) != 0)\n\t\treturn -1;\n"
     "\tif (!request->leaves_index && publish_index_put(work, err) != 0)\n\t\treturn -1;\n",
     "\tif (!request->leaves_index && publish_index_put(work, err) != 0)\n\t\treturn -1;\n"
     "\tif (!request->leaves_worktree && publish_swap(work, err) != 0)\n\t\treturn -1;\n",
     "hooks", "shadow"),
    ("a killed hook leaves index.lock", "src/git/publish_index.c",
     "is_twin = twin_start(&pid, false, NULL);", "is_twin = -1;",
     "hooks", "shadow"),
    ("an index tells of objects that have no durable name", "src/git/publish_index.c",
     "\treturn work->is_synced;", "\treturn true;",
     "power-hooks", "overlap"),
    ("no memory is not said", "src/base/xalloc.c",
     "\t_exit(128);", "\t_exit(0);",
     "malloc", "fresh"),
)


def make_tree():
    """Sources and objects with their times, so that only what is broken is compiled."""
    shutil.rmtree(TREE, ignore_errors=True)
    os.makedirs(os.path.join(TREE, "build"))
    os.makedirs(os.path.join(TREE, "tests"))
    subprocess.run(["cp", "-a", os.path.join(TOP, "tests/fault"), os.path.join(TREE, "tests")], check=True)
    for name in ("src", "include", "GNUmakefile"):
        subprocess.run(["cp", "-a", os.path.join(TOP, name), TREE], check=True)
    for name in ("obj", "flags", "members", "libgitwf.a"):
        path = os.path.join(TOP, "build", name)
        if os.path.exists(path):
            subprocess.run(["cp", "-a", path, os.path.join(TREE, "build")], check=True)


def build(*more):
    env = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", "-s", "-j2", "build/git-wf", *more], cwd=TREE, env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"cannot build: {done.stderr}")


# So many points are looked at before nothing was noticed, however long they take; of failing calls all of a scenario.
LEAST = {"kill": 1000, "errno": 2500, "malloc": 500, "journal": 100, "power": 4000, "power-hooks": 3000, "ext4": 200, "hooks": 4000,
         "rewind-kill": 500}

SWEEPS = {"power": "power.py", "power-hooks": "power.py", "hooks": "hooks.py"}  # the others: sweep.py


def is_noticed(kind, scenarios, seconds):
    least = str(LEAST.get(kind))
    if kind == "children":
        words = ["children.py", "--cell", scenarios]
    elif kind == "ext4":
        words = ["shutdown.py", "--seconds", str(seconds), "--scenarios", scenarios, "--show", "1", "--floor", least, "--first"]
    elif kind == "reversal":
        words = ["reversal.py", "--seconds", str(seconds), "--show", "1", "--first"]
    elif kind == "rewind-kill":
        words = ["rewind.py", "--seconds", str(seconds), "--commands", scenarios, "--show", "1", "--floor", f"{kind}={least}", "--first", kind]
    else:
        words = [SWEEPS.get(kind, "sweep.py"), "--seconds", str(seconds), "--scenarios", scenarios, "--show", "1", "--floor", f"{kind}={least}",
                 "--first", kind]
    tools = TOP
    if kind == "journal":  # its tool is made of the library that is broken
        build(*(f"build/tests/fault/{name}" for name in ("damage", "inject", "nomem.so")))
        tools, words = TREE, [word for word in words if word != "--first"]
    done = subprocess.run(
        [sys.executable, os.path.join(TOP, "tests/fault", words[0]), "--program", os.path.join(TREE, "build/git-wf"),
         "--tools", os.path.join(tools, "build/tests/fault"), "--out", TREE, *words[1:]],
        capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines()
             if line.startswith(("not ok", "#   ")) and "too few points" not in line]
    if done.stdout.startswith("skipped"):
        return True, done.stdout.splitlines()[:1]
    return done.returncode == 1 and bool(lines), lines[:2] or done.stderr.splitlines()[-1:]


def check():
    """Sources move on; who changes what is broken here says so here."""
    failed = 0
    for name, path, old, *_ in BREAKS:
        with open(os.path.join(TOP, path)) as file:
            if file.read().count(old) != 1:
                print(f"{path}: broken.py has to find other words for '{name}'")
                failed += 1
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="at least, of a sweep that notices nothing")
    parser.add_argument("--check", action="store_true", help="build nothing")
    parser.add_argument("names", nargs="*", help="parts of names; none: all")
    options = parser.parse_args()
    if options.check:
        return check()
    make_tree()
    build()
    passed = failed = 0
    for name, path, old, new, kind, scenarios in BREAKS:
        if options.names and not any(word in name for word in options.names):
            continue
        whole = os.path.join(TREE, path)
        with open(whole) as file:
            text = file.read()
        if text.count(old) != 1:
            sys.exit(f"'{path}' has changed: broken.py has to find other words for '{name}'")
        with open(whole, "w") as file:
            file.write(text.replace(old, new))
        build()
        noticed, lines = is_noticed(kind, scenarios, options.seconds)
        with open(whole, "w") as file:
            file.write(text)
        passed, failed = passed + noticed, failed + (not noticed)
        print(f"{'ok' if noticed else 'not ok'} - noticed: {name}", *lines, sep="\n#   ", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
