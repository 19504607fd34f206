#!/bin/sh
# The cache is no state: however it is damaged, the next run is right.
. "${0%/*}/../lib.sh"
. "${0%/*}/../ran.sh"

prepare() {
	workflow demo <<-\EOT
	steps:
	  - {id: gen, run: cp a b; echo gen >> ../ran, inputs: [a], outputs: [b]}
	  - {id: big, run: "head -c 200000 /dev/zero > c; cat b >> c; echo big >> ../ran", inputs: [b], outputs: [c]}
	EOT
	echo one > a
	expect_tree_changes
	expect_ok git wf run demo
	git wf run demo >/dev/null
	rm -f ../ran
	cp -R .git/wf ../good
}

# COMMAND gets each file of the cache as its last word; the next runs have to be right, in the same
# tree, after an edit, and where the outputs are gone.
damage_each() { # COMMAND…
	(cd ../good && find . -type f) | sort >../files
	while read -r file; do
		echo "damaged: $file ($*)"
		rm -rf .git/wf
		cp -R ../good .git/wf
		"$@" ".git/wf/$file"
		echo one > a
		expect_ok git-wf run demo
		# What the other edit has made is not in the copy of the cache: it is kept, and that is said.
		[ "$(grep -vc "held what is nowhere else" "$CASE/err")" -le 1 ] || fail "more than one warning"
		expect_file b one
		rm -f b c
		expect_ok git-wf run demo
		expect_file b one
		expect_equal "$(tail -c 4 c)" one
		echo two > a
		expect_ok git-wf run demo
		expect_file b two
		expect_equal "$(tail -c 4 c)" two
		expect_ok git-wf run demo
		expect_out_contains "nothing to do"
	done <../files
}

empty() { : >"$1"; }
cut_in_half() { size=$(wc -c <"$1"); truncate -s $((size / 2)) "$1"; }
cut_a_byte() { size=$(wc -c <"$1"); [ "$size" -eq 0 ] || truncate -s $((size - 1)) "$1"; }
garbage() { size=$(wc -c <"$1"); head -c "$size" /dev/urandom >"$1.new"; mv "$1.new" "$1"; }
zeroes() { size=$(wc -c <"$1"); head -c "$size" /dev/zero >"$1.new"; mv "$1.new" "$1"; }
flip_middle() {
	size=$(wc -c <"$1")
	[ "$size" -eq 0 ] || printf "\377\376\375" |
		dd of="$1" bs=1 seek=$((size / 2)) conv=notrunc status=none
}
flip_start() { printf "\377\376\375" | dd of="$1" bs=1 seek=9 conv=notrunc status=none; }
longer() { printf "some more bytes" >>"$1"; }
folder() { rm "$1"; mkdir "$1"; }

for how in empty cut_in_half cut_a_byte garbage zeroes flip_middle flip_start longer; do
	test_case "each file of the cache damaged: $how" "prepare; damage_each $how"
done

test_case 'each file of the cache deleted' 'prepare; damage_each rm'

test_case 'the whole cache deleted' '
	prepare
	rm -rf .git/wf
	expect_ok git wf run demo
	expect_ran gen big
	expect_ok git wf run demo
	expect_ran
'

test_case 'a restored file never has the content of a damaged object' '
	prepare
	rm b c
	find .git/wf -name "*.dat" -o -path "*objects*" -type f | while read -r file; do
		sed "s/one/two/g" "$file" > ../damaged && cat ../damaged > "$file"
	done
	expect_ok git wf run demo
	expect_file b one
	expect_equal "$(tail -c 4 c)" one
'

test_case 'the cache of another version is none' '
	prepare
	# The version stands behind the magic number.
	for file in .git/wf/stat .git/wf/*.idx .git/wf/objects/*.idx .git/wf/plans/*; do
		printf "\007" | dd of="$file" bs=1 seek=8 conv=notrunc status=none
	done
	echo two > a
	expect_ok git wf run demo
	expect_file b two
	expect_ran gen big
'

test_case 'a cache that cannot be written costs nothing but the memory' '
	[ "$(id -u)" -ne 0 ] || command -v setpriv >/dev/null || skip_case "root, and no setpriv"
	prepare
	chmod -R a+rwX "$CASE"
	chmod a+rx "$TEST_ROOT"
	chmod -R a-w .git/wf
	echo two > a
	if [ "$(id -u)" -eq 0 ]; then
		chown -R 65534:65534 "$CASE"
		as="setpriv --reuid=65534 --regid=65534 --clear-groups"
		$as git-wf version >/dev/null 2>&1 || skip_case "another user cannot start git-wf here"
	fi
	repeat_runs "nothing is remembered"
	expect_ok ${as:-env} git-wf run demo
	expect_file b two
	expect_says "cache"
	chmod -R u+w .git/wf
	[ "$(id -u)" -ne 0 ] || chown -R 0:0 "$CASE"
'

test_case 'a full disk under the cache is a warning' '
	prepare
	mkdir ../small
	mount -t tmpfs -o size=64k none ../small 2>/dev/null || skip_case "no mount here"
	rm -rf .git/wf
	mkdir ../small/wf
	head -c 65536 /dev/zero > ../small/fill 2>/dev/null || :
	ln -s ../../small/wf .git/wf
	repeat_runs "nothing is remembered"
	status=0
	git-wf run demo --force >../out1 2>../err1 || status=$?
	echo two > a
	git-wf run demo >../out2 2>../err2 || status=$?
	umount ../small
	rm .git/wf
	cat ../out1 ../err1 ../out2 ../err2
	expect_equal $status 0
	expect_file b two
	expect_equal "$(tail -c 4 c)" two
	grep -q "cache" ../out1 ../err1 || fail "no warning"
'

test_done
