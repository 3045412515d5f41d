#!/bin/sh
# sh docs/reference.sh BUILD LESSON...: runs these lessons at their defaults and keeps what plots, book and README show of it in
# docs/reference/LESSON/: the figures (csv), the image grids, and the plots that a README names.
# The scoreboard of all of them goes into that of lesson 11.
. "${0%/*}/../docs/shell.sh"
set -eu
build=$1
shift
for lesson in "$@"; do
    "$build/lessons/$lesson" --out "$build/reference"
    run=$build/reference/$lesson/default
    if [ "$lesson" = 11-fid ]; then
        sh docs/scoreboard.sh "$build" "$build/reference" $(cd lessons && ls -d [0-9][0-9]-*)
        cp "$build/reference/scoreboard/"*.csv "$run/"
    fi
    reference=docs/reference/$lesson
    for old in "$reference"/*; do
        [ "$old" = "$reference/settings.csv" ] || rm -rf "$old" # that one was not made here: figures of other settings, which the text quotes
    done
    mkdir -p "$reference/samples"
    cp "$run"/*.csv "$reference/"
    rm "$reference/config.csv" "$reference/files.csv" # the first names the machine
    sh plots/plot.sh "$lesson" "$run" # over the new figures, which are its own
    cp "$run"/samples/*.png "$run"/samples/*.txt "$reference/samples/" 2>/dev/null || true # one kind may be missing
    rmdir "$reference/samples" 2>/dev/null || true # without samples
    for picture in $(cat README.md lessons/*/README.md docs/*.md | grep -oE "reference/$lesson/[a-z0-9-]+\.(png|gif)" | sort -u); do
        cp "$run/${picture##*/}" "$reference/"
    done
done
