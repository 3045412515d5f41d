#!/bin/sh
# [COLS="A B"] sh plots/watch.sh RUNFOLDER: draws the curves of a running lesson in the terminal every two seconds, as
# many as there is room for, or the columns of COLS (make watch-2 COLS="train_loss valid_loss").
#
# While a run lasts, its files are called .part: summary.csv.part from the first moment to the last, and its logs, of
# which the one written last is drawn. It holds a lock on its folder, too: files .part without that lock are those of a run
# that was killed. Where the output is no terminal, one picture is printed.
. "${0%/*}/../docs/shell.sh"
. plots/gnuplot.sh
run=$1
lesson=${run%/*} && lesson=${lesson##*/}
number=${lesson%%-*}
make="make lesson-${number#0}"
[ "${run##*/}" = default ] || make="$make RUN=${run##*/}"

is_running() {
    [ -f "$run/summary.csv.part" ] && ! flock -n -s "$run" true
}

newest_log() { # the log written last that has a row: of the growing ones, or of the finished ones when no run is on
    pattern='log*.csv'
    ! is_running || pattern='log*.csv.part'
    for file in $(cd "$run" 2>/dev/null && ls -t $pattern 2>/dev/null); do
        [ ! "$(sed -n 2p "$run/$file" 2>/dev/null)" ] || { printf '%s\n' "$run/$file" && return; }
    done
    return 1
}

columns_of() { # a clean log's columns but the first, with spaces between
    head -n 1 "$1" | sed 's/^[^,]*,*//; s/,/ /g'
}

# "'train_loss valid_loss' 'train_accuracy valid_accuracy'": columns of log $1 by their last words, at most four in a
# panel and $2 panels.
panels_of() {
    columns_of "$1" | awk -v most="$2" '{
        chosen = ENVIRON["COLS"]
        for (i = split(chosen, choice, " "); i > 0; i--) wanted[choice[i]] = 1
        for (i = 1; i <= NF; i++) {
            if (chosen != "" && !($i in wanted)) continue
            word = $i
            sub(/.*_/, "", word)
            panel = word "." int(0.25 * seen[word]++)
            if (!(panel in columns)) order[++n] = panel
            columns[panel] = columns[panel] " " $i
        }
        for (i = 1; i <= n && i <= most; i++) printf "\047%s\047 ", substr(columns[order[i]], 2)
    }'
}

draw() { # the log $1 on a screen of $2 columns and $3 lines
    across=$(($2 < 100 ? 1 : 2))
    clean_table "$1" "$room/log.csv" log 2>"$room/refused" || { sed 's/^error: //' "$room/refused" && return 1; }
    panels=$(panels_of "$room/log.csv" $((across * ($3 / 10 > 0 ? $3 / 10 : 1))))
    [ "$panels" ] || { say "no column $COLS. There are: $(columns_of "$room/log.csv")" && return 1; }
    width=$2 height=$3 across=$across panels=$panels draw_in "$room" watch.gp >"$room/screen" ||
        { tail -n 1 "$room/screen" && return 1; }
    tr -d '\f' <"$room/screen" | sed 's/ *$//'
}

command -v gnuplot >/dev/null || fail "no gnuplot, so no curves. make deps installs it"
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT
trap 'exit 130' INT TERM HUP

if [ ! -t 1 ]; then
    log=$(newest_log) || fail "no log in $run yet. In another terminal: $make"
    picture=$(draw "$log" 80 24) || fail "$picture"
    printf '%s\n' "$picture"
    exit 0
fi

if ! is_running && ! newest_log >/dev/null; then
    say "Waiting a minute for the run. In another terminal: $make"
    waited=0
    until is_running; do
        [ $((waited += 1)) -le 60 ] || fail "no run in $run within a minute. Start one: $make"
        sleep 1
    done
fi

# The alternate screen, without a cursor, until the end or Ctrl-C.
restore() {
    printf '\033[?1049l\033[?25h'
}
trap 'restore; rm -rf "$room"' EXIT
printf '\033[?1049h\033[?25l'
while is_running; do
    size=$(stty size 2>/dev/null </dev/tty)
    rows=${size% *} columns=${size#* }
    [ "${rows:-0}" -gt 0 ] && [ "${columns:-0}" -gt 0 ] || { rows=24 columns=80; }
    if log=$(newest_log); then
        screen=$(draw "$log" "$columns" $((rows - 2)))
        status="${log%.part}, step $(tail -n 1 "$log" | cut -d , -f 1)"
    else
        screen='' status="$run: nothing is logged yet"
    fi
    printf '\033[H\033[J%s\n%s (Ctrl-C leaves)' "$screen" "$status"
    sleep 2
done
restore
trap 'rm -rf "$room"' EXIT
log=$(newest_log) || fail "the run in $run has ended without a log"
draw "$log" "${columns:-80}" 22 || exit 1
say "The run has ended: $log"
