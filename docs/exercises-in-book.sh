#!/bin/sh
# sh docs/exercises-in-book.sh LESSON: the section of a lesson's chapter on its exercises, in Markdown; nothing if it has none.
#
# Each is shown with its task; hints and solution are folded. A paragraph @@fold Title@@ opens what is folded and @@end@@ closes it;
# boxes.sed makes <details> of them.
. "${0%/*}/../docs/shell.sh"
lesson=$1
lesson_number=${lesson%%-*}
lesson_number=${lesson_number#0}

tasks=$(find "lessons/$lesson/exercises" -name '*.md' 2>/dev/null | sed 's/.*\///' | sort -n)
[ "$tasks" ] || exit 0

cat <<END

## Exercises that answer

\`make exercise-$lesson_number\` lists them. The first time, \`make exercise-$lesson_number.1\` puts a short file with a hole into
\`my/$lesson/\`; each time after that it compiles the file, checks it, and says what is wrong or that it is right. \`HINT=1\` shows a
hint, and another one the next time.
END
for task in $tasks; do
    name=${task%.md}
    number=$lesson_number.${name%%-*}
    printf '\n'
    awk -v number="$number" '
        function end_fold() { if (folded) { print "\n@@end@@\n" } }
        FNR == 1 { sub(/^# */, ""); print "### " number " " $0 " {#exercise-" number "}"; next }
        /^## Hint/ { end_fold(); folded = 1; print "@@fold Hint " ++hints "@@\n"; next }
        { print }
        END { end_fold() }' "lessons/$lesson/exercises/$task"
    printf '\n@@fold The file@@\n\n```c\n'
    cat "lessons/$lesson/exercises/$name.c"
    # shellcheck disable=SC2016 # marks of a fence, not commands
    printf '```\n\n@@end@@\n\n@@fold Solution@@\n\n```c\n'
    cat "lessons/$lesson/exercises/$name.solution.c"
    printf '```\n\n@@end@@\n'
done
