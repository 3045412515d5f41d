#!/bin/sh
# sh docs/scoreboard.sh BUILD OUT LESSON...: marks every generator that was trained under OUT, and writes OUT/scoreboard/.
#
# A lesson whose program can --load and --generate has generators. Of each of its runs that has a model, 10,000 samples are made
# (again only if the model is newer), with the options that the run had, and are judged by lesson 11's program. What comes out:
#
#   scoreboard.csv, scoreboard.md   a row for each run, the best first
#   log-time.csv                    step,run,seconds,fid: how the marks came about, of runs that noted it
#   scoreboard.png, fid-time.png    both as pictures
#
# What cannot be marked is told with the reason, and does not keep the others from it.
. "${0%/*}/../docs/shell.sh"
build=${1:?usage: sh docs/scoreboard.sh BUILD OUT LESSON...} out=${2:?usage: sh docs/scoreboard.sh BUILD OUT LESSON...}
shift 2
board=$out/scoreboard judge=11-fid samples=10000

[ -d "$out" ] && ls -d "$out"/[0-9][0-9]-* >/dev/null 2>&1 || fail "no run in $out yet: make lesson-7 trains a generator"
tmp=$(mkdir -p "$board" 2>/dev/null && mktemp -d "$board/.new.XXXXXX" 2>/dev/null) || fail "cannot write to $board; free some space"
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' HUP INT TERM

figure() { # KEY FILE: its value in a table key,value, or nothing
    sed -n "s/^$1,//p" "$2" 2>/dev/null | head -n 1
}

left_out() { # NAME REASON
    printf '%-34s left out: %s\n' "$1" "$2" | cut -c 1-200
}

# As positional parameters of a function that is called with them: options of a run that its program still has. Those that say
# where to write, or how many threads, are not the model's.
with_options() { # CONFIG HELP COMMAND...
    config=$1 help=$2
    shift 2
    while IFS=, read -r key value; do
        case $key in name | out | quiet | threads | load | resume | generate | summary) continue ;; esac
        printf '%s\n' "$help" | grep -q "^  --$key [A-Z]" || continue
        value=${value#\"} value=${value%\"}
        [ -z "$value" ] || set -- "$@" "--$key" "$value"
    done <"$config"
    "$@" </dev/null >/dev/null 2>"$tmp/reason"
    status=$?
    [ $status -ne 130 ] || exit 130
    return $status
}

reason() { # what the program said, in one line
    sed -n '1s/^error: //p' "$tmp/reason"
}

