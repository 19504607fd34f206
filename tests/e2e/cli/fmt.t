#!/bin/sh
# git wf fmt: files in their canonical form, and nothing else changed.
. "${0%/*}/../lib.sh"

demo() {
	workflow demo <<-\EOT
	# what this is
	steps:
	- run: cat src/* > out/all   # all of it
	  inputs: ['src/**']
	  outputs: [out/all]
	  id: all
	- {id: say, inputs: [out/all], run: "cat out/all"}
	EOT
	mkdir -p src out
	echo a >src/a
	echo out >.gitignore
	commit_all
}

test_case 'a file is written in its form, once, and says what it did' '
	demo
	expect_tree_changes
	chmod 0664 .workflows/demo.yml
	expect_ok git wf fmt
	echo ".workflows/demo.yml" | expect_out_is
	expect_file .workflows/demo.yml "# what this is
steps:
  - id: all
    run: cat src/* > out/all  # all of it
    inputs: [src/**]
    outputs: [out/all]
  - {id: say, run: cat out/all, inputs: [out/all]}"
	expect_equal "$(stat -c %a .workflows/demo.yml)" 664
	expect_ok git wf fmt
	expect_out_empty
'

test_case 'the form plans the same: nothing runs again' '
	demo
	expect_tree_changes
	expect_ok git wf run demo
	git wf plan demo --json --force >"$CASE/before.json"
	expect_ok git wf fmt demo
	git wf plan demo --json --force >"$CASE/after.json"
	cmp "$CASE/before.json" "$CASE/after.json" || fail "the plan changed"
	expect_ok git wf run demo
	expect_says "nothing to do"
'

test_case '--check changes nothing, names the files and exits with 1' '
	demo
	cp .workflows/demo.yml "$CASE/copy"
	expect_exit 1 git wf fmt --check
	echo ".workflows/demo.yml" | expect_out_is
	cmp .workflows/demo.yml "$CASE/copy" || fail "it was changed"
	git wf fmt >/dev/null
	expect_tree_changes
	expect_ok git wf fmt --check
	expect_out_empty
'

test_case 'a file with mistakes is left as it is; the others are formed' '
	demo
	expect_tree_changes
	printf "steps:\n- {id: a, rnu: x}\n" >.workflows/bad.yml
	cp .workflows/bad.yml "$CASE/copy"
	expect_exit 129 git wf fmt
	expect_err_contains "bad.yml:2"
	echo ".workflows/demo.yml" | expect_out_is
	cmp .workflows/bad.yml "$CASE/copy" || fail "it was changed"
'

test_case 'standard input, YAML and JSON' '
	printf "steps:\n- {run: x, id: a}\n" | git-wf fmt - >"$CASE/got"
	expect_file "$CASE/got" "steps:
  - {id: a, run: x}"
	echo "{\"steps\":[{\"run\":\"x\",\"id\":\"a\"}]}" | git-wf fmt - >"$CASE/got"
	expect_file "$CASE/got" "{
  \"steps\": [
    {\"id\": \"a\", \"run\": \"x\"}
  ]
}"
	printf "steps:\n- {run: x, id: a}\n" >"$CASE/in"
	expect_exit 1 sh -c "git-wf fmt --check - <\"$CASE/in\""
	expect_out_empty
'

test_case 'of a link the file is written, and it stays a link' '
	expect_tree_changes
	mkdir -p shared .workflows
	printf "steps:\n- {run: x, id: a}\n" >shared/w.yml
	ln -s ../shared/w.yml .workflows/w.yml
	commit_all
	expect_ok git wf fmt w
	[ -L .workflows/w.yml ] || fail "the link is gone"
	expect_file shared/w.yml "steps:
  - {id: a, run: x}"
'

test_done
