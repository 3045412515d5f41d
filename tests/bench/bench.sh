#!/bin/sh
# sh tests/bench/bench.sh BUILD: what make bench does. docs/benchmarks.md explains what comes out.
#
# WORKLOADS names some of them; without it, all are measured. PYTHON chooses another Python than Debian's, with its own
# PyTorch. The Makefile sets GOMP_SPINCOUNT.
. "${0%/*}/../../docs/shell.sh"
build=${1:?usage: sh tests/bench/bench.sh BUILD}
python=${PYTHON:-/usr/bin/python3}
bench=$build/tests/bench/bench
out=$build/bench
rounds=5
seconds=0.12 # for each workload in each of a round's five runs
[ -z "$WORKLOADS" ] || seconds=0.5

about=$("$bench") || fail "$bench does not run"
all=$(echo "$about" | tail -n 1)
for name in $WORKLOADS; do
    case " $all " in *" $name "*) ;; *) fail "no workload $name. There are $all" ;; esac
done
# In the order of the table; sgemm is everyone's bound.
names=$(for name in $all; do
    case " sgemm ${WORKLOADS:-$all} " in *" $name "*) echo "$name" ;; esac
done)

mkdir -p "$out" 2>/dev/null && folder=$(mktemp -d "$out/.bench.XXXXXX" 2>/dev/null) ||
    fail "cannot write to $out. Free some space, or choose another folder with BUILD="
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

# run WHO THREADS COMMAND...: adds what the command measures to the file of times.
run() {
    who=$1 threads=$2
    shift 2
    OMP_NUM_THREADS=$threads "$@" >"$folder/lines" || fail "$* has failed, on $threads threads"
    sed "s/^/$who,$threads,/" "$folder/lines" >>"$folder/times"
}

# Appends the processors' time so far (in ticks, by use) and this script's own to the file of loads.
note_load() {
    sed -n 's/^cpu /all /p' /proc/stat >>"$folder/load"
    times >>"$folder/load"
}

pytorch=yes
if [ ! -x "$(command -v "$python")" ]; then
    pytorch='' why="there is no $python"
elif ! "$python" tests/bench/bench.py >"$folder/about" 2>"$folder/why"; then
    pytorch='' why=$(tail -n 1 "$folder/why")
fi

echo "CPU      $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors"
echo "Ours     $(echo "$about" | sed 's/ *$//;q')"
if [ "$pytorch" ]; then
    cat "$folder/about"
else
    echo "PyTorch  left out: $why. For its figures beside ours, apt-get install python3-torch,"
    echo "         or PYTHON=... for another Python that has it."
fi
echo "Spinning GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-unset}${pytorch:+; PyTorch on 2 threads also with it unset, and the better counts}"

note_load
# The rounds are interleaved, so that a slow minute of the machine is shared by all.
# shellcheck disable=SC2086 # several names
for round in $(seq $rounds); do
    [ ! -t 2 ] || printf '\rround %d of %d' "$round" $rounds >&2
    for threads in 1 2; do
        run ours "$threads" "$bench" $seconds $names
        [ ! "$pytorch" ] || run pytorch "$threads" "$python" tests/bench/bench.py $seconds $names
    done
    [ ! "$pytorch" ] || run pytorch-spins 2 env -u GOMP_SPINCOUNT "$python" tests/bench/bench.py $seconds $names
done

note_load

# Memory is a whole process's, so each workload gets one.
[ ! -t 2 ] || printf '\rmemory      ' >&2
for name in $names; do
    run ours-memory 2 "$bench" 0.01 "$name"
    if grep -q "^pytorch,1,$name," "$folder/times"; then
        run pytorch-memory 2 "$python" tests/bench/bench.py 0.01 "$name"
    fi
done
[ ! -t 2 ] || printf '\r            \r' >&2

# What the processors were busy with, less our own part in it: each reading is the line "all", then two of times.
others=$(LC_ALL=C awk -v tick="$(getconf CLK_TCK)" '
    $1 == "all" { idle = $5 + $6 - idle; all = $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 - all; next }
    { split($1 "m" $2, t, /[ms]+/); spent[NR] = 60 * (t[1] + t[3]) + t[2] + t[4] }
    END { printf "%.0f", 100 * (all - idle - tick * (spent[5] + spent[6] - spent[2] - spent[3])) / all }' "$folder/load")
echo
LC_ALL=C awk -F, -v csv="$folder/bench.csv" -v others="$others" -f tests/bench/table.awk "$folder/times" &&
    [ -s "$folder/bench.csv" ] || fail "no table. Is there space left in $out?"
if ! command -v gnuplot >/dev/null; then
    chart='. No gnuplot, so no chart: make deps installs it'
elif gnuplot -e "out='$folder'" plots/bench.gp 2>"$folder/messages" && mv "$folder/bench.png" "$out/"; then
    chart=", $out/bench.png a chart of it"
else
    chart=". No chart: $(grep -m 1 . "$folder/messages")"
fi
mv "$folder/bench.csv" "$out/" || fail "cannot write $out/bench.csv. Free some space"
echo
echo "$out/bench.csv holds the table$chart"
