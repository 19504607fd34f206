#!/bin/sh
# Inputs that nothing matches: most often a mistyped name.
. "${0%/*}/../lib.sh"

test_case 'validate names inputs that are not there and that no step makes' '
	mkdir src data
	echo "/data" > .gitignore
	echo x > data/a.csv
	echo x > src/main.c
	workflow demo <<-\EOT
	steps:
	  - id: a
	    run: cat src/main.c > out
	    outputs: [out]
	    inputs:
	      - scr/main.c
	      - "srcs/**/*.c"
	      - data/
	      - src/main.c
	      - "src/*.c"
	      - src
	      - data/a.csv
	      - "!src/none.c"
	      - "${git.branch}/x"
	  - {id: b, foreach: {f: {glob: "data/*.csv"}}, run: "cp ${each.f} gen/", outputs: ["gen/${each.f}.n"], inputs: ["${each.f}"]}
	  - {id: c, run: "mkdir -p dir; touch dir/x", outputs: [dir/, "more/*.o"], inputs: []}
	  - {id: d, run: "true", inputs: [out, "gen/*.n", dir/x, "dir/**", more/a.o, "*.o", "o*"]}
	finally:
	  - {id: e, run: "true", inputs: [dri/x]}
	EOT
	expect_ok git wf validate
	grep advice "$CASE/out" > ../advice
	expect_file ../advice "$(cat <<-\EOT
	.workflows/demo.yml:6:9: advice: there is no '"'scr/main.c'"', and no step makes it
	.workflows/demo.yml:7:10: advice: '"'srcs/**/*.c'"' matches no file, and no step makes one
	.workflows/demo.yml:8:9: advice: '"'data/'"' matches no file, and no step makes one
	.workflows/demo.yml:15:34: advice: '"'data/*.csv'"' matches no file, and no step makes one
	.workflows/demo.yml:17:79: advice: '"'*.o'"' matches no file, and no step makes one
	.workflows/demo.yml:19:35: advice: there is no '"'dri/x'"', and no step makes it
	EOT
	)"
'

test_done
