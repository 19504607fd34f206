#!/bin/sh
# Kinds of repositories that git knows, each through a run that takes snapshots, status, snapshots, rollback and undo.
# What each cell has to be stands in zoo.table; here stands how each kind is made, and what "ok" means.
# shellcheck disable=SC2164 # a body ends with its first failure
. "${0%/*}/../lib.sh"

# ---- What a run does there --------------------------------------------------------------------

files() {
	echo zero > text; echo bye > gone; echo plain > plain; printf "x\r\n" > crlf.txt; echo Mixed > m.up
	mkdir -p sub/empty; echo deep > sub/deep
}
work_of_the_user() {
	echo staged >> plain; git add plain; echo unstaged >> plain; echo mine > untracked; chmod 600 untracked
	echo intent > intent; git add -N intent
}
demo() {
	workflow demo <<-\EOT
	rollback: {}
	steps:
	  - id: a
	    run: |
	      echo more >> text; rm gone; echo new > new; $GIT add new; chmod +x plain; printf "y\r\n" > crlf.txt
	      echo Other > m.up; rm -r sub; echo file > sub; ln -s text link; mkdir -p made/deep
	EOT
}
begin() { demo; files; commit_all; work_of_the_user; }

# ---- The kinds: in $REPO, an empty repository with one commit ----------------------------------

make_plain() { begin; }
make_linked_worktree() { begin; git worktree add -q ../linked; cd ../linked; work_of_the_user; }
make_bare_with_worktree() {
	begin
	git clone -q --bare . ../bare.git
	git -C ../bare.git worktree add -q ../beside main
	cd ../beside; work_of_the_user
}
make_bare() { begin; git clone -q --bare . ../bare.git; cd ../bare.git; }
make_submodule() {
	git clone -q . ../other
	begin
	git -c protocol.file.allow=always submodule --quiet add ../other module
	git commit -qm module; echo dirty > module/dirty
}
make_inside_submodule() {
	git clone -q . ../other
	git -c protocol.file.allow=always submodule --quiet add ../other module
	git commit -qm module; cd module; begin
}
make_split_index() { begin; git config core.splitIndex true; git update-index --split-index; echo more >> plain; git add plain; }
make_sparse_checkout() { begin_sparse --no-sparse-index; }
make_sparse_index() { begin_sparse --sparse-index; }
begin_sparse() {
	mkdir -p left/out; echo out > left/out/file; echo rules > left/.gitignore
	demo; files; commit_all
	git sparse-checkout set "$1" .workflows sub
	work_of_the_user
}
make_index_v4() { begin; git update-index --index-version 4; }
make_linked_index() { begin; mkdir ../kept; mv .git/index ../kept/index; ln -s ../../kept/index .git/index; }
make_unborn_linked_index() { make_unborn; mkdir ../kept; rm .git/index; ln -s ../../kept/index .git/index; }
make_untracked_cache() { begin; git update-index --untracked-cache; git status >/dev/null; }
make_sha256() { rm -rf .git; git init -q --object-format=sha256; begin; }
make_partial() {
	begin; git config uploadpack.allowFilter true
	git clone -q --filter=blob:none "file://$REPO" ../partial
	cd ../partial; work_of_the_user
}
make_shallow() { begin; commit_all again; git clone -q --depth=1 "file://$REPO" ../shallow; cd ../shallow; work_of_the_user; }
make_alternates() { begin; git clone -q --shared . ../shared; cd ../shared; work_of_the_user; }
make_worktree_config() {
	begin; git config extensions.worktreeConfig true; git config --worktree core.fileMode true
	git worktree add -q ../linked; cd ../linked; git config --worktree user.name Other; work_of_the_user
}
make_autocrlf() { git config core.autocrlf true; begin 2>/dev/null; git config core.safecrlf true; }
make_text_attribute() { echo "* text=auto" > .gitattributes; begin; }
make_filter() {
	git config filter.up.clean "tr a-z A-Z"; git config filter.up.smudge "tr A-Z a-z"
	echo "*.up filter=up" > .gitattributes; begin
}
make_large_file_filter() { # as git-lfs: a pointer in the tree, the bytes elsewhere
	write_script ../lfs <<-\EOT
	#!/bin/sh
	mkdir -p "$HOME/store"
	case $1 in
	clean) cat > "$HOME/store/new"; sum=$(sha256sum < "$HOME/store/new" | cut -c1-64)
		mv "$HOME/store/new" "$HOME/store/$sum"; echo "pointer $sum" ;;
	smudge) read -r _ sum; cat "$HOME/store/$sum" ;;
	esac
	EOT
	git config filter.lfs.clean "$CASE/lfs clean"; git config filter.lfs.smudge "$CASE/lfs smudge"
	git config filter.lfs.required true
	echo "*.up filter=lfs" > .gitattributes; begin
}
make_broken_filter() {
	make_filter; git config filter.up.clean false; git config filter.up.required true
	sleep 0.05; echo Changed > m.up
}
make_hooks_path() {
	begin; mkdir ../hooks; git config core.hooksPath "$CASE/hooks"
	for hook in post-index-change reference-transaction pre-commit post-checkout; do
		printf '#!/bin/sh\necho %s >> "%s"\nexit 1\n' $hook "$CASE/hook-ran" > "../hooks/$hook"
		chmod +x "../hooks/$hook"
	done
}
make_fsmonitor() {
	begin; printf '#!/bin/sh\ntouch "%s"\nexit 1\n' "$CASE/hook-ran" > ../monitor; chmod +x ../monitor
	git -c core.fsmonitor=false status >/dev/null; git config core.fsmonitor "$CASE/monitor"
}
make_detached() { begin; git checkout -q --detach; }
make_unborn() { rm -rf .git; git init -q; demo; files; git add plain; echo more >> plain; }
make_mid_merge() {
	demo; files; commit_all; git checkout -qb side; echo theirs > text; commit_all; git checkout -q main; echo ours > text
	commit_all; ! git merge -q side >/dev/null 2>&1; work_of_the_user
}
make_mid_rebase() {
	demo; files; commit_all; git checkout -qb side; echo theirs > text; commit_all; git checkout -q main; echo ours > text
	commit_all; ! git rebase -q side >/dev/null 2>&1; work_of_the_user
}
make_git_dir_elsewhere() { begin; mv .git ../elsewhere.git; echo "gitdir: $CASE/elsewhere.git" > .git; }
make_odd_place() {
	begin; mkdir "../odd
\"\$place"; mv .git .workflows * "../odd
\"\$place/"; cd "../odd
\"\$place"
}
make_foreign_owner() { [ "$(id -u)" = 0 ] || skip_case "only root can give files away"; begin; chown -R 12345 .; }
make_read_only() { begin; is_read_only=yes; }

