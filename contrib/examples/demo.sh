#!/bin/sh
# demo.sh PROGRAM: a tour of git wf in a scratch repository that is gone afterwards.
set -u

program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
[ -x "$program" ] || { echo "demo: no program '$1': run 'make' first" >&2; exit 1; }
scratch=$(mktemp -d "${TMPDIR:-/tmp}/wf-demo.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
PATH=$(dirname "$program"):$PATH
HOME=$scratch/home
export PATH HOME
mkdir -p "$HOME" "$scratch/repo/.workflows"
for name in $(env | sed -n 's/^\(GIT_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
git config --global user.name 'A Demo'
git config --global user.email demo@example.com
cd "$scratch/repo" || exit 1
git init -q .

say() {
	printf '\n# %s\n' "$*"
}

# Shows the command, then runs it; a demo goes on after the failure it shows.
try() {
	printf '$ %s\n' "$*"
	"$@"
}

cat >.workflows/hello.yml <<'EOT'
name: Greet
params:
  name: {default: world}
steps:
  - id: greet
    run: echo "Hello, "${params.name} > greeting.txt
    inputs: []
    outputs: [greeting.txt]
  - id: shout
    run: tr a-z A-Z < greeting.txt > shout.txt
    inputs: [greeting.txt]
    outputs: [shout.txt]
  - id: test
    run: grep -q HELLO shout.txt
    inputs: [shout.txt]
EOT

say "A workflow is a file in .workflows/"
try cat .workflows/hello.yml
say "Is it right? What is in it?"
try git wf validate
try git wf list
say "Run it; then again: there is nothing to do"
try git wf run hello
try git wf run hello
say "With another parameter: what would run, and why"
try git wf plan hello --name you
try git wf run hello --name you
try cat shout.txt
say "An output is lost: it comes back from the cache, nothing runs"
rm -f shout.txt
try git wf run hello --name you
say "A step fails: what depends on it does not start, and the run can be resumed"
sed -i.bak 's/HELLO/GOODBYE/' .workflows/hello.yml && rm -f .workflows/hello.yml.bak
try git wf run hello --name you
try git wf status
sed -i.bak 's/GOODBYE/HELLO/' .workflows/hello.yml && rm -f .workflows/hello.yml.bak
try git wf resume
say "What there was"
try git wf history
