# . plots/gnuplot.sh: how scripts call gnuplot. Its language has a word, system, that runs any command, and its options and
# strings are code. So nothing that comes from a file or an option is ever pasted into it: a script finds its data under fixed names in
# the folder that it runs in, and names (of runs, of columns) in the environment.

# Runs plots/SCRIPT in the folder ROOM, which from then on holds a link to plots/. Its messages go to ROOM/messages; if it gives up, the
# reason is printed.
draw_in() { # ROOM SCRIPT
    [ -e "$1/plots" ] || ln -s "$PWD/plots" "$1/plots" || return
    (cd "$1" && gnuplot "plots/$2") 2>"$1/messages" && return
    reason=$(sed -n 's/^"\(.*\)" \(line [0-9]*: \)/\1 \2/p' "$1/messages" | tail -n 1)
    echo "${reason:-gnuplot gave up plots/$2}"
    return 1
}

# A log or another table, by its name or by the third word, clean, as another file; one line on standard error if it is none.
clean_table() { # FROM TO [log|data]
    case ${3:-${1##*/}} in
    log-time.csv) table=data ;; # the scoreboard's, which has names of runs
    log* | timing*) table=log ;;
    *) table=data ;;
    esac
    FILE=$1 awk -v kind="$table" -f plots/table.awk <"$1" >"$2"
}
