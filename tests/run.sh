#!/bin/sh
# sh tests/run.sh TEST...: runs the test programs, as many at once as there are processors, shows what each reports, and ends with
# the sum. Exit status 1 if anything failed. With MINUTES=45 none begins after 45 minutes (of this script, or since the second BEGAN),
# and what is not done after five more is stopped; what was left out is said.
#
# Each has one thread for what does not ask for more: two of them side by side take less time than one after the other on two.
. "${0%/*}/../docs/shell.sh"
if [ "${TEST_RESULTS-}" ]; then # one of those at once, "build/tests/test_x" or "build/tests/test_x 2/4"
    results=$TEST_RESULTS name=${1##*/tests/}
    limit=
    if [ "${MINUTES-}" ]; then
        left=$((60 * MINUTES - ($(date +%s) - TEST_BEGAN)))
        [ "$left" -ge 0 ] || { echo "left out for lack of time: $name" && exit; }
        limit="timeout --kill-after=10 $((left + 300))"
    fi
    unset TEST_RESULTS MINUTES BEGAN # a test may run this script, too
    output=$results/$(echo "$name" | tr / -) began=$(date +%s)
    case $name in *' '*) export TEST_SHARE="${1##* }" ;; esac
    # shellcheck disable=SC2086 # a command's words, or none
    $limit "${1% *}" >"$output" 2>&1
    status=$?
    case ${limit:+$status} in 124 | 137) echo "left out for lack of time: $name, stopped" && exit ;; esac
    # Check's own line: "100%: Checks: 12, Failures: 0, Errors: 0"
    counts=$(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' "$output")
    # shellcheck disable=SC2086 # three numbers
    set -- ${counts:-1 1 0} # a program that never got to report counts as one failure
    bad=$(($2 + $3))
    [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    line=$(printf '%-28s %3d of %d passed %5d s' "$name" $(($1 - bad)) "$1" $(($(date +%s) - began)))
    if [ "$bad" -eq 0 ]; then
        printf '%s\n' "$line"
    else
        printf '%s\n%s\n' "$line" "$(cat "$output")"
    fi
    echo $(($1 - bad)) "$bad" >>"$results/counts"
    exit
fi
TEST_RESULTS=$(mktemp -d) TEST_BEGAN=${BEGAN:-$(date +%s)}
trap 'rm -rf "$TEST_RESULTS"' EXIT
trap 'exit 130' HUP INT TERM
: >"$TEST_RESULTS/counts"
export TEST_RESULTS TEST_BEGAN
[ "$(processors)" -eq 1 ] || export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
# The longest one last, and a share for each lesson: at the end no processor waits long for another.
lessons=$(ls -d lessons/[0-9][0-9]-* 2>/dev/null | wc -l)
for test in "$@"; do
    case $test in
    *test_programs) seq -f "1$test %g/$lessons" "$lessons" ;;
    *) echo "0$test" ;;
    esac
done | sort -s -k 1,1.1 | cut -c 2- | tr '\n' '\0' | xargs -0 -n 1 -P "$(processors)" sh "$0"
awk -v limited="${MINUTES:+1}" '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || (NR == 0 && !limited) }' \
    "$TEST_RESULTS/counts"
