#!/bin/sh
# sh tests/promises.sh: do the reference runs keep what tests/expected.csv expects of every machine? A part of `make figures`.
#
# make verify runs the lessons and checks what comes out; this only reads docs/reference/, summary.csv for a lesson's defaults and
# settings.csv for other options. Rows that stand in neither are counted, and left to make verify.
. "${0%/*}/../docs/shell.sh"
cd "${0%/*}/.." || exit 1
set --
for file in docs/reference/[0-9][0-9]-*/summary.csv docs/reference/[0-9][0-9]-*/settings.csv; do
    [ ! -f "$file" ] || set -- "$@" "$file"
done
[ $# -gt 0 ] || fail "no reference runs in docs/reference/"
exec awk -F, '
    FNR == 1 { split(FILENAME, part, "/"); next }
    part[4] == "summary.csv" { figure[part[3], "", $1] = $2; next }
    part[4] == "settings.csv" { figure[part[3], $1, $2] = $3; next }
    !(($1, $2, $3) in figure) { unknown++; next }
    {
        number = figure[$1, $2, $3] + 0
        holds = $4 == ">=" ? number >= $5 + 0 : $4 == "<=" ? number <= $5 + 0 : $4 == "=" ? number == $5 + 0 : 0
        if (holds) { kept++; next }
        printf "tests/expected.csv:%d: %s %s %s %s: the reference run has %s\n", FNR, $1 ($2 == "" ? "" : " " $2), $3, $4, $5, number
        broken++
    }
    END {
        printf "%d rows of tests/expected.csv kept, %d broken, %d without a figure in docs/reference/\n", kept, broken, unknown
        exit broken > 0 || kept == 0
    }' "$@" tests/expected.csv