mark() { # LESSON RUNFOLDER HELP: appends rows to the tables
    run=${2##*/} name=$1/${2##*/}
    if [ ! -f "$2/model.safetensors" ]; then
        [ -f "$2/summary.csv" ] || left_out "$name" "it has not come to its end"
        return
    fi
    pictures=$board/samples/$1/of-$run/generated-images-idx3-ubyte.gz
    if [ ! "$pictures" -nt "$2/model.safetensors" ]; then
        rm -f "$pictures"
        with_options "$2/config.csv" "$3" "$build/lessons/$1" --out "$board/samples" --name "of-$run" --quiet \
            --load "$2/model.safetensors" --generate $samples || { left_out "$name" "$(reason)" && return; }
        [ -f "$pictures" ] || { left_out "$name" 'its generator makes no pictures' && return; }
    fi
    score=$board/scores/$judge/$1-$run/summary.csv
    if [ ! "$score" -nt "$pictures" ]; then
        data=$(figure data "$2/config.csv")
        "$build/lessons/$judge" --out "$board/scores" --name "$1-$run" --quiet --data "${data:-fashion}" --fake "$pictures" \
            </dev/null 2>"$tmp/reason" || { left_out "$name" "$(reason)" && return; }
    fi
    seconds=$(figure seconds "$2/summary.csv")
    if [ -f "$2/log-fid.csv" ] && [ -f "$2/timing-fid.csv" ]; then
        seconds=$(awk -F, 'NR == 2 { began = $2 } END { printf "%.1f", $2 - began }' "$2/timing-fid.csv")
        awk -F, -v run="$name" '
            FNR == 1 { for (i = 1; i <= NF; i++) if ($i == "fid") at = i; next }
            FNR == NR { if (FNR == 2) began = $2; seconds[$1] = $2 - began; next }
            $1 in seconds && $at != "" { print $1 "," run "," seconds[$1] "," $at }' "$2/timing-fid.csv" "$2/log-fid.csv" >>"$tmp/times"
    fi
    printf '%s,%s' "$name" "$seconds" >>"$tmp/rows"
    for key in fid inception_score smallest_share median_pixels suspicious_pixels median_features suspicious_features \
        share_0 share_1 share_2 share_3 share_4 share_5 share_6 share_7 share_8 share_9; do
        printf ',%s' "$(figure $key "$score")" >>"$tmp/rows"
    done
    printf ',%s\n' "$(figure emd "$2/summary.csv")" >>"$tmp/rows"
    printf '%-34s FID %s\n' "$name" "$(printf '%.1f' "$(figure fid "$score")")"
}

: >"$tmp/rows"
echo 'step,run,seconds,fid' >"$tmp/times"
for lesson in "$@"; do
    help=$("$build/lessons/$lesson" --help </dev/null) || continue
    case $help in *"  --load "*"  --generate "* | *"  --generate "*"  --load "*) ;; *) continue ;; esac
    for folder in "$out/$lesson"/*/; do
        [ ! -f "${folder}config.csv" ] && [ ! -f "${folder}config.csv.part" ] || mark "$lesson" "${folder%/}" "$help"
    done
done
[ -s "$tmp/rows" ] || fail "no run in $out has a generator of pictures: make lesson-7 trains one"

{
    printf 'run,seconds,fid,inception_score,smallest_share,median_pixels,suspicious_pixels,median_features,suspicious_features,'
    echo 'share_0,share_1,share_2,share_3,share_4,share_5,share_6,share_7,share_8,share_9,emd'
    sort -t, -k3,3n "$tmp/rows"
} >"$tmp/scoreboard.csv"
awk -F, '
    NR == 1 {
        print "| run | FID | IS | smallest class | nearest | suspicious | EMD | seconds |"
        print "|---|--:|--:|--:|--:|--:|--:|--:|"
        next
    }
    {
        printf "| %s | %.1f | %.2f | %.1f %% | %.2f | %.1f %% | %s | %.0f |\n", $1, $3, $4, 100 * $5, $6, 100 * $7,
            ($20 == "" ? "" : sprintf("%.2f", $20)), $2
    }
    END {
        print ""
        print "10,000 samples of each, against the 10,000 test images, by the judge of the course. *Smallest class*: of the classes that the"
        print "samples are taken for; 10 % is even. *Nearest*: the median distance to the nearest training image, in pixels; 1 is that of test"
        print "images, 0 a copy. *Suspicious*: samples that are nearer to one than 99 % of the test images. *EMD*: of the run in the plane, if it has one."
        print "*Seconds*: of training pictures, the marks along the way included."
    }' "$tmp/scoreboard.csv" >"$tmp/scoreboard.md"
mv "$tmp/times" "$tmp/log-time.csv" && mv "$tmp/scoreboard.csv" "$tmp/scoreboard.md" "$tmp/log-time.csv" "$board/" ||
    fail "cannot write to $board; free some space"
echo
awk -F, '
    NR == 1 { printf "%-34s%7s%6s%9s%9s%7s%8s\n", "run", "FID", "IS", "smallest", "nearest", "susp.", "seconds"; next }
    { printf "%-34s%7.1f%6.2f%7.1f %%%9.2f%5.1f %%%8.0f\n", substr($1, 1, 33), $3, $4, 100 * $5, $6, 100 * $7, $2 }' "$board/scoreboard.csv"
echo
sh plots/plot.sh $judge "$board"
