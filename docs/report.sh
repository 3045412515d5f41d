#!/bin/sh
# sh docs/report.sh BUILD OUT: everything that was run so far, on one page, BUILD/report.html.
#
# Per lesson its runs; per run what was asked of it, the figures that it has to reach beside the reference run's, its plots (in
# which the reference run lies faintly below), animations and samples. The page has the book's template and style, no script, and
# refers to the pictures where they are: in OUT.
. "${0%/*}/../docs/shell.sh"
set -u
build=${1:?usage: sh docs/report.sh BUILD OUT} out=${2:?usage: sh docs/report.sh BUILD OUT}
docs=${0%/*}
plain_folder OUT "$out"

command -v pandoc >/dev/null || fail 'the report needs pandoc, which is not installed; "make deps" installs it'
ls "$out"/*/*/summary.csv >/dev/null 2>&1 || fail "no run in $out has come to its end yet: make lesson-1 makes one"
tmp=$(mkdir -p "$build" 2>/dev/null && mktemp -d "$build/report.XXXXXX" 2>/dev/null) ||
    fail "cannot write to $build; free some space"
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' HUP INT TERM

# Where the pictures are, seen from the page: up from the page's folder until the runs are below, and down again.
from=$(cd "$build" && pwd -P) to=$(cd "$out" && pwd -P) runs=
until case $to/ in "$from"/*) ;; *) false ;; esac do
    from=${from%/*} runs=../$runs
done
runs=$runs${to#"$from"/}

# In a link's address a name must not be taken for anything else: all bytes but letters, digits and -._~/ are written %XX.
encode='
    BEGIN { for (i = 1; i < 256; i++) code[sprintf("%c", i)] = sprintf("%%%02X", i) }
    function encode(path,    i, byte, text) {
        for (i = 1; i <= length(path); i++) {
            byte = substr(path, i, 1)
            text = text (byte ~ /[a-zA-Z0-9._~\/-]/ ? byte : code[byte])
        }
        return text
    }'
encoded() { # PATH
    path=$1 LC_ALL=C awk "$encode"' BEGIN { print encode(ENVIRON["path"]) }'
}

# Captions: what a lesson's chapter says of its figures, without links, by the picture's name without its ending.
captions() { # LESSON
    cat lessons/"$1"/*.c | awk '
        { text = text $0 " " }
        END {
            while (match(text, /[^!]\[[^][]*\]\([^()]*\)/)) { # a link
                link = substr(text, RSTART + 2, RLENGTH - 2)
                text = substr(text, 1, RSTART) substr(link, 1, index(link, "]") - 1) substr(text, RSTART + RLENGTH)
            }
            while (match(text, /!\[[^]]*\]\([a-zA-Z0-9_.-]*\)/)) {
                figure = substr(text, RSTART + 2, RLENGTH - 3)
                text = substr(text, RSTART + RLENGTH)
                split(figure, part, /\]\(/)
                sub(/\.[a-z]*$/, "", part[2])
                gsub(/ +/, " ", part[1])
                print part[2] "|" part[1]
            }
        }'
}

pictures() { # LESSON RUNFOLDER: as Markdown, those that the chapter shows first and in its order
    captions "$1" >"$tmp/captions"
    (cd "$2" && find . -maxdepth 1 \( -name '*.png' -o -name '*.gif' \) | sort && [ ! -d samples ] ||
        find samples -maxdepth 1 -name '*.png' | sort) | sed 's,^\./,,' |
        at=$(encoded "$runs/${2#"$out"/}") LC_ALL=C awk -F '|' "$encode"'
            FNR == NR { caption[$1] = $2; place[$1] = ++n; next }
            {
                name = $0
                sub(/^.*\//, "", name)
                sub(/\.[a-z]*$/, "", name)
                if (name in caption) { shown[place[name]] = $0; text[place[name]] = caption[name] }
                else if ($0 !~ /^samples\/(epoch-|0*[0-9]+\.)/) { rest[++m] = $0; words[m] = name }
            }
            function show(caption, name) { printf "![%s](%s/%s)\n\n", caption, ENVIRON["at"], encode(name) }
            END {
                for (i = 1; i <= n; i++) if (i in shown) show(text[i], shown[i])
                for (i = 1; i <= m; i++) { gsub(/[][\\`*_$<>&!^~]/, "\\\\&", words[i]); show(words[i], rest[i]) }
            }' "$tmp/captions" -
}

# What must be reached at the defaults, what was, and what the reference run has. A run with other options is not held to it.
figures() { # LESSON RUNFOLDER yes|no: whether it is
    reference=docs/reference/$1/summary.csv
    [ -f "$reference" ] || reference=/dev/null
    awk -F, -v lesson="$1" -v held="$3" '
        function short(x) { return x == "" ? "" : sprintf("%.4g", x) }
        function reached(x, op, bound) { return op == "=" ? x == bound : op == ">=" ? x >= bound : x <= bound }
        FILENAME == ARGV[1] {
            if ($1 == lesson && $2 == "") {
                key[++n] = $3
                rule[$3] = rule[$3] (rule[$3] == "" ? "" : ", ") $4 " " $5
                ops[$3] = ops[$3] $4 " " $5 " "
            }
            next
        }
        FILENAME == ARGV[2] { mine[$1] = $2; next }
        { theirs[$1] = $2 }
        function verdict(k,    i, m, part) {
            m = split(ops[k], part, " ")
            for (i = 1; i < m; i += 2) if (mine[k] == "" || !reached(mine[k] + 0, part[i], part[i + 1] + 0)) return "**" rule[k] ": missed**"
            return rule[k]
        }
        END {
            key[++n] = "seconds"; key[++n] = "peak_mib"
            print "| figure | this run | reference run |" (held == "yes" ? " must be |" : "")
            print "|---|--:|--:|" (held == "yes" ? "---|" : "")
            for (i = 1; i <= n; i++) {
                if (key[i] in mine && !(key[i] in done))
                    print "| `" key[i] "` | " short(mine[key[i]]) " | " short(theirs[key[i]]) " |" (held == "yes" ? " " verdict(key[i]) " |" : "")
                done[key[i]]
            }
            print ""
        }' tests/expected.csv "$2/summary.csv" "$reference"
}

# By which options a run differs from the one of its lesson that is called default, if there is one.
differs() { # RUNFOLDER
    default=${1%/*}/default/config.csv
    [ -f "$default" ] && [ -f "$1/config.csv" ] || return
    awk -F, 'FNR == NR { value[$1] = $2; next }
        $1 !~ /^(key|name|out|quiet|threads|threads_used|resume|generate)$/ && $1 in value && value[$1] != $2 {
            list = list (list ? ", " : "") "`" $1 "` " $2
        }
        END { if (list) print "It differs from the run called default by " list "." }' "$default" "$1/config.csv"
}

report() {
    printf 'The figures of each run that its lesson promises, its plots with the reference run drawn faintly below, its samples.
The captions are those of the book and speak of the reference run: yours may show something else, and why it does is a question
worth asking.\n\n'
    for folder in "$out"/[0-9][0-9]-*; do
        lesson=${folder##*/}
        [ -d "lessons/$lesson" ] && ls "$folder"/*/config.csv* >/dev/null 2>&1 || continue
        title=$(sed -n 's/^# \(Lesson [0-9]*: .*\)/\1/p' lessons/"$lesson"/*.c | head -n 1)
        printf '## %s\n\n' "${title:-$lesson}"
        for run in "$folder"/*; do
            [ -f "$run/config.csv" ] || [ -f "$run/config.csv.part" ] || continue
            printf '### %s / %s\n\n' "$lesson" "${run##*/}"
            if [ ! -f "$run/summary.csv" ]; then
                printf 'Not finished: it is running, or was stopped before its end.\n\n'
                continue
            fi
            ! grep -q '^interrupted,1' "$run/summary.csv" || printf 'Interrupted: the curves end where it was stopped.\n\n'
            other=$(differs "$run")
            [ -z "$other" ] || printf '%s\n\n' "$other"
            figures "$lesson" "$run" "$([ -z "$other" ] && echo yes || echo no)"
            pictures "$lesson" "$run"
        done
    done
    board=$out/scoreboard
    if [ -f "$board/scoreboard.md" ]; then
        printf '## Scoreboard\n\n'
        cat "$board/scoreboard.md"
        echo
        while read -r picture caption; do
            [ ! -f "$board/$picture" ] || printf '![%s](%s/scoreboard/%s)\n\n' "$caption" "$(encoded "$runs")" "$picture"
        done <<END
scoreboard.png The marks of the generators
fid-time.png The Fréchet distance over the seconds of training
END
    fi
}
report >"$tmp/report.md"

cat >"$tmp/report.yaml" <<END
title: 'All that was run'
pagetitle: 'All that was run'
contents: '#'
END
pandoc -f markdown+gfm_auto_identifiers-raw_html-raw_tex-citations-superscript-subscript-yaml_metadata_block -t html5 "$(mathml)" --wrap=preserve \
    --toc --toc-depth=3 --template="$docs/template.html" --metadata-file="$tmp/report.yaml" "$tmp/report.md" |
    sed -f "$docs/boxes.sed" >"$tmp/report.html" || fail "pandoc gave up"
cp "$docs/style.css" "$build/style.css" && mv "$tmp/report.html" "$build/report.html" || fail "cannot write to $build; free some space"
say "All that was run is in $build/report.html"
