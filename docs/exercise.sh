#!/bin/sh
# EXERCISE=2.3 BUILD=build PARALLEL=make sh docs/exercise.sh: what make exercise-2.3 does; without EXERCISE, or with the number of
# a lesson, what make exercises and make exercise-2 do.
#
# The learner's files are my/NN-name/M-name.c, and beside each what is known of it: .M-name.right holds the checksum of the file
# that was right, .M-name.hints how many hints were shown. What was typed (EXERCISE, HINT, SOLUTION, AGAIN) is only ever data.
#
# Ends with 0, with 1 where it could not do what was asked, and with 3 where the answer is not right yet.
. "${0%/*}/../docs/shell.sh"
set -u
wanted=${EXERCISE-}

# All exercises, a line each: its number, its lesson, its name.
list() {
    for task in lessons/[0-9][0-9]-*/exercises/[0-9]*.md; do
        [ -f "$task" ] || continue
        lesson=${task#lessons/} name=${task##*/}
        lesson=${lesson%%/*} name=${name%.md} number=${task#lessons/}
        number=${number%%-*}
        echo "${number#0}.${name%%-*} $lesson $name"
    done | sort -t . -k 1,1n -k 2,2n
}

with_commas() { # LINES
    printf '%s\n' "$1" | sed -e ':a' -e '$!N' -e '$!ba' -e 's/\n/, /g'
}

title() { # LESSON NAME
    sed -n '1s/^# *//p' "lessons/$1/exercises/$2.md"
}

checksum() { # FILE
    cksum <"$1"
}

# How far one is with an exercise.
state() { # LESSON NAME
    if [ ! -f "my/$1/$2.c" ]; then
        echo open
    elif [ -f "my/$1/.$2.right" ] && [ "$(cat "my/$1/.$2.right")" = "$(checksum "my/$1/$2.c")" ]; then
        echo 'done'
    else
        echo begun
    fi
}

# The first one that is not done, as "2.4 lesson name"; behind this one, if there is one.
next_after() { # NUMBER or nothing
    list | while read -r number lesson name; do
        [ "$(state "$lesson" "$name")" = 'done' ] || echo "$number $lesson $name"
    done | awk -v after="$1" '
        function place(number,    part) { split(number, part, "."); return part[1] * 1000 + part[2] }
        NR == 1 { first = $0 }
        place($1) > place(after) { print; found = 1; exit }
        END { if (!found && first) { print first } }'
}

say_next() { # NUMBER or nothing
    next=$(next_after "$1")
    if [ "$next" ]; then
        # shellcheck disable=SC2086 # three words
        set -- $next
        say "Next: make exercise-$1   ($(title "$2" "$3"))"
    else
        say 'That was the last one: all are done.'
    fi
}

progress() { # LESSON'S NUMBER or nothing
    list | while read -r number lesson name; do
        [ -z "$1" ] || [ "${number%.*}" = "$1" ] || continue
        printf '%5s  %-5s  %s\n' "$number" "$(state "$lesson" "$name")" "$(title "$lesson" "$name")"
    done | awk '{ print; n++; finished += $2 == "done" } END { if (n) { printf "\n%d of %d done. ", finished, n } }'
    say_next "$1"
}

# --- which one is meant -------------------------------------------------------------------------------------------------

case $wanted in
'')
    [ "$(list)" ] || fail 'there are no exercises'
    progress ''
    exit
    ;;
*[!0-9.]* | .* | *. | *.*.*) fail "exercise-$wanted: an exercise is called by its lesson's number and its own, as in make exercise-2.3" ;;
esac
the=$(list | awk -v number="$wanted" '$1 "" == number ""')
if [ -z "$the" ]; then
    lesson=${wanted%%.*}
    there=$(list | awk -v lesson="$lesson" '{ split($1, part, ".") } part[1] "" == lesson "" { print $1 }')
    if [ "$there" ] && [ "$wanted" = "$lesson" ]; then
        progress "$lesson"
        exit
    fi
    [ -z "$there" ] || fail "there is no exercise $wanted; lesson $lesson has $(with_commas "$there")"
    fail "lesson $lesson has no exercises; these lessons have some: $(with_commas "$(list | sed 's/\..*//' | uniq)")"
fi
for option in HINT SOLUTION AGAIN; do
    value=
    eval "value=\${$option-}"
    case $value in '' | 1) ;; *) fail "$option=\"$value\" means nothing; $option=1 is meant, perhaps" ;; esac
done
# shellcheck disable=SC2086 # three words
set -- $the
number=$1 lesson=$2 name=$3
given=lessons/$lesson/exercises/$name
mine=my/$lesson/$name.c
known=my/$lesson/.$name
mkdir -p "my/$lesson" 2>/dev/null || fail "cannot write to my/$lesson; free some space"
say "$number  $(title "$lesson" "$name")"
echo

