#!/bin/sh
# install.sh install|uninstall PREFIX MODE:FROM:TO...
# Copies the files, or removes them with the directories below PREFIX that are empty then.
# DESTDIR comes from the environment. No name holds a colon.
set -eu

verb=$1
prefix=$2
shift 2
DESTDIR=${DESTDIR:-}

for entry; do
	mode=${entry%%:*}
	rest=${entry#*:}
	from=${rest%%:*}
	to=$DESTDIR${rest#*:}
	case $verb in
	install)
		[ -n "$from" ] || continue
		mkdir -p "$(dirname "$to")"
		# A new file and a rename: a program that runs now keeps its own.
		cp "$from" "$to.new"
		chmod "$mode" "$to.new"
		mv -f "$to.new" "$to"
		;;
	uninstall)
		rm -f "$to"
		directory=$(dirname "$to")
		while [ "$directory" != "$DESTDIR$prefix" ] && [ "${directory#"$DESTDIR$prefix"/}" != "$directory" ]; do
			rmdir "$directory" 2>/dev/null || break
			directory=$(dirname "$directory")
		done
		;;
	*)
		echo "install.sh: unknown word '$verb'" >&2
		exit 2
		;;
	esac
done
