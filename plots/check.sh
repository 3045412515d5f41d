#!/bin/sh
# sh plots/check.sh BUILD LESSON...: what make plots-check does. Draws every lesson's pictures from its reference run, so that a
# gnuplot that refuses something is seen without training; and from runs that lack something: tables that are not there, or have no
# rows, or rows without values. What there is must be drawn all the same. All labels of the reference's plots must be readable.
# With EACH=1 in the environment each table lacks in turn (a quarter of an hour); else all but log.csv do, and then all.
. "${0%/*}/../docs/shell.sh"
build=${1:?usage: sh plots/check.sh BUILD LESSON...}
shift
mkdir -p "$build" && room=$(mktemp -d "$build/plots-check.XXXXXX") || fail "cannot write to $build"
trap 'rm -rf "$room"' EXIT
trap 'exit 130' INT TERM
passed=0 failed=0

draw() { # LESSON RUNFOLDER KIND WHAT: counts, and says what went wrong
    rm -rf "$room/pictures"
    if sh plots/plot.sh "$1" "$2" "$3" "$room/pictures" >"$room/said" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED  %s %s: %s\n' "$1" "$4" "$(visible "$(cat "$room/said")")"
    fi
}

lacking() { # LESSON TABLES gone|rows|values: draws a run like the reference's but for that
    rm -rf "$room/run"
    cp -r "docs/reference/$1" "$room/run"
    for table in $2; do
        case $3:$table in
        gone:*) rm "$room/run/$table" ;;
        rows:*) head -n 1 "docs/reference/$1/$table" >"$room/run/$table" ;;
        values:log*) awk -F, 'NR > 1 { line = $1; for (i = 2; i <= NF; i++) line = line ","; $0 = line } { print }' \
            "docs/reference/$1/$table" >"$room/run/$table" ;;
        esac
    done
    # A run without any row in a log has nothing that could be drawn, and is refused.
    ! head -n 2 "$room/run"/log*.csv 2>/dev/null | grep -q '^[0-9]' || draw "$1" "$room/run" svg "$3: $(echo $2 | cut -c 1-60)"
}

for lesson in "$@"; do
    reference=docs/reference/$lesson
    [ -d "$reference" ] || continue
    before=$failed
    for kind in png svg; do
        draw "$lesson" "$reference" $kind "reference, $kind"
    done
    for picture in "$room"/pictures/*.svg; do
        bad=$(awk -f plots/labels.awk "$picture")
        if [ "$bad" ]; then
            failed=$((failed + 1))
            printf 'FAILED  %s %s: %s\n' "$lesson" "${picture##*/}" "$(visible "$bad")"
        fi
    done
    for lack in gone rows values; do
        tables=$(cd "$reference" && ls -- *.csv)
        if [ "$EACH" ]; then
            for table in $tables; do
                lacking "$lesson" "$table" $lack
            done
        else
            lacking "$lesson" "$(printf '%s\n' "$tables" | grep -vx 'log.csv')" $lack
            [ $lack != values ] || lacking "$lesson" "$tables" $lack
        fi
    done
    [ "$failed" -ne "$before" ] || echo "ok      $lesson"
done
echo "plots-check: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
