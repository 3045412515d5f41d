#!/bin/sh
# Runs every lesson with the settings that tests/expected.csv names and checks the figures in its summary.csv.
# Columns: lesson, args (options, or nothing for the defaults), key, op (>=, <=, =), value.
. "${0%/*}/../docs/shell.sh"
build=$1
table=tests/expected.csv
out=$build/verify
failures=0 checks=0

settings=$(tail -n +2 "$table" | cut -d, -f1,2 | awk '!seen[$0]++')
while IFS=, read -r lesson args; do
    # The run's name is its options, with everything that a folder's name should not hold made a dash.
    name=$(printf %s "${args:-default}" | tr -cs 'a-zA-Z0-9.\n' '-' | sed 's/^-//')
    # shellcheck disable=SC2086 # several options in one field
    if ! "$build/lessons/$lesson" --out "$out" --name "$name" --quiet $args </dev/null; then
        echo "FAILED  $lesson $args: the program ended with an error"
        failures=$((failures + 1))
        continue
    fi
    summary=$out/$lesson/$name/summary.csv
    echo "$lesson $args: $(awk -F, '$1 == "seconds" { printf "%.1f s", $2 } $1 == "peak_mib" { printf ", %.0f MiB", $2 }' "$summary")"
    while IFS=, read -r row_lesson row_args key op value; do
        [ "$row_lesson,$row_args" = "$lesson,$args" ] || continue
        checks=$((checks + 1))
        awk -F, -v key="$key" -v op="$op" -v value="$value" '
            $1 == key { found = 1; number = $2 }
            END {
                if (!found || number == "") { printf "  FAILED  %s is not in summary.csv\n", key; exit 1 }
                holds = op == ">=" ? number + 0 >= value + 0 : op == "<=" ? number + 0 <= value + 0 : op == "=" ? number + 0 == value + 0 : 0
                printf "  %s  %s = %s (expected %s %s)\n", holds ? "ok    " : "FAILED", key, number, op, value
                exit !holds
            }' "$summary" || failures=$((failures + 1))
    done <"$table"
done <<END
$settings
END
echo "verify: $((checks - failures)) passed, $failures failed"
[ "$failures" -eq 0 ]
