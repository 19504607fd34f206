#!/bin/sh
# README.md shows the figures that tests/fault/figures.json has, and they are good.
set -u
command -v jq >/dev/null || { echo "skip: no jq"; exit 0; }
[ -e tests/fault/figures.json ] || { echo "skip: no figures yet ('make check-long')"; exit 0; }
status=0
sh tests/fault/figures.sh check tests/fault/figures.json || status=1
sh tests/fault/figures.sh readme | cmp -s - README.md ||
	{ echo "README.md: its table of figures is not that of tests/fault/figures.json ('make figures')"; status=1; }
exit $status
