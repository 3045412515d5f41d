#!/bin/sh
# sh tests/verify.sh BUILD: runs every lesson with the settings that tests/expected.csv names, as many at once as there are processors,
# each on one thread (the results do not depend on it), and checks the figures in its summary.csv.
# With MINUTES=40 (of this script, or since the second BEGAN) the lessons' defaults come first. After 20 minutes no run with other
# settings begins, after 40 none at all, and what is not done after five more is stopped; what was left out is said.
# Columns: lesson, args (options, or nothing for the defaults), key, op (>=, <=, =), value.
. "${0%/*}/../docs/shell.sh"
build=$1
table=tests/expected.csv
out=$build/verify

verify_run() { # LESSON ARGS LIMIT: prints what it finds, and adds "checks failures" to the counts
    # The run's name is its options, with everything that a folder's name should not hold made a dash.
    name=$(printf %s "${2:-default}" | tr -cs 'a-zA-Z0-9.\n' '-' | sed 's/^-//')
    # shellcheck disable=SC2086 # several options in one field
    $3 "$build/lessons/$1" --out "$out" --name "$name" --quiet $2 </dev/null
    status=$?
    case ${3:+$status} in 124 | 137) echo "left out for lack of time: $1 $2, stopped" && return ;; esac
    if [ "$status" -ne 0 ]; then
        echo "FAILED  $1 $2: the program ended with an error"
        echo 1 1 >>"$VERIFY_RESULTS/counts"
        return
    fi
    summary=$out/$1/$name/summary.csv
    echo "$1 $2: $(awk -F, '$1 == "seconds" { printf "%.1f s", $2 } $1 == "peak_mib" { printf ", %.0f MiB", $2 }' "$summary")"
    awk -F, -v lesson="$1" -v args="$2" -v counts="$VERIFY_RESULTS/counts" '
        NR == FNR { figure[$1] = $2; next }
        $1 == lesson && $2 == args {
            checks++
            number = figure[$3]
            if (number == "") { printf "  FAILED  %s is not in summary.csv\n", $3; failures++; next }
            holds = $4 == ">=" ? number + 0 >= $5 + 0 : $4 == "<=" ? number + 0 <= $5 + 0 : $4 == "=" ? number + 0 == $5 + 0 : 0
            printf "  %s  %s = %s (expected %s %s)\n", holds ? "ok    " : "FAILED", $3, number, $4, $5
            failures += !holds
        }
        END { print checks + 0, failures + 0 >>counts }' "$summary" "$table"
}

if [ "${VERIFY_RESULTS-}" ]; then # one of those at once: "lesson,args"
    limit=
    if [ "${MINUTES-}" ]; then
        minute=60
        [ -z "${2#*,}" ] || minute=30
        elapsed=$(($(date +%s) - VERIFY_BEGAN))
        [ "$elapsed" -le $((minute * MINUTES)) ] || { echo "left out for lack of time: ${2%%,*} ${2#*,}" && exit; }
        limit="timeout --kill-after=10 $((60 * MINUTES + 300 - elapsed))"
    fi
    verify_run "${2%%,*}" "${2#*,}" "$limit" >"$VERIFY_RESULTS/$$" 2>&1
    cat "$VERIFY_RESULTS/$$"
    exit
fi
VERIFY_RESULTS=$(mktemp -d) VERIFY_BEGAN=${BEGAN:-$(date +%s)}
trap 'rm -rf "$VERIFY_RESULTS"' EXIT
trap 'exit 130' HUP INT TERM
: >"$VERIFY_RESULTS/counts"
export VERIFY_RESULTS VERIFY_BEGAN
[ "$(processors)" -eq 1 ] || export OMP_NUM_THREADS=1
tail -n +2 "$table" | cut -d, -f1,2 | awk '!seen[$0]++ { print ($0 ~ /,$/ ? 0 : 1) $0 }' | sort -s -k 1,1.1 | cut -c 2- | tr '\n' '\0' |
    xargs -0 -n 1 -P "$(processors)" sh "$0" "$build"
awk -v limited="${MINUTES:+1}" '{ checks += $1; failures += $2 } END { printf "verify: %d passed, %d failed\n", checks - failures, failures; exit failures > 0 || (NR == 0 && !limited) }' \
    "$VERIFY_RESULTS/counts"