# --- what was asked -----------------------------------------------------------------------------------------------------

# The comment at the file's head says what to do.
fresh_file() {
    { cp "$given.c" "$mine.part" && chmod u+w "$mine.part" && mv "$mine.part" "$mine"; } || fail "cannot write $mine; free some space"
    sed -n '/^\/\//!q; s/^\/\/ \{0,1\}//p' "$mine"
    echo
    say "Your file: $mine. Change it, then again: make exercise-$number"
    say "The task with its formulas: $given.md, or the lesson's page in the book."
}

hint() {
    shown=0
    [ ! -f "$known.hints" ] || shown=$(sed 's/[^0-9]//g' "$known.hints")
    hints=$(grep -c '^## Hint' "$given.md")
    [ "${shown:-0}" -ge "$hints" ] || shown=$((${shown:-0} + 1))
    echo "$shown" >"$known.hints" || fail "cannot write to my/$lesson; free some space"
    say "Hint $shown of $hints:"
    awk -v wanted="$shown" '/^## Hint/ { n++; next } n == wanted' "$given.md" | awk -f docs/plain.awk | sed '/./,$!d' | sed '$!b
/^$/d'
    echo
    if [ "$shown" -lt "$hints" ]; then
        say "One more: make exercise-$number HINT=1"
    else
        say "That was the last one. The solution: make exercise-$number SOLUTION=1"
    fi
}

if [ "${AGAIN-}" ]; then
    n=1
    while [ -e "my/$lesson/$name.$n.c" ]; do n=$((n + 1)); done
    if [ -f "$mine" ]; then
        mv "$mine" "my/$lesson/$name.$n.c" || fail "cannot write to my/$lesson"
        say "The old file is kept: my/$lesson/$name.$n.c"
        echo
    fi
    rm -f "$known.right" "$known.hints"
    fresh_file
    exit
fi
if [ "${HINT-}" ]; then
    hint
    exit
fi
if [ "${SOLUTION-}" ]; then
    cat "$given.solution.c"
    exit
fi
if [ ! -f "$mine" ]; then
    fresh_file
    exit
fi

# --- the verdict --------------------------------------------------------------------------------------------------------

tmp=$(mktemp -d) || fail 'cannot make a temporary folder'
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' HUP INT TERM

not_yet() { # with what else is to be said
    echo
    [ $# -eq 0 ] || say "$1"
    say "Your file: $mine. Stuck? make exercise-$number HINT=1"
    exit 3
}

# The compiler's errors and warnings are shown as they are; what make says of them is not.
$PARALLEL "$BUILD/exercises/$lesson/$name-mine" >"$tmp/made" 2>&1
status=$?
sed '/make\(\[[0-9]*\]\)\{0,1\}: \(\*\*\*\|warning: jobserver\)/d; /^collect2: /d; /ld: .*\.o: in function/d' "$tmp/made" >"$tmp/messages"
if [ $status -ne 0 ] && missing=$(sed -n "s/.*undefined reference to [\`']\([A-Za-z0-9_]*\)'.*/\1/p" "$tmp/messages" | sort -u) && [ "$missing" ]; then
    say "Your file no longer defines $(with_commas "$missing"): the check calls it by that name."
    not_yet
fi
cat "$tmp/messages"
[ $status -eq 0 ] || not_yet 'It does not compile.'
[ ! -s "$tmp/messages" ] || echo

# Where the sanitizers find a fault they say so and end with this status; it says neither right nor wrong. (A check is too small for
# more than one thread: they would only wait for each other.)
OMP_NUM_THREADS=1 ASAN_OPTIONS=exitcode=99:detect_leaks=0 UBSAN_OPTIONS=exitcode=99:print_stacktrace=1 \
    "$BUILD/exercises/$lesson/$name-mine" 2>"$tmp/report"
status=$?
case $status in
0)
    checksum "$mine" >"$known.right"
    say 'Right.'
    echo
    say_next "$number"
    exit
    ;;
1)
    cat "$tmp/report"
    not_yet
    ;;
esac
what=$(sed -n 's/.*ERROR: AddressSanitizer: \([A-Za-z-]*\).*/\1/p; s/.*runtime error: //p' "$tmp/report" | head -n 1)
where=$(grep -o "$mine:[0-9]*" "$tmp/report" | head -n 1)
if [ "$where" ]; then
    say "It crashed at $where${what:+: $what}."
    say "That line: $(sed -n "${where##*:}p" "$mine" | sed 's/^ *//')"
    case $what in
    heap-buffer-overflow | stack-buffer-overflow | global-buffer-overflow) say 'It reads or writes outside of an array: look at the bounds of the loop, and at the index.' ;;
    esac
else
    say "It crashed${what:+: $what}."
    head -n 20 "$tmp/report"
fi
not_yet
