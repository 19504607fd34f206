#!/bin/sh
# What is generated from the program's tables and kept in contrib/ is what it generates today.
set -u
program=${BUILD:-build}/git-wf
[ -x "$program" ] || { echo "skip: no program yet"; exit 0; }
status=0

# same FILE WORD...
same() {
	file=$1
	shift
	[ -e "$file" ] || return 0
	"$program" "$@" 2>/dev/null | cmp -s - "$file" ||
		{ echo "$file: is behind 'git wf $*' ('make schema completion shim')"; status=1; }
}

same contrib/schema/workflow.schema.json __schema
same hooks/shim __shim
same contrib/completion/git-wf.bash completion bash
same contrib/completion/_git-wf completion zsh
same contrib/completion/git-wf.fish completion fish
exit $status