# ---- A cell -------------------------------------------------------------------------------------

GIT="git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.safecrlf=false" # what is not ours may not count as ours
export GIT

# Every byte, mode and link, the index' entries, HEAD and branches.
exact() {
	find . -path ./.git -prune -o -path ./cortex-brain -prune -o -printf "%p %y %m %l\n" | sort
	find . -path ./.git -prune -o -path ./cortex-brain -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
	{
		$GIT ls-files -s -v
		$GIT ls-files --debug | grep -o "flags: .*" | sort | uniq -c
		$GIT rev-parse -q --verify HEAD
		cat "$($GIT rev-parse --git-dir)/HEAD"
		$GIT for-each-ref refs/heads
		find "$($GIT rev-parse --git-dir)" -maxdepth 1 -type l
		find "$($GIT rev-parse --git-dir)" -maxdepth 1 -name "MERGE_*" -o -maxdepth 1 -name "REBASE_*" -o -maxdepth 1 -name "rebase*" | sort
	} 2>/dev/null || :
}

# COMMAND…; on a file system that cannot be written, if the kind is that.
there() {
	[ -n "${is_read_only:-}" ] || { "$@"; return; }
	unshare -m sh -c 'mount --bind . . && mount -o remount,ro,bind . && cd "$PWD" && exec "$@"' there "$@"
}

# NAME WANTED COMMAND…: "ok", or "STATUS:words_of_the_message", and then nothing is touched.
cell() {
	cell_name=$1 cell_wanted=$2
	shift 2
	[ "$cell_wanted" = ok ] || exact > "$CASE/cell.before"
	cell_status=0
	there "$@" > "$CASE/out" 2> "$CASE/err" || cell_status=$?
	case $cell_wanted in
	ok) [ $cell_status = 0 ] || fail "$cell_name: exit $cell_status, not 0" ;;
	*)
		[ $cell_status = "${cell_wanted%%:*}" ] || fail "$cell_name: exit $cell_status, not ${cell_wanted%%:*}"
		expect_says "$(echo "${cell_wanted#*:}" | tr _ " ")"
		exact | diff -u "$CASE/cell.before" - >&2 || fail "$cell_name: something was touched" ;;
	esac
	case $(cat "$CASE/out" "$CASE/err") in
	*"BUG"* | *"Segmentation"* | *"AddressSanitizer"*) fail "$cell_name: it crashed" ;;
	esac
}

as_before() { exact | diff -u "$CASE/$1" - >&2 || fail "it is not as it was $1"; }

row() { # KIND RUN STATUS SNAPSHOT ROLLBACK UNDO
	expect_tree_changes
	repeat_runs "not cached"
	"make_$1" >/dev/null
	[ -z "${is_read_only:-}" ] || unshare -m true 2>/dev/null || skip_case "nothing can be mounted here"
	rm -f "$CASE/hook-ran"
	exact > "$CASE/before"
	cell run "$2" git wf run demo
	exact > "$CASE/after"
	[ "$2" != ok ] || ! cmp -s "$CASE/before" "$CASE/after" || fail "the run changed nothing"
	cell status "$3" git wf status
	cell snapshot "$4" git wf snapshots
	if [ "$4" = ok ]; then
		expect_out_contains begin
		expect_out_contains end
		git for-each-ref --format="%(refname)" refs/wf | while read -r ref; do
			GIT_NO_LAZY_FETCH=1 git rev-list --objects "$ref" >/dev/null || exit 1
		done || fail "a snapshot lacks something"
	fi
	cell rollback "$5" git wf rollback
	[ "$5" != ok ] || as_before before
	cell undo "$6" git wf undo
	[ "$6" != ok ] || as_before after
	expect_no_file "$CASE/hook-ran"
	git fsck --no-dangling >"$CASE/fsck" 2>&1 || [ "$1" = foreign_owner ] || fail "git fsck: $(cat "$CASE/fsck")"
	chown -R "$(id -u)" . 2>/dev/null || :
}

while read -r kind run status snapshot rollback undo; do
	case $kind in '' | \#*) continue ;; esac
	test_case "$(echo "$kind" | tr _ " "): run $run, status $status, snapshot $snapshot, rollback $rollback, undo $undo" \
		"row $kind '$run' '$status' '$snapshot' '$rollback' '$undo'"
done < "$TEST_SOURCE/zoo.table"

test_done
