#!/bin/sh
# BUILD=build OUT=runs RUN=default ARGS="--lr 0.5" sh docs/lesson.sh LESSON: what make lesson-N does. Runs the lesson's program, then
# draws its curves.
#
# What the learner has typed comes through the environment and is only ever data. ARGS is split into words as a shell would do it,
# quotes included, and nothing in it is carried out.
. "${0%/*}/../docs/shell.sh"
set -f
lesson=$1
out=${OUT:-runs} run=${RUN:-default}
plain_folder OUT "$out"

case $ARGS in
*[\;\&\|\<\>\(\)\$\`]* | *'
'*) fail "ARGS holds options and their values; it cannot hold ; & | < > ( ) \$ \` or a second line. What they would do belongs on a line of its own" ;;
esac
(eval "set -- $ARGS") 2>/dev/null || fail "ARGS ends inside a quotation: $ARGS"
eval "set -- $ARGS"

"$BUILD/lessons/$lesson" --out "$out" --name "$run" "$@"
status=$?

# With these options a lesson trains nothing, and there are no new curves to draw. The last --out and --name are the ones that hold.
drawn=yes next=
for word in "$@"; do
    case $next in out) out=$word ;; name) run=$word ;; esac
    next=
    case $word in
    --help | --summary | --draw | --load | --load=* | --fake | --fake=*) drawn= ;;
    --out | --name) next=${word#--} ;;
    --out=*) out=${word#*=} ;;
    --name=*) run=${word#*=} ;;
    esac
done
folder=$out/$lesson/$run

# The run has taken the place of an earlier one of that name (if it has: config.csv is new then), also when it was stopped or has diverged.
# So what was drawn of the earlier one goes: pictures by the names that the script gives them, and no others.
for name in $(sed -n 's/.*figure(.\([a-z0-9-]*\)., .*/\1.png/p; s/.*out\."\/\([a-z0-9-]*\.gif\)".*/\1/p' "plots/$lesson.gp" 2>/dev/null); do
    [ ! -f "$folder/$name" ] || [ ! "$folder/config.csv" -nt "$folder/$name" ] || rm -f "$folder/$name"
done
[ $status -eq 0 ] || exit $status

number=${lesson%%-*}
[ ! "$drawn" ] || sh plots/plot.sh "$lesson" "$folder" ||
    echo "The run is complete, only its pictures are not. Once that is mended: make plot-${number#0}" >&2
