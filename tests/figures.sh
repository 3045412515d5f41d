#!/bin/sh
# `make figures`: is every figure in the prose of the lessons one that a run has printed?
#
#     sh tests/figures.sh [PAGE…]      all pages, or some
#
# A figure is what looks measured and has two digits or more: a decimal fraction (.914, 1.64, 4.9·10⁻²⁰), a percentage, seconds,
# milliseconds and MiB, a count that is not round (1,485). Not looked at are numbers in code and formulas (but for "= 3.149", and formulas that
# are one number), single digits, integers without a unit, and parts of names, shapes and addresses.
#
# It counts as found when a number in docs/reference/ becomes it by rounding: as it stands, times 100 if it is a percentage, in
# milliseconds, or, where the paragraph speaks of errors, taken from one. The number must be in the folder of the lesson, or of one
# that the paragraph names; and the paragraph, or the heading above it, must have one word of the number's key in summary.csv or
# settings.csv, or of its file, column and row (fid: "distance"; the list is in figures.awk). Of a long log only the first
# and the last row are open, and the rows whose step, epoch or rate the paragraph mentions. Tables of points and maps are left out.
#
# What is not found is listed, and the exit status 1. tests/figures-excepted.csv has those that no run has to print (page,numbers,
# reason): arithmetic on figures that stand beside it, other people's figures, properties of formulas. An exception for a figure
# that is found, or that is gone, is listed, too.
#
# A wrong figure may be found by chance. How often is told in the last line: every figure that was found is looked for once more
# with each of the other nine last digits.
. "${0%/*}/../docs/shell.sh"
cd "${0%/*}/.." || exit 1
whole=0
[ $# -gt 0 ] || whole=1
[ $# -gt 0 ] || set -- lessons/[0-9][0-9]-*/*.[ch] lessons/[0-9][0-9]-*/README.md README.md docs/judge.md docs/reading-gan-curves.md
tables=
for file in docs/reference/[0-9][0-9]-*/*.csv; do
    case $file in
    */columns.csv | */points-* | */cloud-* | */surface-* | */regions-* | */lines-* | */heat.csv | */histograms.csv | */weights.csv | */overlap.csv | */maps.csv) ;;
    *) tables="$tables $file" ;;
    esac
done
# shellcheck disable=SC2086 # many files, none with a blank in its name
exec awk -v whole="$whole" -f tests/figures.awk tests/figures-excepted.csv $tables "$@"
