#!/bin/sh
# contrib/examples/hooks does what it says.
. "${0%/*}/../lib.sh"

begin='
	export XDG_STATE_HOME="$CASE/state"
	expect_tree_changes
	mkdir .workflows
	take() { for n; do cp "$TEST_TOP/contrib/examples/hooks/$n.yml" .workflows/; done; git wf hooks install >/dev/null; git add .workflows; git commit -qnm workflows; }
'

test_case 'all of them are right, and so are the files for CI' "$begin"'
	cp "$TEST_TOP"/contrib/examples/hooks/*.yml .workflows/
	expect_ok git wf validate
	python3 -c "import yaml" 2>/dev/null || skip_case "no python3 with yaml"
	for f in "$TEST_TOP"/contrib/ci/*.yml; do python3 -c "import sys,yaml; yaml.safe_load(open(sys.argv[1]))" "$f"; done
'

test_case 'message' "$begin"'
	take message
	expect_exit 1 git commit -qm "did things" --allow-empty
	expect_err_contains "not '"'type(scope): what changed'"': did things"
	expect_exit 0 git commit -qm "fix(core)!: things" --allow-empty
	expect_exit 1 git commit -qm "fix: $(printf "%080d" 0)" --allow-empty
	expect_err_contains "has 85 characters, more than 72"
'

test_case 'secrets' "$begin"'
	take secrets
	echo "token = ghp_$(printf "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1bC2")" >x; git add x
	expect_exit 1 git commit -qm one
	git rm -qf --cached x; echo fine >y; git add y
	expect_exit 0 git commit -qm two
'

test_case 'format: partly staged' "$begin"'
	require clang-format
	take format
	printf "int  a;\nint b;\nint c;\nint d;\nint e;\n" >x.c; git add x.c
	printf "int  a;\nint b;\nint c;\nint d;\nint e;\nint   unstaged;\n" >x.c
	expect_exit 0 git commit -qm one
	expect_equal "$(git show HEAD:x.c | head -n 1)" "int a;"
	! git show HEAD:x.c | grep unstaged
	expect_equal "$(sed -n "1p;6p" x.c)" "int a;
int   unstaged;"
'

test_case 'format and blanks: at work at the same time, and the commit has what both did' "$begin"'
	require clang-format
	mkdir bin && echo /bin > .gitignore
	for n in clang-format sed; do
		cat > bin/$n <<-EOT
		#!/bin/sh
		case \$1 in -i)
			touch "$CASE/at-$n"; n=0
			until [ -e "$CASE/at-clang-format" ] && [ -e "$CASE/at-sed" ]; do
				n=\$((n + 1)); [ \$n -lt 400 ] || { echo nobody else is at work; exit 9; }; sleep 0.02
			done ;;
		esac
		PATH=\${PATH#*:} exec $n "\$@"
		EOT
		chmod +x bin/$n
	done
	printf "[run]\njobs = 2\n" > .workflows/config.ini
	take format blanks
	printf "int  a;\nint b;\nint c;\n// d  \nint e;\n" > x.c; printf "one \t\ntwo\n" > y; printf "keep  \n" > z.md
	git add .gitignore x.c y z.md
	export PATH="$PWD/bin:$PATH"
	expect_exit 0 git commit -qm one
	expect_equal "$(git show HEAD:x.c)" "$(printf "int a;\nint b;\nint c;\n// d\nint e;")"
	expect_equal "$(git show HEAD:y HEAD:z.md)" "$(printf "one\ntwo\nkeep  ")"
	expect_equal "$(git status --porcelain)" ""
'

test_case 'lint: a file that has passed is not looked at again' "$begin"'
	require jq
	mkdir bin; printf "#!/bin/sh\necho ran >>\"$CASE/ran\"\nexec /usr/bin/jq \"\$@\"\n" >bin/jq; chmod +x bin/jq
	echo /bin >.gitignore; PATH=$PWD/bin:$PATH
	take lint
	for n in 1 2 3; do echo "{\"a\": $n}" >"$n.json"; done; git add ./*.json
	git commit -qm one
	expect_lines 3 "$CASE/ran"
	echo "{\"a\": 4}" >1.json; echo "{\"a\": 2}" >other.json; git add ./*.json
	git commit -qm two
	[ "$(wc -l <"$CASE/ran")" -le 5 ]
	echo "{" >bad.json; git add bad.json
	expect_exit 1 git commit -qm three
'

test_case 'tests: what is pushed' "$begin"'
	printf "check:\n\t@echo ran >>%s; test ! -e bad\n" "$CASE/ran" >Makefile; git add Makefile
	take tests
	git init -q --bare "$CASE/there.git"
	git push -q "$CASE/there.git" main
	expect_lines 1 "$CASE/ran"
	git commit -q --allow-empty -m same; git push -q "$CASE/there.git" main
	expect_lines 1 "$CASE/ran"
	echo >bad; git add bad; git commit -qm bad; rm bad
	expect_exit 1 git push -q "$CASE/there.git" main
'

test_done
