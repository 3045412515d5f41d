#!/bin/sh
# sh tests/valgrind.sh BUILDFOLDER: looks for leaks and wrong memory accesses in a short run of each lesson, on one
# thread and on made-up images.
. "${0%/*}/../docs/shell.sh"
build=$1

command -v valgrind >/dev/null || {
    echo "error: no valgrind. Install it (on Debian: sudo apt-get install valgrind)" >&2
    exit 1
}

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM
export OMP_NUM_THREADS=1
export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-2000}" # else a lesson sets it and starts anew, out of valgrind's hands

# A part of a data set in IDX format: so many images of 28 by 28 pixels, the ten classes in turn.
part() { # folder, part, number, the number in octal: a byte for its 256s and one for the rest
    mkdir -p "$1"
    {
        printf "\\0\\0\\10\\3\\0\\0\\$4\\$5\\0\\0\\0\\34\\0\\0\\0\\34"
        yes "pixels of all kinds, $2" | head -c $(($3 * 784))
    } >"$1/$2-images-idx3-ubyte"
    {
        printf "\\0\\0\\10\\1\\0\\0\\$4\\$5"
        yes | head -n $(($3 / 10)) | while read -r _; do printf '\0\1\2\3\4\5\6\7\10\11'; done
    } >"$1/$2-labels-idx1-ubyte"
}

# 100 of each part do for the lessons with a judge, which need more than 84 (docs/own-data.md); lesson 11 needs more.
part "$out/data" train 100 0 144
part "$out/data" t10k 100 0 144
part "$out/data-11" train 850 3 122
part "$out/data-11" t10k 170 0 252

has() { # an option that takes a number (N) or a text (TEXT), according to --help
    "$program" --help | grep -q "^  --$1 $2 "
}

check() { # the program with these options
    if valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
        --log-file="$out/report" "$program" --data "$data" --out "$out" "$@" </dev/null >"$out/printed" 2>&1; then
        echo "ok      $lesson $*"
    else
        echo "FAILED  $lesson $* (exit status $?)"
        cat "$out/printed" "$out/report"
        failures=$((failures + 1))
    fi
}

failures=0
for folder in lessons/[0-9][0-9]-*; do
    lesson=${folder#lessons/}
    program=$build/lessons/$lesson
    data=$out/data
    [ "${lesson%%-*}" != 11 ] || data=$out/data-11
    set --
    ! has epochs N || set -- "$@" --epochs 1
    ! has steps N || set -- "$@" --steps 20
    ! has hidden N || set -- "$@" --hidden 16
    check "$@"
    model=$out/$lesson/default/model.safetensors
    ! has load TEXT || check "$@" --name loaded --load "$model"
done
echo "valgrind: $failures of the runs above have leaks or errors"
[ "$failures" -eq 0 ]
