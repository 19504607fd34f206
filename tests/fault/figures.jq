# The figures of the sweeps as a table of README.md, and whether they are good:
#
#	jq -r -f figures.jq figures.json			the table
#	jq -e --argjson check true -f figures.jq figures.json	true, or false and what is wrong on stderr

# Sweep, what is done, what a point is.
def rows: [
	["kill", "`kill -9` at a system call of the engine: fresh, cached, failing, retrying, parallel, resumed runs, `cache gc`, `trust`", "kills"],
	["errno", "a system call fails, once or for good (ENOSPC, EIO, EINTR, EMFILE, EAGAIN, EACCES, EROFS, …)", "failures"],
	["malloc", "an allocation of `run`, `plan`, `validate`, `status` … fails, once or for good", "failures"],
	["journal", "the journal is cut at a byte, or one of its bits is flipped; read, appended to, read again", "damages"],
	["power", "the power goes: what was not synced is lost in part, in any order", "states of a disk"],
	["power-hooks", "the same in a hook that fixes what is committed", "states of a disk"],
	["ext4", "the power goes: a real ext4 that is shut down", "shutdowns"],
	["reversal", "a run edits a random worktree at random, with the user beside it; it is rolled back, killed on the way, and undone", "worktrees"],
	["rewind-kill", "`kill -9` at a system call of a run with snapshots, rollback, undo, `resume --rollback-to`, gc, or of a git that they start", "kills"],
	["rewind-errno", "a system call of these fails, once or for good", "failures"],
	["hooks", "`kill -9` at a system call of a hook in the middle of `git commit` or `git push`: in place, on copies, several at once, with fixes", "kills"],
	["hooks-below", "the same of a git, a step or a helper that the hook has started, alone", "kills"],
	["children", "a step that does not behave, and a run that ends in any of six ways", "pairs"],
	["graphs", "a command looks at a graph of 100,000 steps, within 2 s and 300 MiB", "graphs"],
	["ready", "steps are ready at once, with -j2 and with -j64", "steps"],
	["crowd", "commands are started in one moment in one repository", "commands"],
	["history", "past runs are in the way of who looks for the newest", "runs"],
	["soak", "run, edit, cancel, resume, sometimes `kill -9`: and nothing grows", "rounds"]
];

def thousands:
	tostring | explode | reverse | [range(0; length; 3) as $i | .[$i:$i + 3]] | map(reverse | implode) | reverse | join(",");

def table:
	. as $all
	| "| what is done | how often | promises broken |", "| --- | ---: | ---: |",
	  (rows[] | select($all[.[0]]) | . as $row | $all[$row[0]]
	   | "| \($row[1]) | \(.points | thousands) \($row[2]) | \(.losses | thousands) |");

def mistakes:
	(to_entries[]
	 | (select(.value.losses != 0) | "\(.key): \(.value.losses) losses"),
	   (select((.value.points // 0) < (.value.floor // 1)) | "\(.key): \(.value.points) points, less than \(.value.floor // 1)"),
	   (.key as $name | select(rows | any(.[0] == $name) | not) | "\(.key): has no row in figures.jq"));

if $ARGS.named.check then
	[mistakes] as $mistakes
	| if $mistakes == [] then true else ($mistakes | join("\n") | debug | false) end
else
	table
end
