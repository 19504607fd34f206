#!/bin/sh
# Steps that write where the user works, and nothing in the workflow says so: their files are as they were,
# and what somebody else did to them meanwhile stays.
. "${0%/*}/../lib.sh"
. "${0%/*}/../isolation.sh"

# A workflow whose one step runs what is given, in place at first. KEYS OF THE HOOK, COMMAND
silent() {
	workflow odd <<-EOT
	on: {pre-commit: {$1}}
	steps:
	  - id: odd
	    run: |
	$(printf '%s\n' "pwd >> $CASE/where" "$2" | sed 's/^/      /')
	EOT
	git add . && git commit -qm workflows --no-verify
	hook pre-commit
}

expect_places() { # WORD…: user, copy
	expect_equal "$(sed "s,^$REPO\$,user,; s,^$REPO/.git/wf/places/.*,copy," "$CASE/where" | tr "\n" " ")" "$* "
}

test_case 'it is found, put back, and runs once more on a copy, where it counts; the next time on a copy at once' '
	silent "" "sed -i s/bad/good/ f"
	printf "bad\n" > f && git add f
	expect_ok git commit -qm one
	expect_says "workflow '"'"'odd'"'"' changes f where you work, and does not say so"
	expect_places user copy
	expect_state <<-\EOT
	f head=good\n index=good\n tree=good\n
	EOT
	printf "bad again\n" > f && git add f
	expect_ok git commit -qm two
	expect_places user copy copy
	expect_state <<-\EOT
	f head=goodagain\n index=goodagain\n tree=goodagain\n
	EOT
	sed -i "s/id: odd/id: other/" .workflows/odd.yml
	printf "bad\n" > f && git add .
	expect_ok git commit -qm three
	expect_places user copy copy user copy
	expect_no_locks
'

test_case 'fix: off: what it changed, removed and made executable is as it was, of what is staged and of all else' '
	printf "1\n" > kept; printf "2\n" > mode; printf "3\n" > gone; ln -s kept link; mkdir d; printf "4\n" > d/deep
	chmod 640 kept
	git add .
	silent "fix: off" "sed -i s/bad/good/ f; echo x >> kept; chmod 600 kept; chmod +x mode; rm -r gone d; ln -sf mode link"
	printf "bad\n" > f && git add f
	expect_exit 1 git commit -qm one
	expect_says "would fix f"
	expect_says "changes f, d/deep, gone, kept, link and 1 more where you work"
	expect_places user copy
	expect_state <<-\EOT
	d/deep head=4\n index=4\n tree=4\n
	f head=- index=bad\n tree=bad\n
	gone head=3\n index=3\n tree=3\n
	kept head=1\n index=1\n tree=1\n
	link head=120000:kept index=120000:kept tree=120000:kept
	mode head=2\n index=2\n tree=2\n
	EOT
	expect_equal "$(stat -c %a kept)" 640
	expect_no_locks
'

test_case 'fix: fail leaves the fix of what is staged in the worktree, and nothing else' '
	printf "1\n" > other
	silent "fix: fail" "sed -i s/bad/good/ f; echo x >> other"
	printf "bad\n" > f && git add f
	expect_exit 1 git commit -qm one
	expect_state <<-\EOT
	f head=- index=bad\n tree=good\n
	other head=1\n index=1\n tree=1\n
	EOT
'

test_case 'a step that fails after it wrote leaves nothing of it' '
	silent "" "sed -i s/bad/good/ f; false"
	printf "bad\n" > f && git add f
	expect_exit 1 git commit -qm one
	expect_state <<-\EOT
	f head=- index=bad\n tree=bad\n
	EOT
	expect_no_locks
'

