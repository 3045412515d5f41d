#!/bin/sh
# sh plots/plot.sh LESSON RUNFOLDER [KIND] [OUTFOLDER]: draws a run's pictures with plots/LESSON.gp.
#
# KIND is png (the default) or svg. The pictures are made beside their final place and moved there when all of them are
# done. A lesson that has no script has no pictures, and nothing is said.
lesson=$1 run=$2 kind=${3:-png}
out=${4:-$run}
script=plots/$lesson.gp

fail() {
    echo "error: $1" >&2
    exit 1
}

[ -f "$script" ] || exit 0
command -v gnuplot >/dev/null || fail "no gnuplot, so no pictures. make deps installs it"

# What to type to get the run: lesson 02-backprop is number 2, and a run's name is its folder's.
number=${lesson%%-*}
make="make lesson-${number#0}"
[ "${run##*/}" = default ] || make="$make RUN=${run##*/}"
[ -d "$run" ] || fail "no run in $run. Make one: $make"
found=
for log in "$run"/log*.csv; do
    [ "$(sed -n '2{p;q;}' "$log" 2>/dev/null)" ] && found=yes
done
[ "$found" ] || fail "no log with a row in $run: the run has not ended or got nowhere. Run it again: $make"

ref=docs/reference/$lesson
if [ ! -d "$ref" ] || [ "$(cd "$ref" && pwd -P)" = "$(cd "$run" && pwd -P)" ]; then
    ref=
fi

mkdir -p "$out" 2>/dev/null && pictures=$(mktemp -d "$out/.plots.XXXXXX" 2>/dev/null) ||
    fail "cannot write pictures to $out. Choose another folder"
trap 'rm -rf "$pictures"' EXIT
trap 'exit 130' INT TERM

quoted() { # as a string of gnuplot's: between single quotes, a quote is doubled
    printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"
}
# gnuplot's warnings (a reference without this column, say) are of interest only when it gives up.
gnuplot -e "run=$(quoted "$run"); ref=$(quoted "$ref"); out=$(quoted "$pictures"); kind=$(quoted "$kind")" \
    "$script" >"$pictures/messages" 2>&1 || {
    reason=$(sed -n 's/^"\(.*\)" \(line [0-9]*: \)/\1 \2/p' "$pictures/messages" | tail -n 1)
    fail "${reason:-gnuplot gave up $script}"
}
rm -f "$pictures/messages"

names=
for picture in "$pictures"/*; do
    [ -s "$picture" ] || continue
    mv "$picture" "$out/" || fail "cannot write pictures to $out. Free some space"
    names="$names ${picture##*/}"
done
[ "$names" ] || fail "$script has drawn nothing"
echo "Pictures in $out/:"
printf '%s\n' "$names" | fold -s -w 76 | sed 's/^ */  /'
