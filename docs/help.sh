#!/bin/sh
# What `make` alone prints: the targets, and each lesson (its folder's name is an argument) with the time that its reference run
# took and the runs made so far.
. "${0%/*}/../docs/shell.sh"
cat <<'END'
  make deps       install what is missing, or say what it is called elsewhere
  make lesson-2   run a lesson and draw its curves; ARGS="--lr 0.5" sets options
                  (ARGS=--help lists them), RUN=name keeps the run under a name
  make lessons    run all of them, one after the other: half an hour at most
  make watch-2    watch the curves of a running lesson, in another terminal
  make plot-2     draw the curves of a run once more
  make exercises  exercises that say whether your answer is right: all of them;
                  make exercise-2 those of a lesson, make exercise-2.3 one, with
                  HINT=1 a hint, SOLUTION=1 its solution, AGAIN=1 a fresh file
  make compare    RUNS="02-backprop/default 02-backprop/name": curves of several
                  runs in one picture; COLS= which, AXIS=seconds in the place of
                  steps, ASCII=1 here in the terminal
  make scoreboard mark all generators that you have trained, in one table
  make report     all that you have run so far on one page: build/report.html
  make book       the whole course as web pages: build/book/index.html
  make test       run all tests; make test-2 those of one lesson
  make plots-check draw all pictures from the reference runs, without training
  make figures    look up the figures of the texts in the reference runs
  make verify     run every lesson; its results must be what it promises
  make bench      measure speed, beside PyTorch if python3-torch is installed
  make sanitize   run all tests with every memory access checked
  make valgrind   look for memory leaks in a short run of each lesson
  make mnist      fetch the handwritten digits, for --data mnist
  make format     lay out the code with clang-format
  make clean      remove what was built; runs stay

For developers: make reference renews the runs that all plots show behind yours,
make fixtures the figures of PyTorch and SciPy that the tests compare with.

END
[ $# -gt 0 ] || exit 0

for lesson in "$@"; do
    title=$(sed -n 's/^# \(Lesson [0-9]*: \)*//p' "lessons/$lesson"/*.c 2>/dev/null | head -n 1 | tr -d '*`$|')
    seconds=$(sed -n 's/^seconds,//p' "docs/reference/$lesson/summary.csv" 2>/dev/null)
    runs=
    for summary in "runs/$lesson"/*/summary.csv; do
        run=${summary%/summary.csv}
        [ ! -f "$summary" ] || runs="$runs${runs:+, }${run##*/}"
    done
    echo "$lesson|$title|$seconds|$runs"
done | LC_ALL=C awk -F '|' '
    # The text in so many characters: padded, or cut. In UTF-8 a character is a byte and those of 200 to 277 that follow it.
    function fit(text, width,    i, n, cut) {
        while (substr(text, i + 1) != "" && n <= width) {
            if (n == width - 1) { cut = i }
            i++
            while (substr(text, i + 1, 1) ~ /[\200-\277]/) { i++ }
            n++
        }
        return n > width ? substr(text, 1, cut) "…" : sprintf("%s%" width - n "s", text, "")
    }
    BEGIN { print "     lesson          what it is about                   time  runs so far" }
    {
        name = $1
        sub(/^[0-9]+-/, "", name)
        time = $3 == "" ? "-" : sprintf("%.0f s", $3)
        line = sprintf("%4d %s %s %6s  %s", $1, fit(name, 15), fit($2, 32), time, fit($4 == "" ? "-" : $4, 17))
        sub(/ +$/, "", line)
        print line
    }'
