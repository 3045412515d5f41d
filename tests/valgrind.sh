#!/bin/sh
# sh tests/valgrind.sh BUILDFOLDER: looks for leaks and wrong memory accesses in a short run of each lesson, on one
# thread and on made-up images.
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

# Two data sets of 100 images in IDX format, 28 by 28 pixels; ten of each class. (Lessons with a judge need more than 84.)
mkdir "$out/data"
for part in train t10k; do
    {
        printf '\0\0\10\3\0\0\0\144\0\0\0\34\0\0\0\34'
        yes 'pixels of all kinds' | head -c $((100 * 784))
    } >"$out/data/$part-images-idx3-ubyte"
    {
        printf '\0\0\10\1\0\0\0\144'
        printf '\0\1\2\3\4\5\6\7\10\11%.0s' 1 2 3 4 5 6 7 8 9 10
    } >"$out/data/$part-labels-idx1-ubyte"
done

has() { # an option that takes a number (N) or a text (TEXT), according to --help
    "$program" --help | grep -q "^  --$1 $2 "
}

check() { # the program with these options
    if valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
        --log-file="$out/report" "$program" --data "$out/data" --out "$out" "$@" </dev/null >"$out/printed" 2>&1; then
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
