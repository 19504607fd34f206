#!/bin/sh
# Wrong documents and what is said about them: tests/bad/runner.c does the work.
exec "${BUILD:-build}/tests/bad/runner" tests/bad
