#!/bin/sh
# Runs the test programs given, shows what each reports, and ends with the sum. Exit status 1 if anything failed.
. "${0%/*}/../docs/shell.sh"
passed=0 failed=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT
for test in "$@"; do
    "$test" >"$output" 2>&1
    status=$?
    # Check's own line: "100%: Checks: 12, Failures: 0, Errors: 0"
    counts=$(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' "$output")
    set -- ${counts:-1 1 0} # a program that never got to report counts as one failure
    bad=$(($2 + $3))
    [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    passed=$((passed + $1 - bad)) failed=$((failed + bad))
    printf '%-28s %3d of %d passed\n' "$(basename "$test")" $(($1 - bad)) "$1"
    [ "$bad" -eq 0 ] || cat "$output"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
