#!/bin/sh
# Builds and runs fuzz targets with libFuzzer, for `make fuzz`:
#
#	fuzz.sh OUT ARCHIVE TIME 'COMPILE' 'LIBS' NAME...
#
# OUT/found/NAME is the corpus that grows, OUT/NAME-crash-… (-leak-, -timeout-) what was found. A target that fails does
# not keep the others from running. Ends with a line for each target, and the same as JSON in OUT/figures.json:
#
#	{"fuzz":{"glob":{"seconds":60,"executions":1234567,"inputs":123,"findings":0},…}}
set -u
out=$1 archive=$2 seconds=$3 compile=$4 libs=$5
shift 5
here=$(dirname "$0")
status=0
memory=/dev/shm
[ -w "$memory" ] || memory=${TMPDIR:-/tmp}
FUZZ_SCRATCH=$(mktemp -d "$memory/wf-fuzz.XXXXXX") || exit 1
export FUZZ_SCRATCH
trap 'rm -rf "$FUZZ_SCRATCH"' EXIT
trap 'exit 130' INT TERM
table='' json=''

# A leak that only a whole run shows, or an input that takes a minute, is a finding, too.
run_target() { # name
	set -- "$1" "$out/found/$1" "$here/corpus/$1"
	case $1 in yaml | json) set -- "$@" "$here/../bad" ;; esac
	name=$1
	shift
	[ ! -e "$here/$name.dict" ] || set -- "-dict=$here/$name.dict" "$@"
	"$out/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1500 -max_len=65536 -verbosity=0 \
		-print_final_stats=1 -artifact_prefix="$out/$name-" "$@"
}

figure() { # name label
	sed -n "s/^stat::$2: *//p" "$out/$1.log" | tail -n 1
}

for name; do
	echo "fuzzing $name for $seconds s"
	mkdir -p "$out/found/$name"
	began=$(date +%s)
	# shellcheck disable=SC2086 # lists of words
	$compile -o "$out/$name" "$here/${name}_fuzz.c" "$archive" $libs || exit 1
	run_target "$name" >"$out/$name.log" 2>&1 || { status=1; tail -n 40 "$out/$name.log"; }
	n=$(figure "$name" number_of_executed_units)
	found=$(find "$out" -maxdepth 1 -name "$name-*" | wc -l)
	row=$(printf '%-10s %10d executions in %4d s, %5d inputs kept, %d findings' "$name" "${n:-0}" \
		$(($(date +%s) - began)) "$(find "$out/found/$name" -type f | wc -l)" "$found")
	table="$table$row
"
	json="$json${json:+,}\"$name\":{\"seconds\":$(($(date +%s) - began)),\"executions\":${n:-0},\"inputs\":$(find \
		"$out/found/$name" -type f | wc -l),\"findings\":$found}"
done
printf '%s' "$table"
printf '{"fuzz":{%s}}\n' "$json" >"$out/figures.json"
exit $status
