#!/bin/sh
# Weaves the book that docs/book.txt describes: sh docs/weave.sh build/book
#
# weave.awk turns a chapter's files into one text, pandoc the text into a page, and page.awk and boxes.sed give it the last touches. Whatever
# cannot be passed on faithfully is refused, all that is found at once, and then the book stays as it was.
. "${0%/*}/../docs/shell.sh"
set -u
out=${1:?usage: sh docs/weave.sh FOLDER}
docs=${0%/*}

command -v pandoc >/dev/null || fail 'the book needs pandoc, which is not installed; "make deps" installs it'
[ ! -e "$out" ] || [ -f "$out/index.html" ] || fail "$out exists and is not a book; choose another folder"
tmp=$(mkdir -p "$(dirname "$out")" 2>/dev/null && mktemp -d "$out.XXXXXX" 2>/dev/null) ||
    fail "cannot write to $out; choose another folder, or free some space"
mkdir "$tmp/book"
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' HUP INT TERM

stop_if_refused() {
    cat "$tmp"/*.err >"$tmp/refused"
    [ ! -s "$tmp/refused" ] || { cat "$tmp/refused" >&2 && exit 1; }
}

# The order: every line is understood, every file is there and stands in one chapter.
awk '
    function refuse(why) { print "error: docs/book.txt:" FNR ": " why }
    /^#/ || NF == 0 || ($1 ~ /^(title|about|part|asks)$/ && NF > 1) || ($1 == "shows" && NF > 2) { next }
    $1 != "chapter" || NF < 3 { refuse("expected title, about, part or asks and a text, shows PICTURE TEXT, or chapter NAME FILE..."); next }
    $2 !~ /^[a-z0-9_-]+$/ || $2 == "index" { refuse("a chapter cannot be called " $2) }
    named[$2]++ { refuse("another chapter is called " $2) }
    {
        for (i = 3; i <= NF; i++) {
            if ((getline line <$i) < 0) { refuse("chapter " $2 ": there is no file " $i) }
            if (placed[$i]++) { refuse("chapter " $2 ": " $i " stands in a chapter already") }
            close($i)
        }
    }' docs/book.txt >"$tmp/0.err" 2>&1
stop_if_refused
sed -n 's/^chapter *//p' docs/book.txt >"$tmp/chapters"

: >"$tmp/names"
while read -r name files; do
    case $files in
    lessons/*/main.c) # a lesson's exercises stand before its main.c, which is read last
        sh "$docs/exercises-in-book.sh" "$name" >"$tmp/exercises.md"
        [ ! -s "$tmp/exercises.md" ] || files="${files% *} $tmp/exercises.md ${files##* }"
        ;;
    esac
    # shellcheck disable=SC2086 # a list of files, to be split
    awk -f "$docs/weave.awk" -v chapter="$name" -v titles="$tmp/titles" -v names="$tmp/names" $files >"$tmp/$name.md" 2>"$tmp/$name.err"
done <"$tmp/chapters"
stop_if_refused
awk -f "$docs/contents.awk" -v tmp="$tmp" README.md docs/book.txt

# A font for formulas, certain to be there: the first that one of these packages has brought.
# shellcheck disable=SC2086 # folders, to be split
font=$(find ${FONTS:-/usr/share/fonts /usr/local/share/fonts} -name 'STIX*Math*.otf' 2>/dev/null | sort | head -n 1)
[ ! "$font" ] || cp "$font" "$tmp/book/maths.otf"

# Raw HTML and TeX would vanish from a page unseen; the other extensions left out see marks in ordinary text.
reader=markdown+gfm_auto_identifiers-raw_html-raw_tex-raw_attribute-native_divs-native_spans-markdown_in_html_blocks
reader=$reader-citations-example_lists-fancy_lists-superscript-subscript-yaml_metadata_block-pandoc_title_block

mathml=$(mathml)
page() { # NAME
    how="--toc --toc-depth=2" figures=
    [ "$1" != index ] || how='' figures=-implicit_figures
    # shellcheck disable=SC2086 # options, to be split
    pandoc -f "$reader$figures" -t html5 "$mathml" --wrap=preserve --columns=10000 $how --template="$docs/template.html" \
        --metadata-file="$tmp/$1.yaml" --lua-filter="$docs/chapter.lua" -M chapter="$1" -M woven="$tmp" ${font:+-M font=maths.otf} \
        "$tmp/$1.md" 2>"$tmp/$1.warnings" | awk -f "$docs/formulas.awk" | sed -f "$docs/boxes.sed" >"$tmp/book/$1.html"
    sed "s/^/error: chapter $1: /" "$tmp/$1.warnings" >"$tmp/$1.1.err"
}
epub() { # with the same contents whenever it is woven from the same texts
    SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)} \
        pandoc -f "$reader" -t epub3 "$mathml" --toc-depth=3 "$(pandoc --help | grep -o -e '--split-level' || echo --epub-chapter-level)=2" \
        --css="$docs/epub.css" ${font:+--epub-embed-font="$tmp/book/maths.otf"} --resource-path="$tmp/book" --lua-filter="$docs/chapter.lua" \
        -M woven="$tmp" -M reader="$reader" --metadata-file="$tmp/epub.yaml" -o "$tmp/book/book.epub" /dev/null 2>&1 |
        sed 's/^/error: EPUB: /' >"$tmp/epub.refused" # of interest when the pages have nothing to say
}
draw() { # LESSON: a lesson's figures show its reference run
    run=docs/reference/$1
    mkdir -p "$tmp/book/$1"
    [ ! -d "lessons/$1/diagrams" ] || cp -r "lessons/$1/diagrams" "$tmp/book/$1/"
    [ -d "$run" ] || return
    find "$run" \( -name '*.png' -o -name '*.gif' \) -exec cp {} "$tmp/book/$1" \;
    sh plots/plot.sh "$1" "$run" svg "$tmp/book/$1" >/dev/null 2>"$tmp/$1.plot" || sed "s/^error:/& chapter $1:/" "$tmp/$1.plot" >"$tmp/$1.2.err"
}
every_second() { # of the commands on its input
    while read -r job; do
        $job
        read -r job || break
    done
}
two_at_once() { # COMMANDS, one a line
    printf ':\n%s\n' "$1" | every_second &
    printf '%s\n' "$1" | every_second
    wait
}
cp "$docs/style.css" "$tmp/book/"
find docs -maxdepth 1 \( -name '*.svg' -o -name '*.png' \) -exec cp {} "$tmp/book/" \;
two_at_once "$(sed -n 's,^[^ ]* lessons/\([^/]*\)/.*,draw \1,p' "$tmp/chapters")"
stop_if_refused
two_at_once "$(printf 'epub\npage index\n' && sed 's/^\([^ ]*\).*/page \1/' "$tmp/chapters")"
stop_if_refused

# Every link leads to a page of the book, and to a place that is there; every figure exists.
(cd "$tmp/book" && awk '
    FNR == 1 { page = substr(FILENAME, 3); there[page] }
    {
        for (rest = $0; match(rest, /<[^<>]*/); rest = substr(rest, RSTART + RLENGTH)) {
            n = split(substr(rest, RSTART, RLENGTH), part, "\"")
            for (i = 1; i < n; i += 2) {
                if (part[i] ~ / id=$/) { there[page "#" part[i + 1]] }
                if (part[i] ~ / (href|src)=$/) { wanted[page, part[i] ~ /src=$/ ? "shows" : "links to", part[i + 1]] }
            }
        }
    }
    END {
        for (w in wanted) {
            split(w, part, SUBSEP)
            target = part[3] ~ /^#/ ? part[1] part[3] : part[3]
            if (target in there || (part[2] == "links to" && target ~ /^(https?|mailto):/)) { continue }
            if (target ~ /#/ || (getline line <target) < 0) {
                sub(/\.html$/, "", part[1])
                print "error: chapter " part[1] " " part[2] " " part[3] ", which does not exist" | "sort"
            }
        }
    }' ./*.html) >"$tmp/0.err"
stop_if_refused
cp "$tmp/epub.refused" "$tmp/0.err"
stop_if_refused
rm -rf "$out" && mv "$tmp/book" "$out"
[ "$font" ] || say "note: formulas are set in whatever font the reader has; \"make deps\" installs one for them (fonts-stix)" >&2
