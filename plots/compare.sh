#!/bin/sh
# RUNS="A B" [COLS="C D"] [LOG=log.csv] [AXIS=seconds] [ASCII=1] [OUT=runs] sh plots/compare.sh: what make compare does.
#
# Along the axis are steps, or, from timing.csv (timing-fid.csv for log-fid.csv), seconds: of training, if there is a row for
# step 0, else since the run began.
#
# A run is LESSON/NAME under OUT, or any folder that holds a log, or a log file itself. Runs of different lessons and
# logs with different columns may be mixed: a run without a column is left out of that panel.
set -f
out=${OUT:-runs} log=${LOG:-log.csv} axis=${AXIS:-step}

fail() {
    echo "error: $1" >&2
    exit 1
}

there_are() { # the runs there are, in one line
    runs=$([ ! -d "$out" ] || (cd "$out" && find . -mindepth 3 -maxdepth 3 -name 'log*.csv' |
        sed 's,^\./,,; s,/[^/]*$,,' | sort -u) | tr '\n' ' ')
    [ "$runs" ] && echo "There are: ${runs% }" || echo "There is none in $out yet: make lesson-1 makes one"
}

locate() { # the log of a run
    for place in "$out/$1" "$1"; do
        for file in "$place/$log" "$place/$log.part" "$place"; do
            [ -f "$file" ] && echo "$file" && return
        done
        [ ! -d "$place" ] || fail "no $log in $place, which has: $(cd "$place" &&
            find . -name '*.csv' | sed 's,^\./,,' | sort | tr '\n' ' ')(choose with LOG=)"
    done
    fail "no run $1. $(there_are)"
}

in_seconds() { # log $1 with seconds in the place of steps, as file $2
    times=$(dirname "$1")/$(basename "$1" | sed 's/^log/timing/')
    [ -f "$times" ] || fail "$1 has no times beside it ($times); compare by steps, without AXIS="
    awk -F, -v OFS=, 'FNR == NR { seconds[$1] = $2; next }
        FNR == 1 { $1 = "seconds"; print; next }
        $1 in seconds { $1 = sprintf("%.3f", seconds[$1] - seconds[0]); print }' "$times" "$1" >"$2"
}

columns_of() { # a log's columns but the first, with spaces between
    head -n 1 "$1" | tr -d '\r' | sed 's/^[^,]*,*//; s/,/ /g'
}

is_in() { # is word $1 in the list $2?
    case " $2 " in *" $1 "*) return 0 ;; esac
    return 1
}

case $axis in step | seconds) ;; *) fail "AXIS is step or seconds, not $axis" ;; esac
[ "$RUNS" ] || fail "which runs? make compare RUNS=\"LESSON/NAME LESSON/NAME\". $(there_are)"

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

# The logs; the columns that any of them has, and those that all have.
set --
any='' all='' first=yes
for run in $RUNS; do
    file=$(locate "$run") || exit 1
    if [ "$axis" = seconds ]; then
        in_seconds "$file" "$folder/timed.$#"
        file=$folder/timed.$#
    fi
    set -- "$@" "$file"
    has=$(columns_of "$file")
    [ "$(sed -n 2p "$file")" ] || fail "$file has no rows yet"
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

awk -F, -v axis="$axis" -v columns="$columns" -v runs="$RUNS" -v folder="$folder" -f plots/compare.awk "$@" || exit 1
[ $# -eq 1 ] || printf '\n* the best of these runs\n'

command -v gnuplot >/dev/null || fail "no gnuplot, so no picture. make deps installs it"
draw() { # $1: 1 for the terminal, 0 for the picture
    gnuplot -e "folder='$folder'; axis='$axis'; runs='$RUNS'; columns='$columns'; ascii=$1" plots/compare.gp \
        2>"$folder/messages" || fail "gnuplot gave up: $(grep 'line [0-9]*: ' "$folder/messages" | tail -n 1)"
}
[ ! "$ASCII" ] || { draw 1 >"$folder/ascii" && tr -d '\f' <"$folder/ascii" | sed 's/ *$//' | cat -s; }
draw 0
mkdir -p "$out" 2>/dev/null && cp "$folder/compare.png" "$out/.compare.png" 2>/dev/null &&
    mv "$out/.compare.png" "$out/compare.png" || fail "cannot write $out/compare.png. Choose another folder with OUT="
echo "Picture: $out/compare.png"
