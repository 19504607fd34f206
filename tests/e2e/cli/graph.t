#!/bin/sh
# The graph of a workflow, as text and for programs that draw.
. "${0%/*}/../lib.sh"

build() {
	workflow build <<-\EOT
	params: {kind: {required: true}}
	steps:
	  - {id: compile, foreach: {src: [a, b]}, run: "cp ${each.src}.c ${each.src}.o", inputs: ["${each.src}.c"], outputs: ["${each.src}.o"]}
	  - {id: link, run: "cat *.o >app", inputs: ["*.o"], outputs: [app]}
	  - {id: lint, run: ": ${params.kind}", inputs: ["*.c"]}
	  - {id: test, run: "true", inputs: [app], needs: [lint]}
	finally:
	  - {id: report, run: "true", inputs: []}
	EOT
	echo 1 >a.c
	echo 1 >b.c
	printf "*.o\napp\n" >>.git/info/exclude
}

test_case 'waves, reasons to wait, the critical path' '
	build
	expect_ok git wf graph build --kind x
	expect_out_is <<-\EOT
	build: 6 steps in 3 waves

	wave 1
	  * compile  2 items
	    lint

	wave 2
	  * link              <- compile (file)

	wave 3
	  * test              <- lint, link (file)

	finally
	    report

	critical path (*): compile -> link -> test
	EOT
	expect_no_file .git/wf
	expect_no_file cortex-brain
'

test_case 'parameters and the selection count as for plan' '
	build
	expect_exit 129 git wf graph build
	expect_err_contains "missing parameter"
	expect_ok git wf graph build --kind x link
	expect_out_contains compile
	expect_out_lacks lint
	expect_exit 129 git wf graph build --kind x nostep
	expect_ok git wf graph build --kind x -v
	expect_out_contains "compile[b]"
'

test_case 'times of past runs are shown' '
	build
	expect_ok git wf run build --kind x
	expect_ok git wf graph build --kind x
	expect_out_matches "critical path.*about [0-9]"
'

test_case 'Graphviz takes it' '
	require dot
	build
	expect_ok git wf graph build --kind x --format dot
	dot -Tsvg "$CASE/out" >"$CASE/svg" 2>"$CASE/complaints"
	[ ! -s "$CASE/complaints" ] || fail "$(cat "$CASE/complaints")"
	grep -q "compile" "$CASE/svg"
'

test_case 'Mermaid and JSON' '
	build
	expect_ok git wf graph build --kind x --format mermaid
	expect_out_contains "flowchart LR"
	expect_out_contains "==>|file|"
	expect_exit 129 git wf graph build --kind x --format png
	expect_ok git wf graph build --kind x --json
	require python3
	python3 -c "
import json, sys
d = json.load(open(sys.argv[1]))
ids = [n[\"id\"] for n in d[\"nodes\"]]
assert d[\"schema\"] == 1 and d[\"waves\"] == 3, d
assert ids == [\"compile\", \"lint\", \"link\", \"test\", \"report\"], ids
assert all(e[\"from\"] in ids and e[\"to\"] in ids for e in d[\"edges\"])
assert d[\"critical_path\"] == [\"compile\", \"link\", \"test\"], d" "$CASE/out"
	cp "$CASE/out" "$CASE/one"
	expect_ok git wf graph build --kind x --format json
	cmp "$CASE/one" "$CASE/out"
'

test_done
