#!/bin/sh
# sh plots/plot.sh LESSON RUNFOLDER [KIND] [OUTFOLDER]: draws a run's pictures with plots/LESSON.gp.
#
# KIND is png (the default) or svg. The pictures are made beside their final place and moved there when all of them are
# done. A lesson that has no script has no pictures, and nothing is said.
. "${0%/*}/../docs/shell.sh"
. plots/gnuplot.sh
lesson=$1 run=$2 kind=${3:-png}
out=${4:-$run}
script=plots/$lesson.gp

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

mkdir -p "$out" 2>/dev/null && room=$(mktemp -d "$out/.plots.XXXXXX" 2>/dev/null) ||
    fail "cannot write pictures to $out. Choose another folder"
trap 'rm -rf "$room"' EXIT
trap 'exit 130' INT TERM

# The room has what style.gp speaks of: run/ with clean tables, ref/ if there is a reference run besides this one, and out/.
mkdir "$room/run" "$room/out"
absolute=$(cd "$run" && pwd -P)
for table in "$run"/*.csv; do
    clean_table "$table" "$room/run/${table##*/}" || exit 1
done
[ ! -d "$run/samples" ] || ln -s "$absolute/samples" "$room/run/samples"
ref=docs/reference/$lesson
[ ! -d "$ref" ] || [ "$(cd "$ref" && pwd -P)" = "$absolute" ] || ln -s "$(cd "$ref" && pwd -P)" "$room/ref"

# gnuplot's warnings (a reference without this column, say) are of interest only when it gives up.
why=$(KIND=$kind draw_in "$room" "$lesson.gp") || fail "$why"

# A map has few pixels, and a browser would smooth them when it enlarges them.
for picture in "$room"/out/*.svg; do
    [ ! -s "$picture" ] || sed -i 's/<image /<image image-rendering="pixelated" /' "$picture"
done

names=
for picture in "$room"/out/*; do
    [ -s "$picture" ] || continue
    mv "$picture" "$out/" || fail "cannot write pictures to $out. Free some space"
    names="$names ${picture##*/}"
done
[ "$names" ] || fail "$script has drawn nothing"
say "Pictures in $out/:"
printf '%s\n' "$names" | fold -s -w 76 | sed 's/^ */  /'
