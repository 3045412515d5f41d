#!/bin/sh
# RUNS="A B" [COLS="C D"] [LOG=log.csv] [AXIS=seconds] [ASCII=1] [OUT=runs] sh plots/compare.sh: what make compare does.
#
# Along the axis are steps, or, from timing.csv (timing-fid.csv for log-fid.csv), seconds: of training, if there is a row for
# step 0, else since the run began.
#
# A run is LESSON/NAME under OUT, or any folder that holds a log, or a log file itself. Runs of different lessons and
# logs with different columns may be mixed: a run without a column is left out of that panel.
. "${0%/*}/../docs/shell.sh"
. plots/gnuplot.sh
set -f
out=${OUT:-runs} log=${LOG:-log.csv} axis=${AXIS:-step}
plain_folder OUT "$out"

there_are() { # the runs there are, in one line
    runs=$([ ! -d "$out" ] || (cd "$out" && find . -mindepth 3 -maxdepth 3 -name 'log*.csv' |
        sed 's,^\./,,; s,/[^/]*$,,' | sort -u) | tr '\n' ' ')
    [ "$runs" ] && say "There are: ${runs% }" || say "There is none in $out yet: make lesson-1 makes one"
}

locate() { # the log of a run
    for place in "$out/$1" "$1"; do
        for file in "$place/$log" "$place/$log.part" "$place"; do
            [ -f "$file" ] && printf '%s\n' "$file" && return
        done
        [ ! -d "$place" ] || fail "no $log in $place, which has: $(cd "$place" &&
            find . -name 'log*.csv' | sed 's,^\./,,' | sort | tr '\n' ' ')(choose with LOG=)"
    done
    fail "no run $1. $(there_are)"
}

in_seconds() { # clean log $1, which was $2, with seconds in the place of steps, in the same file
    times=$(dirname "$2")/$(basename "$2" | sed 's/^log/timing/')
    [ -f "$times" ] || fail "$2 has no times beside it ($times); compare by steps, without AXIS="
    clean_table "$times" "$folder/times" log || exit 1
    awk -F, -v OFS=, 'FNR == NR { seconds[$1] = $2; next }
        FNR == 1 { $1 = "seconds"; print; next }
        $1 in seconds { $1 = sprintf("%.3f", seconds[$1] - seconds[0]); print }' "$folder/times" "$1" >"$folder/timed" &&
        mv "$folder/timed" "$1"
}

columns_of() { # a clean log's columns but the first, with spaces between
    head -n 1 "$1" | sed 's/^[^,]*,*//; s/,/ /g'
}

better_of() { # what the run of a log says of its columns: lines "column lower" or "column higher"
    said=$(dirname "$1")/columns.csv
    [ -f "$said" ] || return 0
    awk -F, -v log_name="$(basename "$1" .part)" '{ sub(/\r$/, "") } $1 == log_name && $3 ~ /^(lower|higher)$/ { print $2, $3 }' <"$said"
}

is_in() { # is word $1 in the list $2?
    case " $2 " in *" $1 "*) return 0 ;; esac
    return 1
}

case $axis in step | seconds) ;; *) fail "AXIS is step or seconds, not $axis" ;; esac
case $RUNS$COLS in *[[:cntrl:]]*) fail "RUNS and COLS are lists of names with spaces between; these hold control characters" ;; esac
[ "$RUNS" ] || fail "which runs? make compare RUNS=\"LESSON/NAME LESSON/NAME\". $(there_are)"

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

# The logs; the columns that any of them has, and those that all have.
n=0
any='' all='' first=yes
for run in $RUNS; do
    found=$(locate "$run") || exit 1
    n=$((n + 1))
    file=$folder/log.$n
    clean_table "$found" "$file" log || exit 1
    [ "$(sed -n 2p "$file")" ] || fail "$found has no rows yet"
    [ "$axis" = step ] || in_seconds "$file" "$found"
    better_of "$found" >>"$folder/better"
    has=$(columns_of "$file")
    for column in $has; do
        is_in "$column" "$any" || any="$any $column"
        [ ! "$first" ] || all="$all $column"
    done
    kept=
    for column in $all; do
        ! is_in "$column" "$has" || kept="$kept $column"
    done
    all=$kept first=
done

if [ "$COLS" ]; then
    columns=$COLS
    for column in $columns; do
        is_in "$column" "$any" || fail "no column $column. There are:$any"
    done
else
    [ "$all" ] || fail "these runs share no column; choose with COLS=. There are:$any"
    columns='' rest='' n=0
    for column in $all; do
        n=$((n + 1))
        if [ $n -le 4 ]; then columns="$columns $column"; else rest="$rest $column"; fi
    done
    [ ! "$rest" ] || echo "The first four columns; choose others with COLS=:$rest"
fi

export axis columns
ln -s "$PWD/plots" "$folder/plots"
(cd "$folder" && awk -F, -f plots/compare.awk) || exit 1

command -v gnuplot >/dev/null || fail "no gnuplot, so no picture. make deps installs it"
draw() { # $1: yes for the terminal, nothing for the picture
    ASCII=$1 draw_in "$folder" compare.gp
}
if [ "$ASCII" ]; then
    draw yes >"$folder/ascii" || fail "$(tail -n 1 "$folder/ascii")"
    tr -d '\f' <"$folder/ascii" | sed 's/ *$//' | cat -s
fi
why=$(draw '') || fail "$why"
mkdir -p "$out" 2>/dev/null && cp "$folder/compare.png" "$out/.compare.png" 2>/dev/null &&
    mv "$out/.compare.png" "$out/compare.png" || fail "cannot write $out/compare.png. Choose another folder with OUT="
say "Picture: $out/compare.png"