test_case 'commit -a, commit -- PATH, in a linked worktree' '
	printf "1\n" > f; printf "1\n" > g
	git add .
	silent "" "sed -i s/bad/good/ f g"
	git worktree add -q ../linked
	for at in "$REPO" ../linked; do
		cd "$at"
		rm -f "$CASE/where"
		printf "bad\n" > f
		expect_ok git commit -qam all
		expect_equal "$(sed "s,.*/places/.*,copy," "$CASE/where" | tr "\n" " ")" "$PWD copy "
		rm .git/wf/places/*.writes 2>/dev/null || rm "$(git rev-parse --git-dir)"/wf/places/*.writes
		printf "bad\n" > g
		expect_ok git commit -qm only -- g
		expect_lines 4 "$CASE/where"
		expect_state <<-\EOT
		f head=good\n index=good\n tree=good\n
		g head=good\n index=good\n tree=good\n
		EOT
		expect_no_locks
	done
	cd "$REPO" && git worktree remove --force ../linked
'

test_case 'what it declares as read it may write as little, file by file or all of them' '
	workflow each <<-EOT
	on: {pre-commit: {fix: off, files: "*.a"}}
	steps:
	  - {id: odd, foreach: {f: {lines: git.staged}}, per_file: true, inputs: ["\${each.f}"], run: "pwd >> $CASE/where; sed -i s/bad/good/ \${each.f}"}
	EOT
	workflow list <<-EOT
	on: {pre-commit: {fix: off, files: "*.b"}}
	steps:
	  - {id: odd, inputs: ["\${git.staged}"], run: "pwd >> $CASE/where; sed -i s/bad/good/ \${git.staged}"}
	EOT
	git add . && git commit -qm workflows && hook pre-commit
	for kind in a b; do
		printf "bad\n" > "1.$kind"; printf "bad\n" > "2.$kind"; printf "fine\n" > "3.$kind"
		git add .
		expect_exit 1 git commit -qm one
		expect_says "changes 1.$kind, 2.$kind where you work"
		expect_equal "$(sed "s,^$REPO\$,user,; s,^$REPO/.*,copy," "$CASE/where" | sort -u | tr "\n" " ")" "copy user "
		expect_equal "$(git diff --name-only)" ""
		git reset -q --hard && rm "$CASE/where"
	done
	printf "bad\n" > x.a && git add . && expect_exit 1 git commit -qm one
	expect_equal "$(sed "s,^$REPO/.*,copy," "$CASE/where")" copy
	expect_equal "$(git diff --name-only)" ""
'

test_case 'before a push it is put back as it is in the commit' '
	git init -q --bare ../far.git && git remote add far ../far.git
	workflow odd <<-\EOT
	on: {pre-push: {}}
	steps: [{id: odd, run: "sed -i s/bad/good/ f"}]
	EOT
	hook pre-push
	printf "bad\n" > f && commit_all one
	expect_exit 1 git push -q far HEAD:refs/heads/x
	expect_state <<-\EOT
	f head=bad\n index=bad\n tree=bad\n
	EOT
'

test_case 'files stand in the worktree with their line endings and filters again' '
	git config core.autocrlf true
	git config filter.up.clean "tr A-Z a-z" && git config filter.up.smudge "tr a-z A-Z"
	printf "*.up filter=up -text\n" > .gitattributes
	printf "one\r\ntwo\r\n" > f; printf "SHOUT\n" > s.up
	git add . 2>/dev/null
	silent "fix: off" "echo more >> f; echo MORE >> s.up" 2>/dev/null
	echo x > new && git add new 2>/dev/null
	expect_ok git commit -qm one
	expect_places user copy
	expect_equal "$(as_line < f)" "one\\r\\ntwo\\r\\n"
	expect_equal "$(cat s.up)" SHOUT
	expect_equal "$(git status --porcelain)" ""
'

test_case 'what somebody else edits meanwhile stays, and is neither committed nor taken for the step'"'"'s' '
	silent "" "[ -e $CASE/once ] || { touch $CASE/once; echo edit >> f; rm g; }"
	printf "1\n" > g && git add g
	printf "bad\n" > f && git add f
	expect_ok git commit -qm one
	expect_says "f, g were edited while the checks ran, and not by them: they are as you have them"
	expect_places user copy
	expect_state <<-\EOT
	f head=bad\n index=bad\n tree=bad\nedit\n
	g head=1\n index=1\n tree=-
	EOT
	git checkout -q f g
	printf "2\n" > f && git add f
	expect_ok git commit -qm two
	expect_places user copy user
'

test_case 'an edit of a file that the step writes, too: the edit stays, what the step did goes' '
	silent "fix: off" "sed -i s/bad/good/ f; [ -e $CASE/once ] || { touch $CASE/once; sed -i s/5/mine/ f; }"
	printf "bad\n2\n3\n4\n5\n" > f && git add f
	expect_exit 1 git commit -qm one
	expect_state <<-\EOT
	f head=- index=bad\n2\n3\n4\n5\n tree=bad\n2\n3\n4\nmine\n
	EOT
	expect_no_locks
'

test_case 'what cannot be told from the step'"'"'s is kept by a name that is told, and the file is as it was' '
	printf "0\n" > version && git add version
	silent "" "[ -e $CASE/once ] && echo second > version || { touch $CASE/once; echo first > version; }"
	printf "1\n" > f && git add f
	expect_ok git commit -qm one
	expect_says "what stood in your '"'"'version'"'"' is kept as '"'"'$REPO/cortex-brain/workflows/.publish/edit-0'"'"'"
	expect_file cortex-brain/workflows/.publish/edit-0 first
	expect_state <<-\EOT
	f head=1\n index=1\n tree=1\n
	version head=0\n index=0\n tree=0\n
	EOT
	printf "2\n" > f && git add f
	expect_ok git commit -qm two
	expect_file cortex-brain/workflows/.publish/edit-0 first
	rm -r cortex-brain/workflows/.publish
'

test_case 'new files that it makes stay, ignored or not; a folder in the place of a file is left, and told' '
	printf "/made\n" > .gitignore && printf "1\n" > f
	git add .
	silent "fix: off" "echo x > made; echo x > new; [ ! -f f ] || { rm f; mkdir f; echo x > f/x; }"
	printf "1\n" > g && git add g
	expect_ok git commit -qm one
	expect_says "your '"'"'f'"'"' is as you have it: there is a file of that name"
	expect_file made x
	expect_file new x
	expect_file f/x x
'

test_done
