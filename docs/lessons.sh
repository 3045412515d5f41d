#!/bin/sh
# sh docs/lessons.sh BUILD OUT RUN LESSON...: runs these lessons at their defaults, one after the other, draws their plots, and ends
# with a table: how long each took, how much memory, and how many of the figures that it promises it has reached.
#
# A lesson that fails does not keep the others from running; then the exit status is 1. Pictures that fail are told. Ctrl-C ends all.
. "${0%/*}/../docs/shell.sh"
build=$1 out=$2 run=$3
shift 3
plain_folder OUT "$out"
trap 'exit 130' INT TERM
failed=
for lesson in "$@"; do
    # shellcheck disable=SC2016 # marks of Markdown
    title=$(sed -n 's/^# \(Lesson [0-9]*: .*\)/\1/p' "lessons/$lesson"/*.c | head -n 1 | tr -d '*`$')
    printf '%-52s' "${title:-$lesson}"
    folder=$out/$lesson/$run
    if "$build/lessons/$lesson" --out "$out" --name "$run" --quiet </dev/null; then
        awk -F, '$1 == "seconds" { printf "%7.1f s\n", $2 }' "$folder/summary.csv"
        sh plots/plot.sh "$lesson" "$folder" >/dev/null || echo "  (the run is complete, only its pictures are not)" >&2
    else
        status=$?
        [ $status -ne 130 ] || exit 130
        failed="$failed $lesson"
        echo " failed"
    fi
done

echo
printf '%-24s %9s %9s  %s\n' lesson time memory 'figures reached'
for lesson in "$@"; do
    case "$failed " in *" $lesson "*) printf '%-24s %9s\n' "$lesson" failed && continue ;; esac
    awk -F, -v lesson="$lesson" '
        FNR == NR { value[$1] = $2; next }
        $1 == lesson && $2 == "" {
            n++
            x = value[$3] + 0
            if ($3 in value && value[$3] != "" && ($4 == ">=" ? x >= $5 + 0 : $4 == "<=" ? x <= $5 + 0 : x == $5 + 0)) reached++
            else missed = missed " " $3
        }
        END {
            printf "%-24s %7.1f s %5.0f MiB  %d of %d%s\n", lesson, value["seconds"], value["peak_mib"], reached, n, (missed == "" ? "" : ", not" missed)
        }' "$out/$lesson/$run/summary.csv" tests/expected.csv
done
[ ! "$failed" ]
