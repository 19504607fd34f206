#!/bin/sh
# What tests/fault/broken.py breaks is still there to be broken.
command -v python3 >/dev/null || { echo "skip: no python3 here"; exit 0; }
exec python3 tests/fault/broken.py --check
