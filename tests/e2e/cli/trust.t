#!/bin/sh
# What a person agrees to have started by triggers.
. "${0%/*}/../lib.sh"

one='
	workflow demo <<-\EOT
	steps:
	  - {id: a, run: "true"}
	EOT
	export XDG_STATE_HOME="$CASE/state"
'

test_case 'trust is kept outside of the repository, by trigger' "$one"'
	expect_exit 0 git wf trust hooks watch
	expect_err_contains "trusted for hooks"
	[ "$(find "$CASE/state/git-wf/trust" -name "*.json" | wc -l)" -eq 2 ]
	[ "$(find "$CASE/state/git-wf/trust" -name "*.json" -perm 0600 | wc -l)" -eq 2 ]
	expect_exit 0 git wf trust --list
	expect_out_contains "hooks       1 file   $REPO  "
	expect_out_contains "watch"
	git wf trust --list --json >"$CASE/list.json"
	[ "$(jq -r ".records[0].root" <"$CASE/list.json")" = "$REPO" ]
	[ "$(jq -r "[.records[].trigger] | sort | join(\" \")" <"$CASE/list.json")" = "hooks watch" ]
'

test_case 'a record has the digest of each workflow and action' "$one"'
	mkdir -p .workflows/actions && echo "echo hello" >.workflows/actions/greet
	git wf trust schedule
	record=$(echo "$CASE"/state/git-wf/trust/*-schedule.json)
	[ "$(jq -r ".files[] | .sha256 + \"  \" + .path" <"$record")" = \
		"$(sha256sum .workflows/actions/greet .workflows/demo.yml)" ]
	rm -r .workflows/actions
'

test_case 'what changed is shown as a diff' "$one"'
	git wf trust hooks
	sed -i "s/true/false/" .workflows/demo.yml
	echo "steps: [{id: b, run: x}]" >.workflows/new.yml
	expect_exit 0 git wf trust --diff
	expect_out_contains "2 files changed since this was trusted for hooks: .workflows/demo.yml, .workflows/new.yml (new)"
	expect_out_contains "--- .workflows/demo.yml (as trusted at "
	expect_out_contains "+++ .workflows/demo.yml"
	expect_out_contains "-  - {id: a, run: \"true\"}"
	expect_out_contains "+  - {id: a, run: \"false\"}"
	expect_out_contains "+steps: [{id: b, run: x}]"
	git wf trust --diff --json >"$CASE/diff.json"
	[ "$(jq -c "[.triggers[0] | .trigger, .state, .changes[].change]" <"$CASE/diff.json")" = \
		"[\"hooks\",\"changed\",\"changed\",\"new\"]" ]
	git wf trust
	expect_exit 0 git wf trust --diff hooks
	expect_out_contains "trusted for hooks"
	rm .workflows/demo.yml
	expect_exit 0 git wf trust --diff
	expect_out_contains ".workflows/demo.yml (gone)"
	expect_out_contains "+++ /dev/null"
	rm .workflows/new.yml
'

test_case 'trust is taken back' "$one"'
	git wf trust hooks serve
	git wf trust --revoke serve
	expect_exit 0 git wf trust --list
	expect_out_contains hooks
	! git wf trust --list | grep serve
	git wf trust --revoke
	[ -z "$(find "$CASE/state/git-wf/trust" -type f)" ]
	expect_exit 0 git wf trust --revoke
	expect_err_contains "nothing of this was trusted"
'

test_case 'a word that is no trigger, or none at all, is an error' "$one"'
	expect_exit 129 git wf trust hook
	expect_err_contains "no trigger '"'hook'"'; there are hooks, schedule, watch, serve and mcp"
	expect_exit 129 git wf trust
	expect_err_contains "trusted for what?"
	expect_exit 129 git wf trust --list --diff
	expect_exit 129 git wf trust --json hooks
'

test_case 'all worktrees of a clone share it; another clone does not' "$one"'
	git add -A && git commit -qm workflow
	git worktree add -q "$CASE/second"
	git wf trust hooks
	expect_exit 0 git -C "$CASE/second" wf trust --diff
	expect_out_contains "trusted for hooks"
	git clone -q . "$CASE/clone"
	expect_exit 0 git -C "$CASE/clone" wf trust --diff hooks
	expect_out_contains "this repository is not trusted for hooks"
	git worktree remove --force "$CASE/second"
	git branch -qD second
'

test_case 'a damaged record is an error with its name, and is written anew' "$one"'
	git wf trust hooks
	record=$(echo "$CASE"/state/git-wf/trust/*-hooks.json)
	printf "{\"schema\":1" >"$record"
	expect_exit 129 git wf trust --diff hooks
	expect_err_contains "$record"
	expect_err_contains "is damaged"
	expect_exit 0 git wf trust --list
	expect_err_contains "is damaged"
	git wf trust hooks
	expect_exit 0 git wf trust --diff hooks
	expect_out_contains "trusted for hooks"
'

test_case 'control characters of a workflow harm no terminal' "$one"'
	git wf trust hooks
	printf "# \033[2J\n" >>.workflows/demo.yml
	git wf trust --diff >"$CASE/shown"
	grep -F "^[[2J" "$CASE/shown"
	! grep "$(printf "\033")" "$CASE/shown"
'

test_done
