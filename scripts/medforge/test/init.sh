#!/bin/sh
# Process 1 of a test world: collects orphans while the one command runs, and ends the world with its exit code.
"$@"
exit $?
